/* y[M,N] = clamp(x[M,K] w[N,K]^T + bias[N]) in float32.
 *
 * A few rows are limited by reading the weights once: each weight row is streamed from where the model file lies, and
 * nothing is packed. More rows go through the tiles. */
#include "gemm_f32.h"

enum { FC_F32_STREAM = 4, /* fewer rows than this stream */
       FC_F32_COLUMNS = 4, FC_F32_SUMS = 2 * FC_F32_COLUMNS };

/* sums[i * columns + j] = x row i dot w row j, for a few of each: one load of x serves all columns, and their sums do not
 * wait for each other. Each sum is made in the same order whatever its neighbours. */
EDGE_INLINE void fc_f32_dots(const int rows, const int columns, const float *x, const float *w, size_t K, float *sums) {
    vf acc[FC_F32_SUMS][2];
    EDGE_UNROLL
    for (int s = 0; s < rows * columns; s++) acc[s][0] = acc[s][1] = vf_set(0.0f);
    size_t k = 0;
    for (; k + 2 * VF <= K; k += 2 * VF) {
        EDGE_UNROLL
        for (int j = 0; j < columns; j++) {
            const float *from = w + (size_t)j * K + k;
            const vf w0 = vf_load(from), w1 = vf_load(from + VF);
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
            const float *from = w + (size_t)j * K + k;
            const vf wv = n == VF ? vf_load(from) : vf_load_n(from, n);
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

#define FC_F32_STREAM_BODY                                                                                             \
    size_t n, end, columns;                                                                                            \
    edge_share(t, (size_t)a->N, &n, &end);                                                                             \
    const size_t K = (size_t)a->K;                                                                                     \
    for (; n < end; n += columns) {                                                                                    \
        columns = end - n < FC_F32_COLUMNS ? 1 : FC_F32_COLUMNS;                                                       \
        for (size_t m = 0, step; m < (size_t)a->M; m += step) {                                                        \
            float sums[FC_F32_SUMS];                                                                                   \
            const float *x = a->x + m * K, *w = a->w + n * K;                                                          \
            step = (size_t)a->M - m > 1 ? 2 : 1;                                                                       \
            if (step == 2 && columns > 1) fc_f32_dots(2, FC_F32_COLUMNS, x, w, K, sums);                               \
            else if (step == 2) fc_f32_dots(2, 1, x, w, K, sums);                                                      \
            else if (columns > 1) fc_f32_dots(1, FC_F32_COLUMNS, x, w, K, sums);                                       \
            else fc_f32_dots(1, 1, x, w, K, sums);                                                                     \
            for (size_t i = 0; i < step; i++)                                                                          \
                for (size_t j = 0; j < columns; j++) {                                                                 \
                    const float sum = sums[i * columns + j] + (a->bias ? a->bias[n + j] : 0.0f);                       \
                    const float high = sum < a->lo ? a->lo : sum;                                                      \
                    a->y[(m + i) * (size_t)a->N + n + j] = high > a->hi ? a->hi : high;                                \
                }                                                                                                      \
        }                                                                                                              \
    }

EDGE_PACK(fully_connected_f32) {
    if (a->M < FC_F32_STREAM) return 0;
    return sizeof(float) * gemm_f32_pack((size_t)a->K, (size_t)a->N, a->w, a->K, 1, a->bias, out);
}

EDGE_KERNEL(fully_connected_f32) {
    if (a->M < FC_F32_STREAM) {
        FC_F32_STREAM_BODY
        return EDGE_OK;
    }
    const size_t K = (size_t)a->K;
    const struct gemm_f32 g = {1, K, (size_t)a->N, K, (size_t)a->N, 1, a->lo, a->hi};
    const struct tile_part part = gemm_f32_split(t, (size_t)a->M, g.N, K);
    const size_t all = part.row_end - part.row, blocks = (all + TILE_MAX_ROWS - 1) / TILE_MAX_ROWS;
    for (size_t i = 0; i < blocks; i++) {
        const size_t m = part.row + all * i / blocks, end = part.row + all * (i + 1) / blocks;
        const struct gemm_f32_rows left = {a->x + m * K, NULL};
        gemm_f32_run(&g, end - m, part.panel, part.panel_end, left, a->packed, NULL, a->y + m * g.N);
    }
    return EDGE_OK;
}

/* For weights that another step computes. */
EDGE_KERNEL(fully_connected_direct_f32) {
    FC_F32_STREAM_BODY
    return EDGE_OK;
}
