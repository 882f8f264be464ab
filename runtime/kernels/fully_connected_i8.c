/* y[M,N] = requantize((x[M,K] - x_zero) (w[N,K] - w_zero[N])^T + bias[N]) in int8.
 *
 * A few rows times large weights are limited by reading these once: they are streamed from where the model file lies,
 * with dot products along K. More rows, and weights that stay in a cache, go through the tiles. */
#include "gemm_i8.h"

enum { FC_I8_STREAM = 4, FC_I8_CACHED = 128 << 10, FC_I8_WIDTH = VF * I8_STEP }; /* products of one vector dot product */

static inline i8_w fc_i8_load_w(const int8_t *w, size_t n) {
    if (n >= FC_I8_WIDTH) return i8_load_w(w);
    int8_t part[FC_I8_WIDTH] = {0};
    memcpy(part, w, n);
    return i8_load_w(part);
}

/* Sums of w times each of the gathered rows, and of w times ones (to take zero points off); zeros follow K. */
EDGE_INLINE void fc_i8_dot(const int rows, const i8_act *x, size_t pitch, const int8_t *w, size_t K, i8_a ones,
                           int32_t *sums, int32_t *w_sum) {
    vi acc[FC_I8_STREAM][2], total = vi_set(0);
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) acc[i][0] = acc[i][1] = vi_set(0);
    size_t k = 0;
    for (; k + 2 * FC_I8_WIDTH <= K; k += 2 * FC_I8_WIDTH) {
        const i8_w w0 = i8_load_w(w + k), w1 = i8_load_w(w + k + FC_I8_WIDTH);
        total = i8_dot(i8_dot(total, ones, w0), ones, w1);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            acc[i][0] = i8_dot(acc[i][0], i8_load_a(x + (size_t)i * pitch + k), w0);
            acc[i][1] = i8_dot(acc[i][1], i8_load_a(x + (size_t)i * pitch + k + FC_I8_WIDTH), w1);
        }
    }
    for (; k < K; k += FC_I8_WIDTH) {
        const i8_w wv = fc_i8_load_w(w + k, K - k);
        total = i8_dot(total, ones, wv);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) acc[i][0] = i8_dot(acc[i][0], i8_load_a(x + (size_t)i * pitch + k), wv);
    }
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) sums[i] = vi_sum(vi_add(acc[i][0], acc[i][1]));
    *w_sum = vi_sum(total);
}

static struct gemm_i8_weights fc_i8_weights(const struct edge_fully_connected_i8 *a) {
    return (struct gemm_i8_weights){a->w, a->K, 1, a->bias, a->w_zero, a->multiplier, 0, a->x_zero, 0, 0};
}

static inline int fc_i8_streams(const struct edge_fully_connected_i8 *a) {
    return a->M < FC_I8_STREAM && (size_t)a->N * (size_t)a->K > FC_I8_CACHED;
}

EDGE_PACK(fully_connected_i8) {
    if (fc_i8_streams(a)) return 0;
    const struct gemm_i8_weights from = fc_i8_weights(a);
    return gemm_i8_pack((size_t)a->K, (size_t)a->N, &from, out);
}

static void fc_i8_stream(const struct edge_fully_connected_i8 *a, const struct edge_task *t, const struct gemm_i8 *g,
                         const i8_act *x) {
    i8_act ones_buffer[FC_I8_WIDTH];
    int32_t row_sums[FC_I8_STREAM], column[VF], zeros[VF];
    gemm_i8_set(ones_buffer, 1 - I8_BIAS, FC_I8_WIDTH);
    const i8_a ones = i8_load_a(ones_buffer);
    gemm_i8_row_sums(g, (size_t)a->M, x, row_sums);
    const vf lo = vf_set((float)(a->lo - a->y_zero)), hi = vf_set((float)(a->hi - a->y_zero));
    size_t group, end; /* groups of VF outputs */
    edge_share(t, tile_round((size_t)a->N, VF) / VF, &group, &end);
    for (; group < end; group++) {
        const size_t n = group * VF, valid = (size_t)a->N - n < VF ? (size_t)a->N - n : VF;
        int32_t sums[VF][FC_I8_STREAM];
        for (size_t j = 0; j < valid; j++) {
            const int8_t *w = a->w + (n + j) * g->K;
            if (a->M == 1) fc_i8_dot(1, x, g->lda, w, g->K, ones, sums[j], zeros + j);
            else if (a->M == 2) fc_i8_dot(2, x, g->lda, w, g->K, ones, sums[j], zeros + j);
            else fc_i8_dot(3, x, g->lda, w, g->K, ones, sums[j], zeros + j);
        }
        for (int32_t m = 0; m < a->M; m++) {
            for (size_t j = 0; j < VF; j++) {
                column[j] = 0;
                if (j >= valid) continue;
                uint32_t sum = (uint32_t)sums[j][m] - (uint32_t)(a->x_zero + I8_BIAS) * (uint32_t)zeros[j];
                if (a->bias) sum += (uint32_t)a->bias[n + j];
                if (a->w_zero) sum -= (uint32_t)a->w_zero[n + j] * (uint32_t)row_sums[m];
                column[j] = (int32_t)sum;
            }
            const vf multiplier = valid == VF ? vf_load(a->multiplier + n) : vf_load_n(a->multiplier + n, valid);
            const vi q = gemm_i8_requantize(vi_load(column), multiplier, lo, hi, vi_set(a->y_zero));
            int8_t *y = a->y + (size_t)m * (size_t)a->N + n;
            if (valid == VF) vi_store_i8(y, q);
            else vi_store_i8_n(y, q, valid);
        }
    }
}

EDGE_KERNEL(fully_connected_i8) {
    const size_t K = (size_t)a->K, pitch = tile_round(K, 256), block = tile_block(pitch * 2);
    int32_t sums[TILE_MAX_ROWS];
    i8_act *rows = t->scratch;
    const struct gemm_i8 g = {K,    (size_t)a->N, pitch, (size_t)a->N, a->x_zero, a->w_zero != NULL, gemm_i8_wild(a->multiplier, (size_t)a->N),
                              sums, i8_range(a->y_zero, a->lo, a->hi), NULL};
    const int8_t *x_end = a->x + (size_t)a->M * K;
    const struct tile_part part = tile_split(t, (size_t)a->M, tile_panels(g.N));
    if (fc_i8_streams(a)) {
        for (int32_t m = 0; m < a->M; m++) {
            gemm_i8_copy(rows + (size_t)m * pitch, a->x + (size_t)m * K, K, x_end);
            gemm_i8_set(rows + (size_t)m * pitch + K, 0, pitch - K);
        }
        fc_i8_stream(a, t, &g, rows);
        return EDGE_OK;
    }
    for (size_t m = part.row; m < part.row_end; m += block) {
        const size_t end = m + block < part.row_end ? m + block : part.row_end;
        for (size_t i = m; i < end; i++) gemm_i8_copy(rows + (i - m) * pitch, a->x + i * K, K, x_end);
        if (g.has_w_zero) gemm_i8_row_sums(&g, end - m, rows, sums);
        gemm_i8_run(&g, end - m, part.panel, part.panel_end, rows, a->packed, a->y + m * g.N);
    }
    return EDGE_OK;
}
