/* y[M,N] = requantize(a[M,K] w[N,K]^T + bias[N]) in int8 with int32 sums: one packing routine, one tile, one loop.
 *
 * Activations are gathered as i8_act = q + I8_BIAS, I8_STEP of them per step of a dot product. The sums wanted are
 * sum (x - x_zero)(w - w_zero); the tile computes sum (x + I8_BIAS) w and
 *   - the packed bias takes (x_zero + I8_BIAS) sum w off,
 *   - where weights have zero points, each row's sum of x - x_zero times w_zero is taken off after the tile. */
#ifndef EDGE_KERNELS_GEMM_I8_H
#define EDGE_KERNELS_GEMM_I8_H
#include "tile.h"

struct gemm_i8 {
    size_t K, N, lda, ldy; /* lda in activations, a multiple of I8_STEP */
    int32_t x_zero, y_zero, lo, hi;
    int has_w_zero;
    const int32_t *row_sums; /* of x - x_zero, per row; only with has_w_zero */
};

/* A panel: vecs*VF biases, multipliers and weight zero points, then the weights: [K/I8_STEP][vecs*VF][I8_STEP]. */
static inline size_t gemm_i8_steps(size_t K) { return (K + I8_STEP - 1) / I8_STEP; }
static inline size_t gemm_i8_panel(size_t K, int vecs) {
    return tile_round((size_t)(vecs * VF) * (12 + gemm_i8_steps(K) * I8_STEP), 4 * VF);
}

/* What is packed. Column n, element k of the weights is w[n * row + k * col]. */
struct gemm_i8_weights {
    const int8_t *w;
    ptrdiff_t row, col;
    const int32_t *bias, *w_zero;      /* or NULL */
    const float *multiplier;           /* NULL: one for all, `scale` */
    float scale;
    int32_t x_zero, zero;              /* `zero`: the weights' zero point where w_zero is NULL */
};

/* Sum of K neighbours, modulo 2^32. */
static inline uint32_t gemm_i8_sum(size_t K, const int8_t *w) {
    vi sums = vi_set(0);
    size_t k = 0;
    for (; k + VF <= K; k += VF) sums = vi_add(sums, vi_load_i8(w + k));
    uint32_t sum = (uint32_t)vi_sum(sums);
    for (; k < K; k++) sum += (uint32_t)w[k];
    return sum;
}

/* Weights of columns n .. n + valid - 1 into their places, I8_STEP elements of k at a time where they are neighbours. */
static inline void gemm_i8_place(size_t K, size_t n, size_t valid, size_t width, const struct gemm_i8_weights *from,
                                 int8_t *at) {
    const int8_t *w = from->w + (ptrdiff_t)n * from->row;
    size_t k = 0;
    if (from->col == 1)
        for (; k + I8_STEP <= K; k += I8_STEP)
            for (size_t j = 0; j < valid; j++)
                memcpy(at + k * width + j * I8_STEP, w + (ptrdiff_t)j * from->row + k, I8_STEP);
    for (; k < K; k++)
        for (size_t j = 0; j < valid; j++)
            at[(k / I8_STEP * width + j) * I8_STEP + k % I8_STEP] = w[(ptrdiff_t)j * from->row + (ptrdiff_t)k * from->col];
}

static void gemm_i8_pack_panel(size_t K, size_t n, size_t valid, int vecs, const struct gemm_i8_weights *from,
                               int8_t *panel) {
    const size_t width = (size_t)(vecs * VF);
    memset(panel, 0, gemm_i8_panel(K, vecs));
    gemm_i8_place(K, n, valid, width, from, panel + 12 * width);
    for (size_t j = 0; j < valid; j++) {
        const int8_t *w = from->w + (ptrdiff_t)(n + j) * from->row;
        uint32_t sum = 0;
        if (from->col == 1) sum = gemm_i8_sum(K, w);
        else for (size_t k = 0; k < K; k++) sum += (uint32_t)w[(ptrdiff_t)k * from->col];
        const uint32_t bias = from->bias ? (uint32_t)from->bias[n + j] : 0;
        const uint32_t whole = bias - (uint32_t)(from->x_zero + I8_BIAS) * sum;
        const float multiplier = from->multiplier ? from->multiplier[n + j] : from->scale;
        const int32_t zero = from->w_zero ? from->w_zero[n + j] : from->zero;
        memcpy(panel + 4 * j, &whole, 4);
        memcpy(panel + 4 * (width + j), &multiplier, 4);
        memcpy(panel + 4 * (2 * width + j), &zero, 4);
    }
}

/* Bytes of all panels. */
static inline size_t gemm_i8_pack(size_t K, size_t N, const struct gemm_i8_weights *from, int8_t *out) {
    size_t used = 0;
    for (size_t n = 0; n < N;) {
        const int vecs = tile_vecs(N - n);
        const size_t width = (size_t)(vecs * VF);
        if (out) gemm_i8_pack_panel(K, n, N - n < width ? N - n : width, vecs, from, out + used);
        used += gemm_i8_panel(K, vecs);
        n += width;
    }
    return used;
}

/* The step from sums to int8: scale, clamp while still float, round to nearest even, add the zero point. */
static inline vi gemm_i8_requantize(vi sum, vf multiplier, vf lo, vf hi, vi zero) {
    const vf v = vf_mul(vi_to_vf(sum), multiplier);
    return vi_add(vf_to_vi(vf_min(vf_max(v, lo), hi)), zero); /* NaN becomes lo */
}

