/* y[b,M,N] = a[b,M,K] b[b,K,N] in float32, both computed at run time; operands by element strides, y dense.
 *
 * Each panel of b's columns is packed into scratch, MATMUL_DEPTH of K at a time, and multiplied by rows of a, which are
 * copied only where they are not contiguous. Sums wait in y between two runs along K. */
#include "gemm_f32.h"

enum { MATMUL_DEPTH = 256, MATMUL_ROWS = 24 };

EDGE_KERNEL(matmul_f32) {
    const size_t M = (size_t)a->M, N = (size_t)a->N, K = (size_t)a->K;
    const size_t panels = gemm_f32_panels(N), width = (size_t)TILE_VECS * VF;
    float *packed = t->scratch, *rows = packed + (MATMUL_DEPTH + 1) * width;
    size_t unit, end; /* a unit is one panel of one batch */
    edge_share(t, (size_t)a->batch * panels, &unit, &end);
    for (; unit < end; unit++) {
        const size_t batch = unit / panels;
        size_t n = 0;
        for (size_t panel = unit % panels; panel; panel--) n += (size_t)gemm_f32_vecs(N - n) * VF;
        const int vecs = gemm_f32_vecs(N - n);
        const size_t columns = N - n < (size_t)(vecs * VF) ? N - n : (size_t)(vecs * VF);
        const float *b = a->b + (ptrdiff_t)batch * a->b_batch + (ptrdiff_t)n * a->b_col;
        const float *left = a->a + (ptrdiff_t)batch * a->a_batch;
        float *y = a->y + batch * M * N + n;
        for (size_t k = 0; k == 0 || k < K; k += MATMUL_DEPTH) {
            const size_t depth = K - k < MATMUL_DEPTH ? K - k : MATMUL_DEPTH;
            struct gemm_f32 g = {1, depth, columns, (size_t)a->a_row, N, 1, -__builtin_inff(), __builtin_inff(), 0};
            gemm_f32_pack(depth, columns, b + (ptrdiff_t)k * a->b_row, a->b_col, a->b_row, NULL, packed);
            const size_t most = a->a_col == 1 ? M : MATMUL_ROWS;
            for (size_t m = 0; m < M; m += most) {
                const size_t block = M - m < most ? M - m : most;
                const float *from = left + (ptrdiff_t)m * a->a_row + (ptrdiff_t)k * a->a_col;
                if (a->a_col != 1) {
                    for (size_t i = 0; i < block; i++)
                        for (size_t j = 0; j < depth; j++)
                            rows[i * depth + j] = from[(ptrdiff_t)i * a->a_row + (ptrdiff_t)j * a->a_col];
                    from = rows, g.lda = depth;
                }
                gemm_f32_run(&g, block, 0, 1, (struct gemm_f32_rows){from, NULL}, packed, k ? y + m * N : NULL, y + m * N);
            }
        }
    }
    return EDGE_OK;
}
