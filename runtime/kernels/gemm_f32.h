/* y[M,N] = clamp(a[M,K] w[N,K]^T + bias[N]) in float32: one packing routine, one tile, one loop over tiles. */
#ifndef EDGE_KERNELS_GEMM_F32_H
#define EDGE_KERNELS_GEMM_F32_H
#include "tile.h"

/* A panel: vecs*VF biases, then K rows of vecs*VF weights; columns beyond N are zeros. */
struct gemm_f32 {
    size_t K, N, lda, ldy; /* strides in elements */
    float lo, hi;
    int accumulate; /* start from what y holds instead of from the bias */
};

static inline size_t gemm_f32_panel(size_t K, int vecs) { return (K + 1) * (size_t)(vecs * VF); }

/* Floats of all panels. Column n, element k of the weights is w[n * row + k * col]. */
static inline size_t gemm_f32_pack(size_t K, size_t N, const float *w, ptrdiff_t row, ptrdiff_t col, const float *bias,
                                   float *out) {
    size_t used = 0;
    for (size_t n = 0; n < N;) {
        const int vecs = tile_vecs(N - n);
        const size_t width = (size_t)(vecs * VF), valid = N - n < width ? N - n : width;
        if (out) {
            float *panel = out + used;
            memset(panel, 0, gemm_f32_panel(K, vecs) * sizeof(float));
            if (bias) memcpy(panel, bias + n, valid * sizeof(float));
            const float *from = w + (ptrdiff_t)n * row;
            for (size_t k = 0; k < K; k++, from += col) {
                panel += width;
                if (row == 1) memcpy(panel, from, valid * sizeof(float));
                else
                    for (size_t j = 0; j < valid; j++) panel[j] = from[(ptrdiff_t)j * row];
            }
        }
        used += gemm_f32_panel(K, vecs);
        n += width;
    }
    return used;
}

/* rows x vecs tile: y[i, 0..n) from rows a[i*lda ..] and one panel. rows and vecs are constants where it is inlined. */
EDGE_INLINE void gemm_f32_tile(const int rows, const int vecs, const struct gemm_f32 *g, const float *a,
                               const float *panel, float *y, size_t n) {
    vf acc[TILE_NARROW_ROWS][TILE_VECS];
    /* 1. start from the bias, or from the sums so far */
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) {
        const vf bias = vf_load(panel + j * VF);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) acc[i][j] = bias;
    }
    if (g->accumulate) {
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            EDGE_UNROLL
            for (int j = 0; j < vecs; j++) {
                const float *at = y + (size_t)i * g->ldy + j * VF;
                if (n >= (size_t)(j + 1) * VF) acc[i][j] = vf_load(at);
                else if (n > (size_t)j * VF) acc[i][j] = vf_load_n(at, n - (size_t)j * VF);
            }
        }
    }
    /* 2. one weight row times one activation of each row, K times */
    const float *w = panel + vecs * VF;
    for (size_t k = 0; k < g->K; k++, w += vecs * VF) {
        vf wv[TILE_VECS];
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) wv[j] = vf_load(w + j * VF);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            const vf av = vf_set(a[(size_t)i * g->lda + k]);
            EDGE_UNROLL
            for (int j = 0; j < vecs; j++) acc[i][j] = vf_fma(av, wv[j], acc[i][j]);
        }
    }
    /* 3. clamp and store; NaN passes */
    const vf lo = vf_set(g->lo), hi = vf_set(g->hi);
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) {
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) {
            float *at = y + (size_t)i * g->ldy + j * VF;
            const vf v = vf_min(hi, vf_max(lo, acc[i][j]));
            if (n >= (size_t)(j + 1) * VF) vf_store(at, v);
            else if (n > (size_t)j * VF) vf_store_n(at, v, n - (size_t)j * VF);
        }
    }
}
typedef void (*gemm_f32_fn)(const struct gemm_f32 *, const float *, const float *, float *, size_t);
#define GEMM_F32_TILE(prefix, rows, vecs)                                                                              \
    static void prefix##_##rows##x##vecs(const struct gemm_f32 *g, const float *a, const float *panel, float *y,       \
                                         size_t n) {                                                                   \
        gemm_f32_tile(rows, vecs, g, a, panel, y, n);                                                                  \
    }
TILE_EACH(GEMM_F32_TILE, gemm_f32)
static const gemm_f32_fn gemm_f32_tiles[5][TILE_NARROW_ROWS + 1] = TILE_TABLE(gemm_f32);

/* Rows a .. a + M*lda times panels [first, end); y is the output at row 0, column 0. Tiles are of nearly equal height:
 * seven rows are four and three, not six and one. */
static void gemm_f32_run(const struct gemm_f32 *g, size_t M, size_t first, size_t end, const float *a,
                         const float *packed, float *y) {
    size_t index = 0;
    for (size_t n = 0; n < g->N && index < end; index++) {
        const int vecs = tile_vecs(g->N - n);
        if (index >= first) {
            const size_t most = (size_t)tile_rows(vecs), tiles = (M + most - 1) / most;
            for (size_t tile = 0, m = 0; tile < tiles; tile++) {
                const size_t next = M * (tile + 1) / tiles;
                gemm_f32_tiles[vecs][next - m](g, a + m * g->lda, packed, y + m * g->ldy + n, g->N - n);
                m = next;
            }
        }
        packed += gemm_f32_panel(g->K, vecs);
        n += (size_t)(vecs * VF);
    }
}
#endif
