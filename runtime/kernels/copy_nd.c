/* Strided copies: transposes, slices, repeats, concatenations. Strides are in elements of 1, 2, 4 or 8 bytes. */
#include "../kernel.h"

#define ROW(type)                                                                                  \
    static void row_##type(uint8_t *y, const uint8_t *x, size_t n, ptrdiff_t ys, ptrdiff_t xs) {   \
        for (size_t i = 0; i < n; i++) {                                                           \
            memcpy(y, x, sizeof(type));                                                            \
            y += ys, x += xs;                                                                      \
        }                                                                                          \
    }
ROW(uint8_t)
ROW(uint16_t)
ROW(uint32_t)
ROW(uint64_t)

/* One row of n elements; strides in bytes. */
static void copy_row(uint8_t *y, const uint8_t *x, size_t n, ptrdiff_t ys, ptrdiff_t xs, size_t size) {
    if (ys == (ptrdiff_t)size && xs == (ptrdiff_t)size) memmove(y, x, n * size);
    else if (size == 1) row_uint8_t(y, x, n, ys, xs);
    else if (size == 2) row_uint16_t(y, x, n, ys, xs);
    else if (size == 4) row_uint32_t(y, x, n, ys, xs);
    else row_uint64_t(y, x, n, ys, xs);
}

/* Last two axes in blocks of 32 x 32, so that a transposition stays in the cache. */
static void copy_plane(uint8_t *y, const uint8_t *x, size_t h, size_t w, const ptrdiff_t *ys, const ptrdiff_t *xs,
                       size_t size) {
    enum { BLOCK = 32 };
    if (xs[1] == (ptrdiff_t)size || h < 2) {
        for (size_t i = 0; i < h; i++) copy_row(y + (ptrdiff_t)i * ys[0], x + (ptrdiff_t)i * xs[0], w, ys[1], xs[1], size);
        return;
    }
    for (size_t i = 0; i < h; i += BLOCK)
        for (size_t j = 0; j < w; j += BLOCK)
            for (size_t k = i; k < h && k < i + BLOCK; k++)
                copy_row(y + (ptrdiff_t)k * ys[0] + (ptrdiff_t)j * ys[1], x + (ptrdiff_t)k * xs[0] + (ptrdiff_t)j * xs[1],
                         w - j < BLOCK ? w - j : BLOCK, ys[1], xs[1], size);
}

EDGE_KERNEL(copy_nd) {
    size_t size = (size_t)a->size, planes = 1, lo, hi;
    ptrdiff_t xs[8], ys[8];
    for (int i = 0; i < 8; i++) {
        if (a->dims[i] == 0) return EDGE_OK;
        xs[i] = (ptrdiff_t)a->x_strides[i] * (ptrdiff_t)size, ys[i] = (ptrdiff_t)a->y_strides[i] * (ptrdiff_t)size;
    }
    int axes = a->dims[5] == 1 && a->dims[6] >= 2 * t->count ? 7 : 6; /* share out rows where there are no planes */
    for (int i = 0; i < axes; i++) planes *= (size_t)a->dims[i];
    edge_share(t, planes, &lo, &hi);
    for (size_t plane = lo; plane < hi; plane++) {
        ptrdiff_t from = (ptrdiff_t)a->x_start * (ptrdiff_t)size, to = 0;
        size_t rest = plane;
        for (int i = axes - 1; i >= 0; i--) {
            ptrdiff_t at = (ptrdiff_t)(rest % (size_t)a->dims[i]);
            rest /= (size_t)a->dims[i];
            from += at * xs[i], to += at * ys[i];
        }
        if (axes == 7) copy_row(a->y + to, a->x + from, (size_t)a->dims[7], ys[7], xs[7], size);
        else copy_plane(a->y + to, a->x + from, (size_t)a->dims[6], (size_t)a->dims[7], ys + 6, xs + 6, size);
    }
    return EDGE_OK;
}

EDGE_KERNEL(copy_bytes) {
    (void)t;
    memmove(a->y, a->x, (size_t)a->n);
    return EDGE_OK;
}
