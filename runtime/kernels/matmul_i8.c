/* y[b,M,N] = requantize((a[b,M,K] - a_zero) (b[b,K,N] - b_zero)) in int8, both computed at run time.
 *
 * The panels and blocks of matmul_f32.c, but K is not cut: sums do not fit into y. */
#include "gemm_i8.h"

enum { MATMUL_I8_ROWS = 24 };

EDGE_KERNEL(matmul_i8) {
    const size_t M = (size_t)a->M, N = (size_t)a->N, K = (size_t)a->K, pitch = tile_round(K, 8);
    const size_t panels = tile_panels(N);
    i8_act *rows = t->scratch;
    int8_t *packed = (int8_t *)(rows + tile_round(MATMUL_I8_ROWS * pitch + TILE_SLACK, 64));
    const int8_t *a_end = a->a + (a->batch ? (size_t)(a->batch - 1) * (size_t)a->a_batch : 0) +
                          (M ? (M - 1) * (size_t)a->a_row : 0) + (K ? (K - 1) * (size_t)a->a_col + 1 : 0);
    int32_t sums[MATMUL_I8_ROWS];
    size_t unit, end; /* a unit is one panel of one batch */
    edge_share(t, (size_t)a->batch * panels, &unit, &end);
    for (; unit < end; unit++) {
        const size_t batch = unit / panels;
        size_t n = 0;
        for (size_t panel = unit % panels; panel; panel--) n += (size_t)tile_vecs(N - n) * VF;
        const int vecs = tile_vecs(N - n);
        const size_t columns = N - n < (size_t)(vecs * VF) ? N - n : (size_t)(vecs * VF);
        const struct gemm_i8 g = {K,    columns, pitch, N, a->a_zero, a->b_zero != 0, gemm_i8_wild(&a->multiplier, 1),
                                  sums, i8_range(a->y_zero, a->lo, a->hi)};
        const struct gemm_i8_weights from = {a->b + (size_t)batch * (size_t)a->b_batch + n * (size_t)a->b_col,
                                             a->b_col, a->b_row, NULL, NULL, NULL, a->multiplier, a->a_zero, a->b_zero};
        const int8_t *left = a->a + batch * (size_t)a->a_batch;
        gemm_i8_pack_panel(K, 0, columns, vecs, &from, packed);
        for (size_t m = 0; m < M; m += MATMUL_I8_ROWS) {
            const size_t block = M - m < MATMUL_I8_ROWS ? M - m : MATMUL_I8_ROWS;
            for (size_t i = 0; i < block; i++) {
                const int8_t *row = left + (m + i) * (size_t)a->a_row;
                i8_act *to = rows + i * pitch;
                if (a->a_col == 1) gemm_i8_copy(to, row, K, a_end);
                else
                    for (size_t k = 0; k < K; k++) to[k] = row[k * (size_t)a->a_col];
            }
            if (g.has_w_zero) gemm_i8_row_sums(&g, block, rows, sums);
            gemm_i8_panel_run(&g, block, vecs, rows, packed, a->y + (batch * M + m) * N + n, columns);
        }
    }
    return EDGE_OK;
}
