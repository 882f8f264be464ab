/* The 3x3 convolution of stride 1 of conv2d_f32.c, by Winograd's F(2x2, 3x3): 16 products where the sum itself takes 36
 * (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015).
 *
 * A tile is a square of four outputs. Its 4x4 pixels are transformed; each of the 16 places is a matrix product of tiles
 * by channels; and the 16 results are transformed back. All factors are 1 or 1/2, so that it rounds little more than the
 * plain sum. Tiles go in blocks whose transformed pixels stay in the second cache. */
#include "gemm_half.h"

enum { WINOGRAD_PLACES = 16, WINOGRAD_TILES = 48, WINOGRAD_SMALL_TILES = 24, WINOGRAD_FLOATS = 98304 };

/* Whether products are taken with VF x VF weights at a time, which fit into half of the registers. */
static int winograd_is_small(size_t C, size_t O) { return VF == 16 && C % VF == 0 && C <= 2 * VF && O <= 2 * VF; }

/* Tiles of a block: the scratch expression of the declaration says the same, or more. */
static size_t winograd_block(size_t C, size_t O) {
    const size_t tiles = WINOGRAD_FLOATS / (WINOGRAD_PLACES * C);
    if (winograd_is_small(C, O)) return WINOGRAD_SMALL_TILES * VF / C; /* these stay in the first cache */
    return tiles < 12 ? 12 : tiles > WINOGRAD_TILES ? WINOGRAD_TILES : tiles;
}

/* The weights of one pair of channels at the 16 places: G g G^T. */
static void winograd_weights(const float *g, float *to) {
    double half[4][3];
    for (size_t j = 0; j < 3; j++) {
        const double a = (double)g[j], b = (double)g[3 + j], c = (double)g[6 + j];
        half[0][j] = a, half[1][j] = (a + b + c) / 2, half[2][j] = (a - b + c) / 2, half[3][j] = c;
    }
    for (int i = 0; i < 4; i++, to += 4) {
        const double a = half[i][0], b = half[i][1], c = half[i][2];
        to[0] = (float)a, to[1] = (float)((a + b + c) / 2), to[2] = (float)((a - b + c) / 2), to[3] = (float)c;
    }
}

/* Panel after panel, each with its 16 places, in the form of gemm_f32.h with biases of zero. */
static size_t winograd_pack(size_t C, size_t O, const void *w, enum weights kind, float *panel) {
    size_t used = 0;
    for (size_t n = 0; n < O;) {
        const int vecs = gemm_f32_vecs(O - n);
        const size_t width = (size_t)(vecs * VF), size = gemm_f32_panel(C, vecs), valid = O - n < width ? O - n : width;
        used += WINOGRAD_PLACES * size;
        if (panel) {
            memset(panel, 0, WINOGRAD_PLACES * size * sizeof(float));
            for (size_t j = 0; j < valid; j++)
                for (size_t c = 0; c < C; c++) {
                    float places[WINOGRAD_PLACES], g[9];
                    for (size_t e = 0; e < 9; e++) {
                        const size_t at = ((n + j) * 9 + e) * C + c;
                        g[e] = kind == WEIGHTS_F32 ? ((const float *)w)[at] : half_widen(kind, (const uint16_t *)w + at);
                    }
                    winograd_weights(g, places);
                    for (size_t e = 0; e < WINOGRAD_PLACES; e++) panel[e * size + (c + 1) * width + j] = places[e];
                }
            panel += WINOGRAD_PLACES * size;
        }
        n += width;
    }
    return used * sizeof(float);
}
EDGE_PACK(conv2d_winograd_f32) { return winograd_pack((size_t)a->C, (size_t)a->O, a->w, WEIGHTS_F32, out); }

