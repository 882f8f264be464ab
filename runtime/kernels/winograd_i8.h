/* 3x3 convolutions of int8 by Winograd's F(4x4, 3x3), in integers and exact (Lavin and Gray, "Fast Algorithms for
 * Convolutional Neural Networks", 2015; the points are 0, 1, -1, 2, -2 and infinity).
 *
 * A tile of 4x4 outputs takes 36 products per pair of channels instead of 144. Transformed pixels are at most 100 * 128,
 * transformed weights 49 * 128; what comes back is 576 y, or 576 / (1, 2, 4 or 4)(1, 2, 4 or 4) y. It is found modulo
 * 2^32. 576 is 9 * 64: the product with the inverse of 9 is exact, and a shift gives y if that is below 2^25, as it is for
 * fewer than 228 channels.
 *
 * Pixels are taken as they are, x_zero outside the image, and the bias takes x_zero sum w off.
 *
 * Packed: for each panel of columns its biases and multipliers, then for each of the 36 places [C/I16_STEP][width]
 * groups of I16_STEP int16. */
#ifndef EDGE_KERNELS_WINOGRAD_I8_H
#define EDGE_KERNELS_WINOGRAD_I8_H
#include "gemm_i8.h"

enum {
    WINOGRAD_I8_PLACES = 36,
    WINOGRAD_I8_BYTES = 393216, /* of a block's pixels and products at most; the declaration's scratch says the same */
    WINOGRAD_I8_CACHE = 786432, /* for those, and a panel of weights */
    WINOGRAD_I8_NINTH = 954437177,
};

static inline size_t winograd_i8_depth(size_t C) { return tile_round(C, I16_STEP); }
/* Tiles that are computed at once: in the second cache lie their pixels, their products, and a panel of weights. */
static inline size_t winograd_i8_block(size_t C) {
    const size_t weights = C * WINOGRAD_I8_PLACES * 2 * 64;
    const size_t left = weights < WINOGRAD_I8_CACHE ? WINOGRAD_I8_CACHE - weights : 0;
    const size_t bytes = left < WINOGRAD_I8_BYTES ? left : WINOGRAD_I8_BYTES;
    const size_t tiles = bytes / (WINOGRAD_I8_PLACES * (2 * C + 256));
    return tiles < 6 ? 6 : tiles > 48 ? 48 : tiles;
}
static inline size_t winograd_i8_place(size_t C, int vecs) { /* int16 of one place of a panel */
    return winograd_i8_depth(C) * (size_t)(vecs * VF);
}
static inline size_t winograd_i8_panel(size_t C, int vecs) { /* bytes */
    return (size_t)(vecs * VF) * 8 + WINOGRAD_I8_PLACES * winograd_i8_place(C, vecs) * 2;
}

/* Weights: six numbers of three, whole multiples of what the points ask for. */
static void winograd_i8_weights(const int32_t *w, ptrdiff_t step, int32_t *to, ptrdiff_t pitch) {
    const int32_t a = w[0], b = w[step], c = w[2 * step];
    to[0] = 6 * a, to[pitch] = a + b + c, to[2 * pitch] = a - b + c;
    to[3 * pitch] = a + 2 * b + 4 * c, to[4 * pitch] = a - 2 * b + 4 * c, to[5 * pitch] = 6 * c;
}

struct winograd_i8 {
    size_t C, O;
    const int8_t *w; /* [O][3][3][C] */
    const int32_t *bias;
    const float *multiplier;
    int32_t x_zero;
};

static void winograd_i8_pack_column(const struct winograd_i8 *g, size_t n, int16_t *to, size_t place, size_t width) {
    const int8_t *w = g->w + n * 9 * g->C;
    for (size_t c = 0; c < g->C; c++) {
        int32_t taps[9], half[18], all[WINOGRAD_I8_PLACES];
        for (size_t i = 0; i < 9; i++) taps[i] = w[i * g->C + c];
        for (int i = 0; i < 3; i++) winograd_i8_weights(taps + i, 3, half + i, 3);
        for (int i = 0; i < 6; i++) winograd_i8_weights(half + 3 * i, 1, all + 6 * i, 1);
        int16_t *at = to + c / I16_STEP * width * I16_STEP + c % I16_STEP;
        for (size_t e = 0; e < WINOGRAD_I8_PLACES; e++) at[e * place] = (int16_t)all[e];
    }
}

