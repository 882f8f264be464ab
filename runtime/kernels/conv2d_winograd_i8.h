/* The convolution of conv2d_i8.c for windows of 3x3 without strides, dilations, groups and zero points of weights.
 *
 * Winograd's method takes a quarter of the products, of int16 instead of bytes, and 8 times the memory for weights.
 * Where that does not pay, on Arm and on small chips, it is computed like all others. */
#ifndef EDGE_KERNELS_CONV2D_WINOGRAD_I8_H
#define EDGE_KERNELS_CONV2D_WINOGRAD_I8_H
#if defined(__x86_64__) && TILE_ROWS == 6
#include "winograd_i8.h"

static struct winograd_i8 conv2d_winograd_i8_weights(const struct edge_conv2d_winograd_i8 *a) {
    return (struct winograd_i8){(size_t)a->C, (size_t)a->O, a->w, a->bias, a->multiplier, a->x_zero};
}

EDGE_PACK(conv2d_winograd_i8) {
    const struct winograd_i8 from = conv2d_winograd_i8_weights(a);
    return winograd_i8_pack(&from, out);
}

/* A tile's first output. */
struct winograd_i8_at {
    int64_t image, p, q;
};
static struct winograd_i8_at winograd_i8_find(const struct edge_conv2d_winograd_i8 *a, size_t tile) {
    const size_t across = ((size_t)a->Q + 3) / 4, down = ((size_t)a->P + 3) / 4;
    return (struct winograd_i8_at){(int64_t)(tile / across / down), (int64_t)(tile / across % down) * 4,
                                   (int64_t)(tile % across) * 4};
}

static void winograd_i8_fill(const struct edge_conv2d_winograd_i8 *a, size_t tile, const int8_t *outside, int16_t *to,
                             size_t pitch) {
    const struct winograd_i8_at at = winograd_i8_find(a, tile);
    const size_t C = (size_t)a->C;
    const int8_t *pixels[WINOGRAD_I8_PLACES];
    for (int i = 0; i < WINOGRAD_I8_PLACES; i++) {
        const int64_t y = at.p - a->pad_top + i / 6, x = at.q - a->pad_left + i % 6;
        const int inside = y >= 0 && y < a->H && x >= 0 && x < a->W;
        pixels[i] = inside ? a->x + ((at.image * a->H + y) * a->W + x) * a->C : outside;
    }
    for (size_t c = 0; c < C; c += VF) winograd_i8_load(pixels, c, C - c < VF ? C - c : VF, to, pitch);
    for (size_t c = C; c < winograd_i8_depth(C); c++)
        for (size_t e = 0; e < WINOGRAD_I8_PLACES; e++) to[e * pitch + c] = 0;
}

/* The outputs of one tile and panel, from its products. */
EDGE_INLINE void winograd_i8_put_vecs(const int vecs, const struct edge_conv2d_winograd_i8 *a, size_t tile,
                                      const int8_t *panel, const int32_t *products, size_t n,
                                      const struct i8_range *range) {
    const struct winograd_i8_at at = winograd_i8_find(a, tile);
    const size_t width = (size_t)(vecs * VF), O = (size_t)a->O;
    const int rows = a->P - at.p < 4 ? (int)(a->P - at.p) : 4, columns = a->Q - at.q < 4 ? (int)(a->Q - at.q) : 4;
    const int32_t *bias = (const int32_t *)(const void *)panel;
    const float *multiplier = (const float *)(const void *)panel + width;
    int32_t sums[16 * TILE_VECS * VF];
    vf m[4];
    for (int v = 0; v < vecs; v++)
        winograd_i8_outputs(vecs, products + v * VF, vi_load(bias + v * VF), sums + v * VF);
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) m[v] = vf_load(multiplier + v % vecs * VF);
    for (int i = 0; i < rows; i++) {
        int8_t *y = a->y + (size_t)((at.image * a->P + at.p + i) * a->Q + at.q) * O + n;
        for (int j = 0; j < columns; j += 4 / vecs, y += (size_t)(4 / vecs) * O) {
            vi q[4]; /* of 4 / vecs pixels */
            EDGE_UNROLL
            for (int v = 0; v < 4; v++) q[v] = vi_load(sums + (size_t)(4 * i + j) * width + (size_t)v * VF);
            tile_put(vecs, columns - j < 4 / vecs ? columns - j : 4 / vecs, y, O, O - n,
                     i8_finish(q[0], q[1], q[2], q[3], m, range));
        }
    }
}

typedef void (*winograd_i8_put_fn)(const struct edge_conv2d_winograd_i8 *, size_t, const int8_t *, const int32_t *, size_t,
                                   const struct i8_range *);
#define WINOGRAD_I8_PUT(vecs)                                                                                          \
    static void winograd_i8_put_##vecs(const struct edge_conv2d_winograd_i8 *a, size_t tile, const int8_t *panel,      \
                                       const int32_t *products, size_t n, const struct i8_range *range) {              \
        winograd_i8_put_vecs(vecs, a, tile, panel, products, n, range);                                                \
    }