/* One side of a transform of pixels, four vectors `step` apart. */
EDGE_INLINE void winograd_in(vf *d, int step) {
    const vf a = d[0], b = d[step], c = d[2 * step], e = d[3 * step];
    d[0] = vf_sub(a, c), d[step] = vf_add(b, c), d[2 * step] = vf_sub(c, b), d[3 * step] = vf_sub(b, e);
}
/* Channels c .. of a 4x4 square of pixels to place e of a tile at to[e * pitch]. */
EDGE_INLINE void winograd_turn(vf *d, float *to, size_t pitch) {
    EDGE_UNROLL
    for (int i = 0; i < 4; i++) winograd_in(d + i, 4);
    EDGE_UNROLL
    for (int i = 0; i < 4; i++) winograd_in(d + 4 * i, 1);
    EDGE_UNROLL
    for (int i = 0; i < WINOGRAD_PLACES; i++) vf_store(to + (size_t)i * pitch, d[i]);
}
/* All channels of the pixels at `at`, or of the square whose first is at x. C >= VF: the last vector overlaps. */
static void winograd_pixels(const float *const *at, size_t C, float *to, size_t pitch) {
    for (size_t next = 0; next < C; next += VF) {
        const size_t c = next + VF <= C ? next : C - VF;
        vf d[WINOGRAD_PLACES];
        EDGE_UNROLL
        for (int i = 0; i < WINOGRAD_PLACES; i++) d[i] = vf_load(at[i] + c);
        winograd_turn(d, to + c, pitch);
    }
}
static void winograd_square(const float *x, size_t row, size_t C, float *to, size_t pitch) {
    for (size_t next = 0; next < C; next += VF) {
        const size_t c = next + VF <= C ? next : C - VF;
        vf d[WINOGRAD_PLACES];
        EDGE_UNROLL
        for (size_t i = 0; i < WINOGRAD_PLACES; i++) d[i] = vf_load(x + i / 4 * row + i % 4 * C + c);
        winograd_turn(d, to + c, pitch);
    }
}

/* n <= VF channels of one tile from its places m[e * pitch]: the four outputs. */
EDGE_INLINE void winograd_out(const float *m, size_t pitch, vf y[4]) {
    vf half[8];
    EDGE_UNROLL
    for (int j = 0; j < 4; j++) {
        const vf a = vf_load(m + (size_t)j * pitch), b = vf_load(m + (size_t)(4 + j) * pitch);
        const vf c = vf_load(m + (size_t)(8 + j) * pitch), d = vf_load(m + (size_t)(12 + j) * pitch);
        half[j] = vf_add(vf_add(a, b), c), half[4 + j] = vf_sub(vf_sub(b, c), d);
    }
    EDGE_UNROLL
    for (int i = 0; i < 2; i++) {
        const vf *h = half + 4 * i;
        y[2 * i] = vf_add(vf_add(h[0], h[1]), h[2]), y[2 * i + 1] = vf_sub(vf_sub(h[1], h[2]), h[3]);
    }
}

/* Where a tile lies: its image, first row and first column of outputs. */
struct winograd_tile {
    int64_t image, p, q;
};
static struct winograd_tile winograd_tile(const struct edge_conv2d_winograd_f32 *a, size_t tile) {
    const int64_t across = ((int64_t)a->Q + 1) / 2, down = ((int64_t)a->P + 1) / 2, t = (int64_t)tile;
    return (struct winograd_tile){t / across / down, t / across % down * 2, t % across * 2};
}
static void winograd_next(const struct edge_conv2d_winograd_f32 *a, struct winograd_tile *at) {
    if ((at->q += 2) < a->Q) return;
    at->q = 0;
    if ((at->p += 2) >= a->P) at->p = 0, at->image++;
}

