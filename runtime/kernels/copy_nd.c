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

/* Three planes become the channels of pixels, or four: what every camera image needs on its way in. */
static void weave(uint8_t *y, const uint8_t *x, size_t pixels, size_t planes, ptrdiff_t plane) {
    if (planes == 3)
        for (size_t i = 0; i < pixels; i++, y += 12, x += 4)
            memcpy(y, x, 4), memcpy(y + 4, x + plane, 4), memcpy(y + 8, x + 2 * plane, 4);
    else
        for (size_t i = 0; i < pixels; i++, y += 16, x += 4)
            memcpy(y, x, 4), memcpy(y + 4, x + plane, 4), memcpy(y + 8, x + 2 * plane, 4), memcpy(y + 12, x + 3 * plane, 4);
}

/* The same of bytes: four pixels are three words. */
static void weave_bytes(uint8_t *y, const uint8_t *x, size_t pixels, ptrdiff_t plane) {
    size_t i = 0;
    for (; i + 4 <= pixels; i += 4, y += 12, x += 4) {
        uint32_t a, b, c;
        memcpy(&a, x, 4), memcpy(&b, x + plane, 4), memcpy(&c, x + 2 * plane, 4);
        const uint32_t first = (a & 0xff) | (b & 0xff) << 8 | (c & 0xff) << 16 | (a & 0xff00) << 16;
        const uint32_t second = (b >> 8 & 0xff) | (c & 0xff00) | (a & 0xff0000) | (b & 0xff0000) << 8;
        const uint32_t third = (c >> 16 & 0xff) | a >> 24 << 8 | b >> 24 << 16 | (c & 0xff000000);
        memcpy(y, &first, 4), memcpy(y + 4, &second, 4), memcpy(y + 8, &third, 4);
    }
    for (; i < pixels; i++, y += 3, x++) y[0] = x[0], y[1] = x[plane], y[2] = x[2 * plane];
}

/* Rows of the last two axes. A transposition goes in blocks that stay in the cache, along the longer side of each. */
static void copy_plane(uint8_t *y, const uint8_t *x, size_t h, size_t w, const ptrdiff_t *ys, const ptrdiff_t *xs,
                       size_t size) {
    enum { BLOCK = 32, LONG = 512 };
    const ptrdiff_t one = (ptrdiff_t)size;
    if (xs[1] == one || h < 2) {
        for (size_t i = 0; i < h; i++) copy_row(y + (ptrdiff_t)i * ys[0], x + (ptrdiff_t)i * xs[0], w, ys[1], xs[1], size);
        return;
    }
    if (xs[0] == one && ys[1] == one && ys[0] == (ptrdiff_t)w * one && (w == 3 || w == 4)) {
        if (size == 4) {
            weave(y, x, h, w, xs[1]);
            return;
        }
        if (size == 1 && w == 3) {
            weave_bytes(y, x, h, xs[1]);
            return;
        }
    }
    const size_t rows = w < BLOCK ? LONG : BLOCK;
    for (size_t i = 0; i < h; i += rows)
        for (size_t j = 0; j < w; j += BLOCK) {
            const size_t high = h - i < rows ? h - i : rows, wide = w - j < BLOCK ? w - j : BLOCK;
            uint8_t *to = y + (ptrdiff_t)i * ys[0] + (ptrdiff_t)j * ys[1];
            const uint8_t *from = x + (ptrdiff_t)i * xs[0] + (ptrdiff_t)j * xs[1];
            if (high > wide)
                for (size_t k = 0; k < wide; k++)
                    copy_row(to + (ptrdiff_t)k * ys[1], from + (ptrdiff_t)k * xs[1], high, ys[0], xs[0], size);
            else
                for (size_t k = 0; k < high; k++)
                    copy_row(to + (ptrdiff_t)k * ys[0], from + (ptrdiff_t)k * xs[0], wide, ys[1], xs[1], size);
        }
}

EDGE_KERNEL(copy_nd) {
    const size_t size = (size_t)a->size, h = (size_t)a->dims[6], w = (size_t)a->dims[7];
    size_t planes = 1, row, end;
    ptrdiff_t xs[8], ys[8];
    for (int i = 0; i < 8; i++) {
        if (a->dims[i] == 0) return EDGE_OK;
        xs[i] = (ptrdiff_t)a->x_strides[i] * (ptrdiff_t)size, ys[i] = (ptrdiff_t)a->y_strides[i] * (ptrdiff_t)size;
    }
    for (int i = 0; i < 6; i++) planes *= (size_t)a->dims[i];
    edge_share(t, planes * h, &row, &end);
    while (row < end) { /* some rows of one plane */
        const size_t first = row % h, rows = end - row < h - first ? end - row : h - first;
        ptrdiff_t from = (ptrdiff_t)a->x_start * (ptrdiff_t)size, to = 0;
        size_t rest = row / h;
        for (int i = 5; i >= 0; i--) {
            const ptrdiff_t at = (ptrdiff_t)(rest % (size_t)a->dims[i]);
            rest /= (size_t)a->dims[i];
            from += at * xs[i], to += at * ys[i];
        }
        from += (ptrdiff_t)first * xs[6], to += (ptrdiff_t)first * ys[6];
        copy_plane(a->y + to, a->x + from, rows, w, ys + 6, xs + 6, size);
        row += rows;
    }
    return EDGE_OK;
}

EDGE_KERNEL(copy_bytes) {
    (void)t;
    memmove(a->y, a->x, (size_t)a->n);
    return EDGE_OK;
}