WINOGRAD_I8_PUT(1) WINOGRAD_I8_PUT(2)
#if TILE_VECS == 4
WINOGRAD_I8_PUT(4)
static const winograd_i8_put_fn winograd_i8_puts[5] = {[1] = winograd_i8_put_1, winograd_i8_put_2, [4] = winograd_i8_put_4};
#else
static const winograd_i8_put_fn winograd_i8_puts[5] = {[1] = winograd_i8_put_1, winograd_i8_put_2};
#endif

/* Threads share out the tiles, or the panels where the weights of one fill half the cache. */
static struct tile_part winograd_i8_split(const struct edge_task *t, size_t tiles, size_t C, size_t O) {
    const int heavy = C * WINOGRAD_I8_PLACES * 2 * 64 > WINOGRAD_I8_CACHE / 3 * 2;
    struct tile_part part = {0, tiles, 0, tile_panels(O)};
    if (heavy && O % ((size_t)t->count * TILE_VECS * VF) == 0)
        edge_share(t, part.panel_end, &part.panel, &part.panel_end);
    else edge_share(t, tiles, &part.row, &part.row_end);
    return part;
}

EDGE_KERNEL(conv2d_winograd_i8) {
    const size_t C = (size_t)a->C, O = (size_t)a->O, depth = winograd_i8_depth(C), block = winograd_i8_block(C);
    const size_t tiles = (size_t)a->N * (((size_t)a->P + 3) / 4) * (((size_t)a->Q + 3) / 4);
    const struct i8_range range = i8_range(a->y_zero, a->lo, a->hi);
    int32_t *products = t->scratch;
    int16_t *pixels = (int16_t *)(products + WINOGRAD_I8_PLACES * block * TILE_VECS * VF);
    int8_t *outside = (int8_t *)(pixels + WINOGRAD_I8_PLACES * block * depth);
    const struct tile_part part = winograd_i8_split(t, tiles, C, O);
    const size_t first = part.row, last = part.row_end;
    memset(outside, a->x_zero, C);
    const size_t blocks = (last - first + block - 1) / block;
    for (size_t b = 0; b < blocks; b++) {
        const size_t begin = first + (last - first) * b / blocks, M = first + (last - first) * (b + 1) / blocks - begin;
        for (size_t i = 0; i < M; i++) winograd_i8_fill(a, begin + i, outside, pixels + i * depth, M * depth);
        const int8_t *panel = a->packed;
        for (size_t n = 0, index = 0; n < O && index < part.panel_end; index++) {
            const int vecs = tile_vecs(O - n);
            const size_t width = (size_t)(vecs * VF), place = winograd_i8_place(C, vecs);
            if (index < part.panel) {
                panel += winograd_i8_panel(C, vecs), n += width;
                continue;
            }
            const size_t most = (size_t)tile_rows(vecs), count = (M + most - 1) / most;
            const size_t low = M / count, higher = M % count, down = higher * (low + 1);
            const int16_t *w = (const int16_t *)(const void *)(panel + 8 * width);
            for (size_t e = 0; e < WINOGRAD_I8_PLACES; e++, w += place) {
                const int16_t *from = pixels + e * M * depth;
                int32_t *to = products + e * width;
                const uintptr_t ahead = (uintptr_t)(w + place);
                if (higher) winograd_i8_tiles[vecs][low + 1](higher, depth, from, w, to, ahead);
                winograd_i8_tiles[vecs][low](count - higher, depth, from + down * depth, w, to + down * WINOGRAD_I8_PLACES * width,
                                             ahead + higher * (depth / I16_STEP) * TILE_LINE);
            }
            for (size_t i = 0; i < M; i++)
                winograd_i8_puts[vecs](a, begin + i, panel, products + i * WINOGRAD_I8_PLACES * width, n, &range);
            panel += winograd_i8_panel(C, vecs);
            n += width;
        }
    }
    return EDGE_OK;
}
#else
static struct edge_conv2d_i8 conv2d_winograd_i8_plain(const struct edge_conv2d_winograd_i8 *a) {
    return (struct edge_conv2d_i8){
        .x = a->x, .w = a->w, .bias = a->bias, .multiplier = a->multiplier, .y = a->y, .packed = a->packed,
        .N = a->N, .H = a->H, .W = a->W, .C = a->C, .P = a->P, .Q = a->Q, .O = a->O,
        .KH = 3, .KW = 3, .G = 1, .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1,
        .pad_top = a->pad_top, .pad_left = a->pad_left,
        .x_zero = a->x_zero, .y_zero = a->y_zero, .lo = a->lo, .hi = a->hi,
    };
}
EDGE_PACK(conv2d_winograd_i8) {
    const struct edge_conv2d_i8 plain = conv2d_winograd_i8_plain(a);
    return conv2d_i8_pack_body(&plain, out);
}
EDGE_KERNEL(conv2d_winograd_i8) {
    const struct edge_conv2d_i8 plain = conv2d_winograd_i8_plain(a);
    return conv2d_i8_body(&plain, t);
}
#endif
#endif
