/* y[M,N] = requantize(x[M,K] w[N,K]^T + bias[N]) with int16 activations, int8 weights and int64 sums. */
#include "gemm_i16.h"

EDGE_PACK(fully_connected_i16) { return gemm_i16_pack((size_t)a->K, (size_t)a->N, a->w, out); }

EDGE_KERNEL(fully_connected_i16) {
    const size_t K = (size_t)a->K, pitch = tile_round(K, 8), block = tile_block(pitch * 2);
    const struct gemm_i16 g = {K, (size_t)a->N, pitch, (size_t)a->N, a->bias, a->multiplier, a->lo, a->hi};
    const struct tile_part part = tile_split(t, (size_t)a->M, tile_panels(g.N));
    int16_t *rows = t->scratch;
    for (size_t m = part.row; m < part.row_end; m += block) {
        const size_t end = m + block < part.row_end ? m + block : part.row_end;
        for (size_t i = m; i < end; i++) gemm_i16_copy(rows + (i - m) * pitch, a->x + i * K, K, NULL);
        gemm_i16_run(&g, end - m, part.panel, part.panel_end, rows, a->packed, a->y + m * g.N);
    }
    return EDGE_OK;
}