static void winograd_load(const struct edge_conv2d_winograd_f32 *a, const struct winograd_tile *at, const float *zeros,
                          float *to, size_t pitch) {
    const int64_t y = at->p - a->pad_top, x = at->q - a->pad_left, C = a->C, row = a->W * C;
    const float *pixels[WINOGRAD_PLACES];
    int inside[4];
    if (y >= 0 && y + 4 <= a->H && x >= 0 && x + 4 <= a->W) {
        winograd_square(a->x + (at->image * a->H + y) * row + x * C, (size_t)row, (size_t)C, to, pitch);
        return;
    }
    for (int j = 0; j < 4; j++) inside[j] = x + j >= 0 && x + j < a->W;
    for (int i = 0; i < 4; i++) {
        const int there = y + i >= 0 && y + i < a->H;
        for (int j = 0; j < 4; j++)
            pixels[4 * i + j] = there && inside[j] ? a->x + (at->image * a->H + y + i) * row + (x + j) * C : zeros;
    }
    winograd_pixels(pixels, (size_t)C, to, pitch);
}

/* Channels n .. n + width of one tile, those below O. */
static void winograd_store(const struct edge_conv2d_winograd_f32 *a, const struct winograd_tile *at, const float *m,
                           size_t pitch, size_t n, size_t width) {
    const size_t O = (size_t)a->O, first = (size_t)((at->image * a->P + at->p) * a->Q + at->q);
    const int rows = at->p + 1 < a->P ? 2 : 1, columns = at->q + 1 < a->Q ? 2 : 1;
    const vf lo = vf_set(a->lo), hi = vf_set(a->hi);
    for (size_t j = 0; j < width && n + j < O; j += VF) {
        const size_t left = O - n - j;
        vf y[4];
        winograd_out(m + j, pitch, y);
        const vf bias = !a->bias ? vf_set(0.0f) : left >= VF ? vf_load(a->bias + n + j) : vf_load_n(a->bias + n + j, left);
        EDGE_UNROLL
        for (int i = 0; i < 4; i++) {
            if (i / 2 >= rows || i % 2 >= columns) continue;
            const size_t to = (first + (size_t)(i / 2) * (size_t)a->Q + (size_t)(i % 2)) * O + n + j;
            vf v = vf_add(y[i], bias);
            if (a->residual) v = vf_add(v, left >= VF ? vf_load(a->residual + to) : vf_load_n(a->residual + to, left));
            v = vf_min(hi, vf_max(lo, v));
            if (left >= VF) vf_store(a->y + to, v);
            else vf_store_n(a->y + to, v, left);
        }
    }
}

/* Rows of VF pixels, `step` apart, times VF x VF weights; `more` says that y holds sums already. */
EDGE_INLINE void winograd_small_rows(const int rows, const int more, const float *x, const size_t step, const vf *w,
                                     float *y, const size_t width) {
    vf sum[8];
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) {
        const vf first = vf_set(x[(size_t)i * step]), before = vf_load(y + (size_t)i * width);
        sum[i] = more ? vf_fma(first, w[0], before) : vf_mul(first, w[0]);
    }
    EDGE_UNROLL
    for (int k = 1; k < VF; k++) {
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) sum[i] = vf_fma(vf_set(x[(size_t)i * step + (size_t)k]), w[k], sum[i]);
    }
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) vf_store(y + (size_t)i * width, sum[i]);
}
EDGE_INLINE void winograd_small_block(const int more, size_t M, const float *x, const size_t step, const float *w,
                                      float *y, const size_t width) {
    vf wv[VF];
    EDGE_UNROLL
    for (size_t k = 0; k < VF; k++) wv[k] = vf_load(w + k * width);
    for (; M >= 8; M -= 8, x += 8 * step, y += 8 * width) winograd_small_rows(8, more, x, step, wv, y, width);
    for (; M; M--, x += step, y += width) winograd_small_rows(1, more, x, step, wv, y, width);
}
/* M rows of C pixels times the weights of one place, a square of weights after the other. */
#define WINOGRAD_SMALL(C, width)                                                                                       \
    static void winograd_small_##C##x##width(size_t M, const float *x, const float *w, float *y) {                     \
        for (size_t n = 0; n < (width) * VF; n += VF) {                                                                \
            winograd_small_block(0, M, x, (C) * VF, w + n, y + n, (width) * VF);                                       \
            if ((C) == 2) winograd_small_block(1, M, x + VF, 2 * VF, w + (width) * VF * VF + n, y + n, (width) * VF);  \
        }                                                                                                              \
    }
