/* y[M,N] = clamp(x[M,K] w[N,K]^T + bias[N] + residual[M,N]) in float32.
 *
 * A few rows are limited by reading the weights once: each weight row is streamed from where the model file lies, and
 * nothing is packed; weights of 16 bits are half as much to read. More rows go through the tiles. */
#include "gemm_half.h"

enum { FC_F32_STREAM = 4, /* fewer rows than this stream */
       FC_F32_COLUMNS = 4, FC_F32_SUMS = 2 * FC_F32_COLUMNS };

/* n <= VF weights from number `at` on. */
EDGE_INLINE vf fc_f32_weights(const enum weights kind, const void *w, size_t at, size_t n) {
    if (kind == WEIGHTS_F32) return n == VF ? vf_load((const float *)w + at) : vf_load_n((const float *)w + at, n);
    const uint16_t *from = (const uint16_t *)w + at;
    return n == VF ? half_load(kind, from) : half_load_n(kind, from, n);
}

/* sums[i * columns + j] = x row i dot w row j, for a few of each: one load of x serves all columns, and their sums do not
 * wait for each other. Each sum is made in the same order whatever its neighbours. */
EDGE_INLINE void fc_f32_dots(const enum weights kind, const int rows, const int columns, const float *x, const void *w,
                             size_t K, float *sums) {
    vf acc[FC_F32_SUMS][2];
    EDGE_UNROLL
    for (int s = 0; s < rows * columns; s++) acc[s][0] = acc[s][1] = vf_set(0.0f);
    size_t k = 0;
    for (; k + 2 * VF <= K; k += 2 * VF) {
        EDGE_UNROLL
        for (int j = 0; j < columns; j++) {
            const size_t from = (size_t)j * K + k;
            const vf w0 = fc_f32_weights(kind, w, from, VF), w1 = fc_f32_weights(kind, w, from + VF, VF);
            EDGE_UNROLL
            for (int i = 0; i < rows; i++) {
                vf *const at = acc[i * columns + j];
                at[0] = vf_fma(vf_load(x + (size_t)i * K + k), w0, at[0]);
                at[1] = vf_fma(vf_load(x + (size_t)i * K + k + VF), w1, at[1]);
            }
        }
    }
    for (; k < K; k += VF) {
        const size_t n = K - k < VF ? K - k : VF;
        EDGE_UNROLL
        for (int j = 0; j < columns; j++) {
            const vf wv = fc_f32_weights(kind, w, (size_t)j * K + k, n);
            EDGE_UNROLL
            for (int i = 0; i < rows; i++) {
                const float *at = x + (size_t)i * K + k;
                vf *const sum = acc[i * columns + j];
                sum[0] = vf_fma(n == VF ? vf_load(at) : vf_load_n(at, n), wv, sum[0]);
            }
        }
    }
    EDGE_UNROLL
    for (int s = 0; s < rows * columns; s++) sums[s] = vf_sum(vf_add(acc[s][0], acc[s][1]));
}

/* A few rows; every output is computed in the same order whatever the share. */
EDGE_INLINE void fc_f32_stream(const enum weights kind, const struct edge_fully_connected_f32 *a,
                               const struct edge_task *t) {
    size_t n, end, columns;
    edge_share(t, (size_t)a->N, &n, &end);
    const size_t K = (size_t)a->K, size = kind == WEIGHTS_F32 ? sizeof(float) : sizeof(uint16_t);
    for (; n < end; n += columns) {
        columns = end - n < FC_F32_COLUMNS ? 1 : FC_F32_COLUMNS;
        for (size_t m = 0, step; m < (size_t)a->M; m += step) {
            float sums[FC_F32_SUMS];
            const float *x = a->x + m * K;
            const void *w = (const char *)(const void *)a->w + n * K * size;
            step = (size_t)a->M - m > 1 ? 2 : 1;
            if (step == 2 && columns > 1) fc_f32_dots(kind, 2, FC_F32_COLUMNS, x, w, K, sums);
            else if (step == 2) fc_f32_dots(kind, 2, 1, x, w, K, sums);
            else if (columns > 1) fc_f32_dots(kind, 1, FC_F32_COLUMNS, x, w, K, sums);
            else fc_f32_dots(kind, 1, 1, x, w, K, sums);
            for (size_t i = 0; i < step; i++)
                for (size_t j = 0; j < columns; j++) {
                    const size_t at = (m + i) * (size_t)a->N + n + j;
                    float sum = sums[i * columns + j] + (a->bias ? a->bias[n + j] : 0.0f);
                    if (a->residual) sum += a->residual[at];
                    const float high = sum < a->lo ? a->lo : sum;
                    a->y[at] = high > a->hi ? a->hi : high;
                }
        }
    }
}