/* rows x vecs tile: y[i, 0..n) from rows a[i*lda ..] and one panel. rows and vecs are constants where it is inlined. */
EDGE_INLINE void gemm_i8_tile(const int rows, const int vecs, const struct gemm_i8 *g, const i8_act *a,
                              const int8_t *panel, int8_t *y, size_t n, const int32_t *row_sums) {
    const size_t width = (size_t)(vecs * VF);
    vi acc[TILE_NARROW_ROWS][TILE_VECS];
    /* 1. start from the bias */
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) {
        const vi bias = vi_load((const int32_t *)(const void *)panel + j * VF);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) acc[i][j] = bias;
    }
    /* 2. I8_STEP products per lane and step */
    const int8_t *w = panel + 12 * width;
    const size_t steps = gemm_i8_steps(g->K);
    for (size_t s = 0; s < steps; s++, w += width * I8_STEP) {
        i8_w wv[TILE_VECS];
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) wv[j] = i8_load_w(w + j * VF * I8_STEP);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            const i8_a av = i8_set_a(a + (size_t)i * g->lda + s * I8_STEP);
            EDGE_UNROLL
            for (int j = 0; j < vecs; j++) acc[i][j] = i8_dot(acc[i][j], av, wv[j]);
        }
    }
    /* 3. zero points of the weights */
    const float *multiplier = (const float *)(const void *)panel + width;
    if (g->has_w_zero) {
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) {
            const vi zero = vi_load((const int32_t *)(const void *)panel + 2 * width + j * VF);
            EDGE_UNROLL
            for (int i = 0; i < rows; i++) acc[i][j] = vi_sub(acc[i][j], vi_mul(zero, vi_set(row_sums[i])));
        }
    }
    /* 4. requantize and store */
    const vf lo = vf_set((float)(g->lo - g->y_zero)), hi = vf_set((float)(g->hi - g->y_zero));
    const vi zero = vi_set(g->y_zero);
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) {
        int8_t *at = y + (size_t)i * g->ldy;
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++)
            acc[i][j] = gemm_i8_requantize(acc[i][j], vf_load(multiplier + j * VF), lo, hi, zero);
        if (vecs == TILE_VECS && n >= width) {
            tile_store_i8(at, acc[i]);
            continue;
        }
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) {
            if (n >= (size_t)(j + 1) * VF) vi_store_i8(at + j * VF, acc[i][j]);
            else if (n > (size_t)j * VF) vi_store_i8_n(at + j * VF, acc[i][j], n - (size_t)j * VF);
        }
    }
}
typedef void (*gemm_i8_fn)(const struct gemm_i8 *, const i8_act *, const int8_t *, int8_t *, size_t, const int32_t *);
#define GEMM_I8_TILE(prefix, rows, vecs)                                                                               \
    static void prefix##_##rows##x##vecs(const struct gemm_i8 *g, const i8_act *a, const int8_t *panel, int8_t *y,     \
                                         size_t n, const int32_t *row_sums) {                                          \
        gemm_i8_tile(rows, vecs, g, a, panel, y, n, row_sums);                                                         \
    }
TILE_EACH(GEMM_I8_TILE, gemm_i8)
static const gemm_i8_fn gemm_i8_tiles[5][TILE_NARROW_ROWS + 1] = TILE_TABLE(gemm_i8);

/* M rows times one panel, in tiles of nearly equal height. */
static void gemm_i8_panel_run(const struct gemm_i8 *g, size_t M, int vecs, const i8_act *a, const int8_t *panel,
                              int8_t *y, size_t n) {
    const size_t most = (size_t)tile_rows(vecs), tiles = (M + most - 1) / most;
    for (size_t tile = 0, m = 0; tile < tiles; tile++) {
        const size_t next = M * (tile + 1) / tiles;
        gemm_i8_tiles[vecs][next - m](g, a + m * g->lda, panel, y + m * g->ldy, n,
                                      g->has_w_zero ? g->row_sums + m : NULL);
        m = next;
    }
}

/* M rows times panels [first, end); y is the output at row 0, column 0. */
static void gemm_i8_run(const struct gemm_i8 *g, size_t M, size_t first, size_t end, const i8_act *a,
                        const int8_t *packed, int8_t *y) {
    size_t index = 0;
    for (size_t n = 0; n < g->N && index < end; index++) {
        const int vecs = tile_vecs(g->N - n);
        if (index >= first) gemm_i8_panel_run(g, M, vecs, a, packed, y + n, g->N - n);
        packed += gemm_i8_panel(g->K, vecs);
        n += (size_t)(vecs * VF);
    }
}

/* Row sums of x - x_zero from gathered activations. */
static void gemm_i8_row_sums(const struct gemm_i8 *g, size_t M, const i8_act *a, int32_t *sums) {
    for (size_t m = 0; m < M; m++) {
        uint32_t sum = 0;
        for (size_t k = 0; k < g->K; k++) sum += (uint32_t)(a[m * g->lda + k] - I8_BIAS - g->x_zero);
        sums[m] = (int32_t)sum;
    }
}

/* n int8 as activations, in whole blocks where the source has them. */
static inline void gemm_i8_copy(i8_act *to, const int8_t *from, size_t n, const int8_t *end) {
    size_t i = 0;
    for (; i < n && (size_t)(end - from) >= i + I8_BLOCK; i += I8_BLOCK) i8_gather_block(to + i, from + i);
    for (; i < n; i++) to[i] = (i8_act)(from[i] + I8_BIAS);
}
static inline void gemm_i8_set(i8_act *to, i8_act fill, size_t n) {
    for (size_t i = 0; i < n; i++) to[i] = fill;
}
#endif
