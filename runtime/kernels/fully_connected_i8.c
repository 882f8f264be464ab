/* y[M,N] = requantize((x[M,K] - x_zero) (w[N,K] - w_zero[N])^T + bias[N]) in int8.
 *
 * A few rows times large weights are limited by reading these once. Where vectors are short they are streamed from where
 * the model file lies, with dot products along K. More rows, and weights that stay in a cache, go through the tiles, and a
 * single row through a tile of its own; so does everything where vectors are long: packed panels stream three times as
 * fast as columns of a file. */
#include "gemm_i8_row.h"

enum { FC_I8_STREAM = 4, FC_I8_CACHED = 128 << 10, FC_I8_COLUMNS = 4,
       FC_I8_WIDTH = VF * I8_STEP }; /* products of one vector dot product */

static inline i8_w fc_i8_load_w(const int8_t *w, size_t n) {
    if (n >= FC_I8_WIDTH) return i8_load_w(w);
    int8_t part[FC_I8_WIDTH] = {0};
    memcpy(part, w, n);
    return i8_load_w(part);
}

/* sums[j][i] = gathered row i times column j, for a few of each; zeros follow K. A load of x serves all columns. */
EDGE_INLINE void fc_i8_dots(const int rows, const int columns, const i8_act *x, size_t pitch, const int8_t *w, size_t K,
                            int32_t (*sums)[FC_I8_STREAM]) {
    vi acc[FC_I8_COLUMNS][FC_I8_STREAM];
    EDGE_UNROLL
    for (int j = 0; j < columns; j++) {
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) acc[j][i] = vi_set(0);
    }
    size_t k = 0;
    for (; k + FC_I8_WIDTH <= K; k += FC_I8_WIDTH) {
        i8_a xv[FC_I8_STREAM];
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) xv[i] = i8_load_a(x + (size_t)i * pitch + k);
        EDGE_UNROLL
        for (int j = 0; j < columns; j++) {
            const i8_w wv = i8_load_w(w + (size_t)j * K + k);
            EDGE_UNROLL
            for (int i = 0; i < rows; i++) acc[j][i] = i8_dot_any(acc[j][i], xv[i], wv);
        }
    }
    EDGE_UNROLL
    for (int j = 0; j < columns; j++) {
        if (k < K) {
            const i8_w wv = fc_i8_load_w(w + (size_t)j * K + k, K - k);
            EDGE_UNROLL
            for (int i = 0; i < rows; i++) acc[j][i] = i8_dot_any(acc[j][i], i8_load_a(x + (size_t)i * pitch + k), wv);
        }
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) sums[j][i] = vi_sum(acc[j][i]);
    }
}
static void fc_i8_columns(int rows, int columns, const i8_act *x, size_t pitch, const int8_t *w, size_t K,
                          int32_t (*sums)[FC_I8_STREAM]) {
    if (rows == 1 && columns == FC_I8_COLUMNS) fc_i8_dots(1, FC_I8_COLUMNS, x, pitch, w, K, sums);
    else if (columns == FC_I8_COLUMNS && rows == 2) fc_i8_dots(2, FC_I8_COLUMNS, x, pitch, w, K, sums);
    else if (columns == FC_I8_COLUMNS) fc_i8_dots(3, FC_I8_COLUMNS, x, pitch, w, K, sums);
    else if (rows == 1) fc_i8_dots(1, 1, x, pitch, w, K, sums);
    else if (rows == 2) fc_i8_dots(2, 1, x, pitch, w, K, sums);
    else fc_i8_dots(3, 1, x, pitch, w, K, sums);
}

static struct gemm_i8_weights fc_i8_weights(const struct edge_fully_connected_i8 *a) {
    return (struct gemm_i8_weights){a->w, a->K, 1, a->bias, a->w_zero, a->multiplier, 0, a->x_zero, 0, 0, 0};
}

static inline int fc_i8_streams(const struct edge_fully_connected_i8 *a) {
    return VF < 8 && a->M < FC_I8_STREAM && (size_t)a->N * (size_t)a->K > FC_I8_CACHED;
}

EDGE_PACK(fully_connected_i8) {
    if (fc_i8_streams(a)) { /* the sum of each column, by which zero points are taken off */
        uint32_t *sums = out;
        for (size_t n = 0; out && n < (size_t)a->N; n++) sums[n] = gemm_i8_sum((size_t)a->K, a->w + n * (size_t)a->K);
        return (size_t)a->N * sizeof *sums;
    }
    const struct gemm_i8_weights from = fc_i8_weights(a);
    return gemm_i8_pack((size_t)a->K, (size_t)a->N, &from, out);
}

