/* Columns that fill no panel of whole vectors, eight at a time: a column is two neighbouring lanes, of which one sums the
 * first four of every eight products and one the others, so that 24 or 40 columns waste no lane, and eight activations
 * are loaded at once. Where a tile ends, the lanes are added.
 *
 * Needs K in eights, and layers without zero points of weights, steep multipliers or a function. */
#ifndef EDGE_KERNELS_EIGHTS_I8_H
#define EDGE_KERNELS_EIGHTS_I8_H
#include "gemm_i8.h"

#ifdef I8_EIGHTS
enum { EIGHTS_MOST = 3 }; /* eights of columns in a panel at most */

/* Columns of a layer that are left to eights: 8, 24 or 40 beyond the last wide panel, of which others would waste half a
 * vector; of 56 that is less than what narrow tiles cost. */
static inline size_t eights_columns(size_t K, size_t N) {
    const size_t left = N % (TILE_VECS * VF);
    return K % 8 || left % VF != 8 || left > 3 * VF ? 0 : left;
}
/* Eights of the panel that begins with `left` columns to go. */
static inline int eights_panel(size_t left) { return left >= 24 ? 3 : (int)left / 8; }

/* A panel: a vector of biases and one of multipliers for each eight, then [K/8][eights][8][8] weights. Multipliers lie as
 * i8_fold leaves sums: those of two eights of a tile that follow each other, the first eight after the last. */
static size_t eights_pack(size_t K, size_t n, size_t N, const struct gemm_i8_weights *from, int8_t *out) {
    const size_t vector = VF * 4;
    size_t used = 0;
    for (size_t eights; n < N; n += eights * 8, used += eights * (2 * vector + K * 8)) {
        eights = (size_t)eights_panel(N - n);
        int8_t *to = out + used, *multipliers = to + eights * vector, *weights = multipliers + eights * vector;
        if (!out) continue;
        memset(to, 0, eights * vector);
        for (size_t j = 0; j < eights * 8; j++) {
            const int8_t *w = from->w + (ptrdiff_t)(n + j) * from->row;
            const uint32_t outside = gemm_i8_sum(K, w) * (uint32_t)(from->x_zero + I8_BIAS);
            const uint32_t bias = (from->bias ? (uint32_t)from->bias[n + j] : 0) - outside;
            memcpy(to + 8 * j, &bias, 4);
            for (size_t k = 0; k < K; k += 8) memcpy(weights + (k / 8 * eights * 8 + j) * 8, w + k, 8);
        }
        for (size_t i = 0; i < eights * VF; i++) {
            const size_t pair = i / VF, lane = i % VF, eight = (2 * pair + lane % 4 / 2) % eights;
            memcpy(multipliers + 4 * i, from->multiplier + n + eight * 8 + lane / 4 * 2 + lane % 2, 4);
        }
    }
    return used;
}

EDGE_INLINE void eights_tile(const int rows, const int eights, const struct gemm_i8 *g, const int8_t *a,
                             const int8_t *panel, int8_t *y) {
    const size_t lda = g->lda, ldy = g->ldy, vector = VF * 4;
    const int8_t *w = panel + 2 * (size_t)eights * vector;
    vi acc[24];
    EDGE_UNROLL
    for (int c = 0; c < eights; c++) {
        const vi bias = vi_load((const int32_t *)(const void *)(panel + (size_t)c * vector));
        EDGE_UNROLL
        for (int r = 0; r < rows; r++) acc[r * eights + c] = bias;
    }
    for (size_t k = 0; k < g->K; k += 8, w += (size_t)eights * vector) {
        i8_w wv[EIGHTS_MOST];
        EDGE_UNROLL
        for (int c = 0; c < eights; c++) wv[c] = i8_load_w(w + (size_t)c * vector);
        EDGE_UNROLL
        for (int r = 0; r < rows; r++) {
            const i8_a x = i8_set_eight(a + (size_t)r * lda + k);
            EDGE_UNROLL
            for (int c = 0; c < eights; c++) acc[r * eights + c] = i8_dot(acc[r * eights + c], x, wv[c]);
        }
    }
    const float *multiplier = (const float *)(const void *)(panel + (size_t)eights * vector);
    const int sums = rows * eights;
    EDGE_UNROLL
    for (int i = 0; i < sums; i += 8) {
        vi q[4];
        vf m[4];
        EDGE_UNROLL
        for (int j = 0; j < 4; j++) {
            q[j] = i8_fold(acc[i + 2 * j], acc[i + 2 * j + 1]);
            m[j] = vf_load(multiplier + (i / 2 + j) % eights * VF);
        }
        i8_bytes bytes = i8_unfold(i8_finish(q[0], q[1], q[2], q[3], m, &g->range));
        if (ldy == (size_t)eights * 8) i8_put_row(y + i * 8, bytes);
        else {
            int8_t *to[8];
            EDGE_UNROLL
            for (int j = 0; j < 8; j++) to[j] = y + (size_t)((i + j) / eights) * ldy + (i + j) % eights * 8;
            i8_put_eights(to, bytes);
        }
    }
}

#define EIGHTS_TILE(rows, eights)                                                                                      \
    static void eights_##rows##x##eights(const struct gemm_i8 *g, size_t M, const int8_t *a, const int8_t *panel,      \
                                         int8_t *y) {                                                                  \
        const struct gemm_i8 own = *g; /* for all that a compiler knows, storing y may change it */                    \
        for (size_t m = 0, last = M - rows; m < M; m = m < last && m + rows > last ? last : m + rows)                  \
            eights_tile(rows, eights, &own, a + m * own.lda, panel, y + m * own.ldy);                                  \
    }
EIGHTS_TILE(16, 1)
EIGHTS_TILE(8, 2)
EIGHTS_TILE(8, 3)

/* M rows of columns n to N of y and a, which begin at row 0 and column n. A last tile that is not full begins earlier;
 * what is lower than one is computed row by row, each as all rows of a tile. */
static void eights_run(const struct gemm_i8 *g, size_t M, size_t n, size_t N, const int8_t *a, const int8_t *panel,
                       int8_t *y) {
    static void (*const tiles[])(const struct gemm_i8 *, size_t, const int8_t *, const int8_t *, int8_t *) = {
        NULL, eights_16x1, eights_8x2, eights_8x3};
    static const size_t heights[] = {0, 16, 8, 8};
    while (n < N) {
        const int eights = eights_panel(N - n);
        const size_t rows = heights[eights];
        struct gemm_i8 one = *g;
        if (M < rows) one.lda = one.ldy = 0;
        for (size_t m = 0; m < (M < rows ? M : 1); m++)
            tiles[eights](&one, M < rows ? rows : M, a + m * g->lda, panel, y + m * g->ldy + n);
        panel += (size_t)eights * (2 * VF * 4 + g->K * 8), n += (size_t)eights * 8;
    }
}
#endif
#endif
