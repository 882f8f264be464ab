/* y[b,M,N] = requantize((a[b,M,K] - a_zero) (b[b,K,N] - b_zero)) in int8, both computed at run time.
 *
 * The panels of matmul_f32.c, but K is not cut: sums do not fit into y. Rows of a are read where they lie, or copied a few
 * at a time; b's zero point times each row's sum is taken off before the products are added. */
#include "gemm_i8.h"

enum { MATMUL_I8_ROWS = 24 };

/* Rows first .. end of one batch times one panel. */
static void matmul_i8_rows(const struct edge_matmul_i8 *a, const struct edge_task *t, size_t batch, size_t n, int vecs,
                           size_t first, size_t end) {
    const size_t M = (size_t)a->M, N = (size_t)a->N, K = (size_t)a->K, pitch = tile_round(K, 8);
    const size_t columns = N - n < (size_t)(vecs * VF) ? N - n : (size_t)(vecs * VF);
    i8_act *rows = t->scratch;
    int8_t *packed = (int8_t *)(rows + tile_round(MATMUL_I8_ROWS * pitch + TILE_SLACK, 64));
    const int8_t *left = a->a + batch * (size_t)a->a_batch;
    const int8_t *a_end = a->a + (size_t)(a->batch - 1) * (size_t)a->a_batch + (M - 1) * (size_t)a->a_row +
                          (K ? (K - 1) * (size_t)a->a_col + 1 : 0);
    int32_t sums[MATMUL_I8_ROWS];
    struct gemm_i8 g = {K,    columns, pitch, N, a->a_zero, 0, gemm_i8_wild(&a->multiplier, 1),
                        NULL, i8_range(a->y_zero, a->lo, a->hi), a->b_zero ? sums : NULL, NULL};
    const struct gemm_i8_weights from = {a->b + (size_t)batch * (size_t)a->b_batch + n * (size_t)a->b_col,
                                         a->b_col, a->b_row, NULL, NULL, NULL, a->multiplier, a->a_zero, 0, 0, 0};
    gemm_i8_pack_panel(K, 0, columns, vecs, &from, packed);
    for (size_t m = first; m < end; m += MATMUL_I8_ROWS) {
        const size_t block = end - m < MATMUL_I8_ROWS ? end - m : MATMUL_I8_ROWS;
        const int8_t *row = left + m * (size_t)a->a_row;
        const i8_act *at = rows;
#ifdef I8_IN_PLACE
        if (a->a_col == 1 && K % I8_GROUP == 0) at = row, g.lda = (size_t)a->a_row;
#endif
        for (size_t i = 0; at == rows && i < block; i++, row += a->a_row) {
            i8_act *to = rows + i * pitch;
            if (a->a_col == 1) gemm_i8_copy(to, row, K, a_end);
            else
                for (size_t k = 0; k < K; k++) to[k] = row[k * (size_t)a->a_col];
        }
        if (g.row_start) {
            gemm_i8_row_sums(&g, block, at, sums);
            for (size_t i = 0; i < block; i++) sums[i] = (int32_t)(0u - (uint32_t)a->b_zero * (uint32_t)sums[i]);
        }
        gemm_i8_panel_run(&g, block, vecs, at, packed, a->y + (batch * M + m) * N + n, columns);
    }
}

EDGE_KERNEL(matmul_i8) {
    const size_t M = (size_t)a->M, N = (size_t)a->N, panels = tile_panels(N), all = (size_t)a->batch * panels;
    const size_t splits = all < (size_t)t->count ? (size_t)t->count : 1; /* few panels: each is shared by its rows */
    size_t unit, end; /* a unit is one panel of one batch, or a part of its rows */
    edge_share(t, M ? all * splits : 0, &unit, &end);
    for (; unit < end; unit++) {
        const size_t split = unit % splits, panel = unit / splits % panels;
        size_t n = 0;
        for (size_t i = 0; i < panel; i++) n += (size_t)tile_vecs(N - n) * VF;
        matmul_i8_rows(a, t, unit / splits / panels, n, tile_vecs(N - n), M * split / splits, M * (split + 1) / splits);
    }
    return EDGE_OK;
}