WINOGRAD_SMALL(1, 1) WINOGRAD_SMALL(1, 2) WINOGRAD_SMALL(2, 1) WINOGRAD_SMALL(2, 2)
static void winograd_small(size_t M, size_t C, size_t width, const float *x, const float *w, float *y) {
    if (C == VF) (width == VF ? winograd_small_1x1 : winograd_small_1x2)(M, x, w, y);
    else (width == VF ? winograd_small_2x1 : winograd_small_2x2)(M, x, w, y);
}

static int winograd_all(const struct edge_conv2d_winograd_f32 *a, const struct edge_task *t) {
    const size_t C = (size_t)a->C, O = (size_t)a->O, block = winograd_block(C, O);
    const size_t tiles = (size_t)a->N * (((size_t)a->P + 1) / 2) * (((size_t)a->Q + 1) / 2);
    float *zeros = t->scratch, *pixels = zeros + C, *products = pixels + WINOGRAD_PLACES * block * C;
    size_t first, last;
    edge_share(t, tiles, &first, &last);
    const size_t blocks = (last - first + block - 1) / block;
    memset(zeros, 0, C * sizeof(float));
    for (size_t b = 0; b < blocks; b++) {
        const size_t begin = first + (last - first) * b / blocks, end = first + (last - first) * (b + 1) / blocks;
        const size_t M = end - begin;
        const struct winograd_tile corner = winograd_tile(a, begin);
        struct winograd_tile at = corner;
        for (size_t i = 0; i < M; i++, winograd_next(a, &at)) winograd_load(a, &at, zeros, pixels + i * C, M * C);
        const float *panel = a->packed;
        for (size_t n = 0; n < O;) {
            const int vecs = gemm_f32_vecs(O - n);
            const size_t width = (size_t)(vecs * VF), size = gemm_f32_panel(C, vecs);
            const struct gemm_f32 g = {1, C, width, C, width, 1, -__builtin_inff(), __builtin_inff(), 0};
            for (size_t e = 0; e < WINOGRAD_PLACES; e++, panel += size) {
                const float *from = pixels + e * M * C;
                float *to = products + e * M * width;
                if (winograd_is_small(C, O)) winograd_small(M, C, width, from, panel + width, to);
                else gemm_f32_panel_run(&g, vecs, M, (struct gemm_f32_rows){from, NULL}, width, panel, NULL, to);
            }
            at = corner;
            for (size_t i = 0; i < M; i++, winograd_next(a, &at))
                winograd_store(a, &at, products + i * width, M * width, n, width);
            n += width;
        }
    }
    return EDGE_OK;
}

EDGE_KERNEL(conv2d_winograd_f32) { return winograd_all(a, t); }

/* Weights of 16 bits are widened when they are transformed; the argument struct differs only in what `w` points to. */
#define WINOGRAD_HALF(name, kind)                                                                                      \
    EDGE_PACK(name) { return winograd_pack((size_t)a->C, (size_t)a->O, a->w, kind, out); }                             \
    EDGE_KERNEL(name) {                                                                                                \
        struct edge_conv2d_winograd_f32 same;                                                                          \
        _Static_assert(sizeof same == sizeof *a, "structs of another size");                                           \
        memcpy(&same, a, sizeof same);                                                                                 \
        return winograd_all(&same, t);                                                                                 \
    }
WINOGRAD_HALF(conv2d_winograd_f32_f16, WEIGHTS_F16)
WINOGRAD_HALF(conv2d_winograd_f32_bf16, WEIGHTS_BF16)