static size_t winograd_i8_pack(const struct winograd_i8 *g, int8_t *out) {
    size_t used = 0;
    for (size_t n = 0; n < g->O;) {
        const int vecs = tile_vecs(g->O - n);
        const size_t width = (size_t)(vecs * VF), bytes = winograd_i8_panel(g->C, vecs);
        if (out) memset(out + used, 0, bytes);
        for (size_t slot = 0; out && slot < width; slot++) {
            const size_t column = n + (size_t)tile_channel(vecs, (int)(slot / VF), (int)(slot % VF));
            if (column >= g->O) continue;
            const uint32_t sum = gemm_i8_sum(9 * g->C, g->w + column * 9 * g->C);
            const uint32_t bias = (g->bias ? (uint32_t)g->bias[column] : 0) - (uint32_t)g->x_zero * sum;
            memcpy(out + used + 4 * slot, &bias, 4);
            memcpy(out + used + 4 * (width + slot), g->multiplier + column, 4);
            int16_t *to = (int16_t *)(void *)(out + used + 8 * width) + slot * I16_STEP;
            winograd_i8_pack_column(g, column, to, winograd_i8_place(g->C, vecs), width);
        }
        used += bytes;
        n += width;
    }
    return used;
}

/* Pixels: six of six, in int16, which wraps on the way and holds what comes out. */
EDGE_INLINE void winograd_i8_pixels(i16_w *d, const int step) {
    const i16_w even = i16_sub(d[4 * step], i16_shl(d[2 * step], 2)), odd = i16_sub(d[3 * step], i16_shl(d[step], 2));
    const i16_w half = i16_sub(d[4 * step], d[2 * step]), twice = i16_shl(i16_sub(d[3 * step], d[step]), 1);
    d[0] = i16_add(i16_shl(i16_sub(d[0], d[2 * step]), 2), half);
    d[5 * step] = i16_sub(i16_sub(d[5 * step], d[3 * step]), i16_shl(twice, 1));
    d[step] = i16_add(even, odd), d[2 * step] = i16_sub(even, odd);
    d[3 * step] = i16_add(half, twice), d[4 * step] = i16_sub(half, twice);
}
EDGE_INLINE void winograd_i8_turn(i16_w *d) {
    EDGE_UNROLL
    for (int j = 0; j < 6; j++) winograd_i8_pixels(d + j, 6);
    EDGE_UNROLL
    for (int i = 0; i < 6; i++) winograd_i8_pixels(d + 6 * i, 1);
}
/* 2*VF channels of a tile, whose six rows of six pixels begin at row[0..5], to places `pitch` apart. */
static void winograd_i8_load(const int8_t *const *row, size_t C, int16_t *to, size_t pitch) {
    i16_w d[WINOGRAD_I8_PLACES];
    EDGE_UNROLL
    for (size_t i = 0; i < WINOGRAD_I8_PLACES; i++) d[i] = i16_load_w(row[i / 6] + i % 6 * C);
    winograd_i8_turn(d);
    EDGE_UNROLL
    for (size_t i = 0; i < WINOGRAD_I8_PLACES; i++) i16_store(to + i * pitch, d[i]);
}
/* n <= VF channels of two tiles. */
EDGE_INLINE void winograd_i8_load_both(const int8_t *const *row, const int8_t *const *other, size_t C, size_t n, int16_t *to,
                                       int16_t *to_other, size_t pitch) {
    i16_w d[WINOGRAD_I8_PLACES];
    EDGE_UNROLL
    for (size_t i = 0; i < WINOGRAD_I8_PLACES; i++)
        d[i] = i16_load_two(row[i / 6] + i % 6 * C, other[i / 6] + i % 6 * C, n);
    winograd_i8_turn(d);
    EDGE_UNROLL
    for (size_t i = 0; i < WINOGRAD_I8_PLACES; i++) i16_store_two(to + i * pitch, to_other + i * pitch, d[i], n);
}
static void winograd_i8_load_two(const int8_t *const *row, const int8_t *const *other, size_t C, size_t n, int16_t *to,
                                 int16_t *to_other, size_t pitch) {
    if (n == VF) winograd_i8_load_both(row, other, C, VF, to, to_other, pitch);
    else winograd_i8_load_both(row, other, C, n, to, to_other, pitch);
}

