/* gemm_f32.h with weights of 16 bits: they stay so in memory, and some rows of a panel at a time are widened into scratch,
 * where the tiles read them. Widening is exact, so the sums are those of float32 weights, bit for bit. */
#ifndef EDGE_KERNELS_GEMM_HALF_H
#define EDGE_KERNELS_GEMM_HALF_H
#include "gemm_f32.h"
#include "half.h"

/* Rows of a panel that are widened at once, so that they stay in the first cache. The scratch of the declarations holds
 * them, or a run of a convolution where that is longer, and a row of biases. */
enum { GEMM_HALF_ROWS = 128, GEMM_HALF_TURN = 16 };

/* A panel: vecs*VF biases as floats, then K rows of vecs*VF weights; in 16-bit units. */
static inline size_t gemm_half_panel(size_t K, int vecs) { return tile_round((K + 2) * (size_t)(vecs * VF), 2); }

/* 16-bit units of all panels. Column n, element k of the weights is w[n * K + k]. */
static inline size_t gemm_half_pack(size_t K, size_t N, const uint16_t *w, const float *bias, uint16_t *out) {
    size_t used = 0;
    for (size_t n = 0; n < N;) {
        const int vecs = gemm_f32_vecs(N - n);
        const size_t width = (size_t)(vecs * VF), valid = N - n < width ? N - n : width;
        if (out) {
            uint16_t *panel = out + used, *to = panel + 2 * width;
            memset(panel, 0, gemm_half_panel(K, vecs) * sizeof *panel);
            if (bias) memcpy(panel, bias + n, valid * sizeof(float));
            for (size_t k = 0; k < K; k += GEMM_HALF_TURN) /* a few elements of every column: lines of both stay near */
                for (size_t j = 0; j < valid; j++)
                    for (size_t i = k; i < K && i < k + GEMM_HALF_TURN; i++) to[i * width + j] = w[(n + j) * K + i];
            if (gemm_f32_is_halved(vecs, valid)) {
                memcpy(to - VF, to - 2 * VF, VF * sizeof *to); /* half as many biases, which are floats */
                for (size_t k = 1; k <= K; k++)
                    memcpy(to + k * width - VF / 2, to + k * width - VF, VF / 2 * sizeof *to);
            }
        }
        used += gemm_half_panel(K, vecs);
        n += width;
    }
    return used;
}

/* One panel, a few of its rows at a time: later ones add to what the ones before left in y. */
static inline void gemm_half_panel_run(const struct gemm_f32 *g, int vecs, size_t M, struct gemm_f32_rows rows, size_t n,
                                const uint16_t *panel, enum weights kind, float *room, const float *residual,
                                float *y) {
    const size_t width = (size_t)(vecs * VF), each = rows.at ? g->length : GEMM_HALF_ROWS;
    const size_t step = rows.at && each < GEMM_HALF_ROWS ? GEMM_HALF_ROWS / (each ? each : 1) * each : each;
    const size_t K = g->runs * g->length;
    memcpy(room, panel, width * sizeof(float));
    for (size_t k = 0; k == 0 || k < K; k += step) {
        const size_t depth = K - k < step ? K - k : step;
        const uint16_t *from = panel + (k + 2) * width;
        for (size_t i = 0; i < depth * width; i += VF) vf_store(room + width + i, half_load(kind, from + i));
        struct gemm_f32 part = *g;
        part.runs = rows.at && g->length ? depth / g->length : 1;
        part.length = rows.at ? g->length : depth;
        if (k + depth < K) part.lo = -__builtin_inff(), part.hi = __builtin_inff();
        gemm_f32_panel_then(&part, vecs, M, rows, n, room, k ? y : residual, y, from + depth * width,
                            depth * width * sizeof *from);
        if (rows.at) rows.at += part.runs;
        else rows.a += depth;
        if (k == 0) memset(room, 0, width * sizeof(float));
    }
}

/* As gemm_f32_run. A left matrix without a table of runs has one run a row. */
static inline void gemm_half_run(const struct gemm_f32 *g, size_t M, size_t begin, size_t end, struct gemm_f32_rows rows,
                          const uint16_t *packed, enum weights kind, float *room, const float *residual, float *y) {
    size_t index = 0;
    for (size_t n = 0; n < g->N && index < end; index++) {
        const int vecs = gemm_f32_vecs(g->N - n);
        if (index >= begin)
            gemm_half_panel_run(g, vecs, M, rows, g->N - n, packed, kind, room, residual ? residual + n : NULL, y + n);
        packed += gemm_half_panel(g->runs * g->length, vecs);
        n += (size_t)(vecs * VF);
    }
}
#endif