static void fc_i8_stream(const struct edge_fully_connected_i8 *a, const struct edge_task *t, const struct gemm_i8 *g,
                         const i8_act *x) {
    int32_t row_sums[FC_I8_STREAM], column[VF];
    const uint32_t *weight_sums = a->packed;
    gemm_i8_row_sums(g, (size_t)a->M, x, row_sums);
    const vf lo = vf_set((float)(a->lo - a->y_zero)), hi = vf_set((float)(a->hi - a->y_zero));
    size_t group, end; /* groups of VF outputs */
    edge_share(t, tile_round((size_t)a->N, VF) / VF, &group, &end);
    for (; group < end; group++) {
        const size_t n = group * VF, valid = (size_t)a->N - n < VF ? (size_t)a->N - n : VF;
        int32_t sums[VF][FC_I8_STREAM];
        for (size_t j = 0, step; j < valid; j += step) {
            step = valid - j < FC_I8_COLUMNS ? 1 : FC_I8_COLUMNS;
            fc_i8_columns(a->M, (int)step, x, g->lda, a->w + (n + j) * g->K, g->K, sums + j);
        }
        for (int32_t m = 0; m < a->M; m++) {
            for (size_t j = 0; j < VF; j++) {
                column[j] = 0;
                if (j >= valid) continue;
                uint32_t sum = (uint32_t)sums[j][m] - (uint32_t)(a->x_zero + I8_BIAS) * weight_sums[n + j];
                if (a->bias) sum += (uint32_t)a->bias[n + j];
                if (a->w_zero) sum -= (uint32_t)a->w_zero[n + j] * (uint32_t)row_sums[m];
                column[j] = (int32_t)sum;
            }
            const vf multiplier = valid == VF ? vf_load(a->multiplier + n) : vf_load_n(a->multiplier + n, valid);
            const vi q = gemm_i8_requantize(vi_load(column), multiplier, g->bend, lo, hi, vi_set(a->y_zero));
            int8_t *y = a->y + (size_t)m * (size_t)a->N + n;
            if (valid == VF) vi_store_i8(y, q);
            else vi_store_i8_n(y, q, valid);
        }
    }
}

static int fc_i8_run(const struct edge_fully_connected_i8 *a, const struct i8_bend *bend, const struct edge_task *t) {
#ifndef I8_TILE_SUMS
    if (a->M == 1 && !a->w_zero && !fc_i8_streams(a)) {
        struct gemm_i8 row = {
            .K = (size_t)a->K, .N = (size_t)a->N, .range = i8_range(a->y_zero, a->lo, a->hi), .bend = bend};
        gemm_i8_row(t, &row, a->x, a->packed, a->y);
        return EDGE_OK;
    }
#endif
    const size_t K = (size_t)a->K, pitch = tile_round(K, 256), block = tile_block(pitch * 2);
    int32_t sums[TILE_MAX_ROWS];
    i8_act *rows = t->scratch;
    struct gemm_i8 g = {K,    (size_t)a->N, pitch, (size_t)a->N, a->x_zero, a->w_zero != NULL, 0,
                        sums, i8_range(a->y_zero, a->lo, a->hi), NULL, bend};
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
    g.wild = bend || gemm_i8_wild(a->multiplier, (size_t)a->N);
    for (size_t m = part.row; m < part.row_end; m += block) {
        const size_t end = m + block < part.row_end ? m + block : part.row_end;
        for (size_t i = m; i < end; i++) gemm_i8_copy(rows + (i - m) * pitch, a->x + i * K, K, x_end);
        if (g.has_w_zero) gemm_i8_row_sums(&g, end - m, rows, sums);
        gemm_i8_run(&g, end - m, part.panel, part.panel_end, rows, a->packed, a->y + m * g.N);
    }
    return EDGE_OK;
}

EDGE_KERNEL(fully_connected_i8) { return fc_i8_run(a, NULL, t); }

/* The same with a function before rounding. */
static struct edge_fully_connected_i8 fc_i8_act_plain(const struct edge_fully_connected_i8_act *a) {
    return (struct edge_fully_connected_i8){
        .x = a->x, .w = a->w, .bias = a->bias, .multiplier = a->multiplier, .w_zero = a->w_zero, .y = a->y,
        .packed = a->packed, .M = a->M, .N = a->N, .K = a->K,
        .x_zero = a->x_zero, .y_zero = a->y_zero, .lo = a->lo, .hi = a->hi,
    };
}
EDGE_PACK(fully_connected_i8_act) {
    const struct edge_fully_connected_i8 plain = fc_i8_act_plain(a);
    return fully_connected_i8_pack_body(&plain, out);
}
EDGE_KERNEL(fully_connected_i8_act) {
    const struct edge_fully_connected_i8 plain = fc_i8_act_plain(a);
    const struct i8_bend bend = i8_bend(a->gain, a->offset, a->least);
    return fc_i8_run(&plain, &bend, t);
}