/* Products of `rows` tiles at one place: vecs vectors of each, behind one another the places of a tile. */
EDGE_INLINE void winograd_i8_tile(const int rows, const int vecs, size_t depth, const int16_t *a, const int16_t *w,
                                  int32_t *sums, uintptr_t ahead) {
    vi acc[TILE_NARROW_ROWS][TILE_VECS];
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) {
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) acc[i][j] = vi_set(0);
    }
    for (size_t k = 0; k < depth; k += I16_STEP, w += vecs * VF * I16_STEP, ahead += TILE_LINE) {
        i16_a wv[TILE_VECS];
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) wv[j] = i16_load_a(w + j * VF * I16_STEP);
        i8_prefetch(ahead);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            const i16_a av = i16_set_a(a + (size_t)i * WINOGRAD_I8_PLACES * depth + k);
            EDGE_UNROLL
            for (int j = 0; j < vecs; j++) acc[i][j] = i16_dot(acc[i][j], av, wv[j]);
        }
    }
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) {
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) vi_store(sums + (i * WINOGRAD_I8_PLACES * vecs + j) * VF, acc[i][j]);
    }
}
typedef void (*winograd_i8_fn)(size_t, size_t, const int16_t *, const int16_t *, int32_t *, uintptr_t);
#define WINOGRAD_I8_TILE(prefix, rows, vecs)                                                                           \
    static void prefix##_##rows##x##vecs(size_t count, size_t depth, const int16_t *a, const int16_t *w,               \
                                         int32_t *sums, uintptr_t ahead) {                                             \
        for (; count; count--, a += rows * WINOGRAD_I8_PLACES * depth, sums += rows * WINOGRAD_I8_PLACES * vecs * VF, ahead += depth / I16_STEP * TILE_LINE)     \
            winograd_i8_tile(rows, vecs, depth, a, w, sums, ahead);                                                    \
    }
TILE_EACH(WINOGRAD_I8_TILE, winograd_i8)
static const winograd_i8_fn winograd_i8_tiles[5][TILE_NARROW_ROWS + 1] = TILE_TABLE(winograd_i8);

/* Sums: four of six, times 24 / (1, 2, 4, 4). */
EDGE_INLINE void winograd_i8_sums(const vi *m, vi *to) {
    const vi plus = vi_add(m[1], m[2]), minus = vi_sub(m[1], m[2]);
    const vi far = vi_add(m[3], m[4]), apart = vi_sub(m[3], m[4]);
    to[0] = vi_add(vi_sub(m[0], vi_shl(plus, 2)), far);
    to[1] = vi_sub(apart, vi_shl(minus, 1));
    to[2] = vi_sub(far, plus);
    to[3] = vi_add(vi_sub(vi_shl(apart, 1), minus), m[5]);
}
/* One vector of channels: four rows of outputs, half done, from the products at 36 places, which are vecs vectors apart. */
EDGE_INLINE void winograd_i8_columns(const int vecs, const int32_t *products, vi half[4][6]) {
    EDGE_UNROLL
    for (int j = 0; j < 6; j++) {
        vi m[6], made[4];
        EDGE_UNROLL
        for (int i = 0; i < 6; i++) m[i] = vi_load(products + (6 * i + j) * vecs * VF);
        winograd_i8_sums(m, made);
        EDGE_UNROLL
        for (int i = 0; i < 4; i++) half[i][j] = made[i];
    }
}
/* Four outputs of row i, with the bias. */
EDGE_INLINE void winograd_i8_row(const int i, const vi *half, vi bias, vi y[4]) {
    static const int shift[4] = {0, 1, 2, 2};
    winograd_i8_sums(half, y);
    EDGE_UNROLL
    for (int j = 0; j < 4; j++)
        y[j] = vi_add(vi_sra(vi_mul(y[j], vi_set(WINOGRAD_I8_NINTH)), 6 - shift[i] - shift[j]), bias);
}
#endif