/* Many rows, weights packed as `kind` says. */
static void fc_f32_tiles(const struct edge_fully_connected_f32 *a, const struct edge_task *t, enum weights kind) {
    const size_t K = (size_t)a->K;
    const struct gemm_f32 g = {1, K, (size_t)a->N, K, (size_t)a->N, 1, a->lo, a->hi};
    const struct tile_part part = gemm_f32_split(t, (size_t)a->M, g.N, K);
    const size_t all = part.row_end - part.row, blocks = (all + TILE_MAX_ROWS - 1) / TILE_MAX_ROWS;
    for (size_t i = 0; i < blocks; i++) {
        const size_t m = part.row + all * i / blocks, end = part.row + all * (i + 1) / blocks;
        const struct gemm_f32_rows left = {a->x + m * K, NULL};
        const float *residual = a->residual ? a->residual + m * g.N : NULL;
        float *y = a->y + m * g.N;
        if (kind == WEIGHTS_F32) gemm_f32_run(&g, end - m, part.panel, part.panel_end, left, a->packed, residual, y);
        else gemm_half_run(&g, end - m, part.panel, part.panel_end, left, a->packed, kind, t->scratch, residual, y);
    }
}

EDGE_PACK(fully_connected_f32) {
    if (a->M < FC_F32_STREAM) return 0;
    return sizeof(float) * gemm_f32_pack((size_t)a->K, (size_t)a->N, a->w, a->K, 1, a->bias, out);
}

EDGE_KERNEL(fully_connected_f32) {
    if (a->M < FC_F32_STREAM) fc_f32_stream(WEIGHTS_F32, a, t);
    else fc_f32_tiles(a, t, WEIGHTS_F32);
    return EDGE_OK;
}

/* For weights of 16 bits, and for weights that another step computes: the argument structs differ from the first one's in
 * what `w` points to, or in lacking its last field. */
#define FC_F32_SAME(last)                                                                                              \
    struct edge_fully_connected_f32 same = {0};                                                                        \
    _Static_assert(sizeof *a == (last), "structs of another size");                                                    \
    memcpy(&same, a, sizeof *a)
#define FC_F32_HALF(name, kind)                                                                                        \
    EDGE_PACK(name) {                                                                                                  \
        if (a->M < FC_F32_STREAM) return 0;                                                                            \
        return sizeof(uint16_t) * gemm_half_pack((size_t)a->K, (size_t)a->N, a->w, a->bias, out);                      \
    }                                                                                                                  \
    EDGE_KERNEL(name) {                                                                                                \
        FC_F32_SAME(sizeof same);                                                                                      \
        if (a->M < FC_F32_STREAM) fc_f32_stream(kind, &same, t);                                                       \
        else fc_f32_tiles(&same, t, kind);                                                                             \
        return EDGE_OK;                                                                                                \
    }
FC_F32_HALF(fully_connected_f32_f16, WEIGHTS_F16)
FC_F32_HALF(fully_connected_f32_bf16, WEIGHTS_BF16)

EDGE_KERNEL(fully_connected_direct_f32) {
    FC_F32_SAME(offsetof(struct edge_fully_connected_f32, packed));
    fc_f32_stream(WEIGHTS_F32, &same, t);
    return EDGE_OK;
}
