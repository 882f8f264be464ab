/* y[M,N] = requantize(a[M,K] w[N,K]^T + bias[N]) with int16 activations, int8 weights and int64 sums.
 *
 * A run of GEMM_I16_RUN products fits into int32 whatever the data (2^15 * 2^7 * 2^8 = 2^30); runs
 * are added in int64. */
#ifndef EDGE_KERNELS_GEMM_I16_H
#define EDGE_KERNELS_GEMM_I16_H
#include "tile.h"

enum { GEMM_I16_RUN = 256, GEMM_I16_ROWS = 4 };

struct gemm_i16 {
    size_t K, N, lda, ldy; /* lda a multiple of I16_STEP */
    const int64_t *bias;   /* or NULL */
    const float *multiplier;
    int32_t lo, hi;
};

/* A panel is [K/I16_STEP][vecs*VF][I16_STEP] weights. */
static inline size_t gemm_i16_panel(size_t K, int vecs) {
    return tile_round(K, I16_STEP) * (size_t)(vecs * VF);
}

/* Bytes of all panels; w is [N][K]. */
static inline size_t gemm_i16_pack(size_t K, size_t N, const int8_t *w, int8_t *out) {
    size_t used = 0;
    for (size_t n = 0; n < N;) {
        const int vecs = tile_vecs(N - n);
        const size_t width = (size_t)(vecs * VF);
        if (out) {
            memset(out + used, 0, gemm_i16_panel(K, vecs));
            for (size_t j = 0; j < width && n + j < N; j++)
                for (size_t k = 0; k < K; k++)
                    out[used + (k / I16_STEP * width + j) * I16_STEP + k % I16_STEP] = w[(n + j) * K + k];
        }
        used += gemm_i16_panel(K, vecs);
        n += width;
    }
    return used;
}

/* One float for each sum, scaled and clamped, to int16. */
static inline void gemm_i16_store(int16_t *y, const int64_t *sums, size_t n, const int64_t *bias,
                                  const float *multiplier, int32_t lo, int32_t hi) {
    float real[TILE_VECS * VF];
    for (size_t j = 0; j < n; j++) real[j] = (float)(int64_t)((uint64_t)sums[j] + (uint64_t)(bias ? bias[j] : 0));
    for (size_t j = 0; j < n; j += VF) {
        const size_t left = n - j;
        const vf scale = left >= VF ? vf_load(multiplier + j) : vf_load_n(multiplier + j, left);
        const vf v = vf_mul(left >= VF ? vf_load(real + j) : vf_load_n(real + j, left), scale);
        const vi q = vf_to_vi(vf_min(vf_max(v, vf_set((float)lo)), vf_set((float)hi)));
        if (left >= VF) vi_store_i16(y + j, q);
        else vi_store_i16_n(y + j, q, left);
    }
}

#ifndef I16_LANES
/* How many of `length` products a set adds by means of its own; see neon.h. */
EDGE_INLINE size_t i16_lanes(const int rows, const int vecs, vi (*acc)[TILE_VECS], const int16_t *a, size_t lda, size_t length,
                             const int8_t *w) {
    (void)rows, (void)vecs, (void)acc, (void)a, (void)lda, (void)length, (void)w;
    return 0;
}
#endif

EDGE_INLINE void gemm_i16_tile(const int rows, const int vecs, const struct gemm_i16 *g, const int16_t *a,
                               const int8_t *panel, int16_t *y, size_t n) {
    const size_t width = (size_t)(vecs * VF), valid = g->N - n < width ? g->N - n : width;
    int64_t sums[GEMM_I16_ROWS][TILE_VECS * VF] = {{0}};
    for (size_t k = 0; k < g->K; k += GEMM_I16_RUN) {
        const size_t end = k + GEMM_I16_RUN < g->K ? k + GEMM_I16_RUN : g->K;
        vi acc[GEMM_I16_ROWS][TILE_VECS];
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            EDGE_UNROLL
            for (int j = 0; j < vecs; j++) acc[i][j] = vi_set(0);
        }
        const size_t done = i16_lanes(rows, vecs, acc, a + k, g->lda, end - k, panel + k * width);
        for (size_t s = k + done; s < end; s += I16_STEP) {
            i16_w wv[TILE_VECS];
            EDGE_UNROLL
            for (int j = 0; j < vecs; j++) wv[j] = i16_load_w(panel + s * width + j * VF * I16_STEP);
            EDGE_UNROLL
            for (int i = 0; i < rows; i++) {
                const i16_a av = i16_set_a(a + (size_t)i * g->lda + s);
                EDGE_UNROLL
                for (int j = 0; j < vecs; j++) acc[i][j] = i16_dot(acc[i][j], av, wv[j]);
            }
        }
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            int32_t part[TILE_VECS * VF];
            EDGE_UNROLL
            for (int j = 0; j < vecs; j++) vi_store(part + j * VF, acc[i][j]);
            for (size_t j = 0; j < width; j++) sums[i][j] += part[j];
        }
    }
    for (int i = 0; i < rows; i++)
        gemm_i16_store(y + (size_t)i * g->ldy, sums[i], valid, g->bias ? g->bias + n : NULL, g->multiplier + n, g->lo,
                       g->hi);
}
typedef void (*gemm_i16_fn)(const struct gemm_i16 *, const int16_t *, const int8_t *, int16_t *, size_t);
#define GEMM_I16_TILE(rows, vecs)                                                                                      \
    static void gemm_i16_##rows##x##vecs(const struct gemm_i16 *g, const int16_t *a, const int8_t *panel, int16_t *y,  \
                                         size_t n) {                                                                   \
        gemm_i16_tile(rows, vecs, g, a, panel, y, n);                                                                  \
    }
GEMM_I16_TILE(1, 1)
GEMM_I16_TILE(4, 1)
GEMM_I16_TILE(1, 2)
GEMM_I16_TILE(4, 2)
#if TILE_VECS == 4
GEMM_I16_TILE(1, 4)
GEMM_I16_TILE(4, 4)
#endif
static const gemm_i16_fn gemm_i16_tiles[5][2] = {
    [1] = {gemm_i16_1x1, gemm_i16_4x1},
    [2] = {gemm_i16_1x2, gemm_i16_4x2},
#if TILE_VECS == 4
    [4] = {gemm_i16_1x4, gemm_i16_4x4},
#endif
};

/* M rows times panels [first, end); y is the output at row 0, column 0. */
static void gemm_i16_run(const struct gemm_i16 *g, size_t M, size_t first, size_t end, const int16_t *a,
                         const int8_t *packed, int16_t *y) {
    size_t index = 0;
    for (size_t n = 0; n < g->N && index < end; index++) {
        const int vecs = tile_vecs(g->N - n);
        for (size_t m = 0, step; index >= first && m < M; m += step) {
            step = M - m >= GEMM_I16_ROWS ? GEMM_I16_ROWS : 1;
            gemm_i16_tiles[vecs][step > 1](g, a + m * g->lda, packed, y + m * g->ldy + n, n);
        }
        packed += gemm_i16_panel(g->K, vecs);
        n += (size_t)(vecs * VF);
    }
}

static inline void gemm_i16_copy(int16_t *to, const int16_t *from, size_t n, const int16_t *end) {
    (void)end;
    memcpy(to, from, n * sizeof *to);
}
static inline void gemm_i16_set(int16_t *to, int16_t fill, size_t n) {
    for (size_t i = 0; i < n; i++) to[i] = fill;
}
#endif
