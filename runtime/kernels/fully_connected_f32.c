/* y[M,N] = clamp(x[M,K] w[N,K]^T + bias[N] + residual[M,N]) in float32.
 *
 * A few rows are limited by reading the weights once: each weight row is streamed from where the model file lies, and
 * nothing is packed; weights of 16 bits are half as much to read. More rows go through the tiles. */
#include "gemm_half.h"

enum { FC_F32_STREAM = 4, FC_F32_SHORT = 8 }; /* fewer rows than this stream; vectors of x that stay in registers */
enum { FC_F32_LARGE = 1 << 18 };              /* weights that the second cache does not hold */

/* n <= VF weights from number `at` on. */
EDGE_INLINE vf fc_f32_weights(const enum weights kind, const void *w, size_t at, size_t n) {
    if (kind == WEIGHTS_F32) return n == VF ? vf_load((const float *)w + at) : vf_load_n((const float *)w + at, n);
    const uint16_t *from = (const uint16_t *)w + at;
    return n == VF ? half_load(kind, from) : half_load_n(kind, from, n);
}

/* x dot `count` rows of weights, VF at most, from number `at` on: read in the order in which they lie, and their sums
 * folded together. Of four sums that take turns none waits for the one before. With two `streams`, also as many rows from
 * number `at + apart` on: memory gives two streams faster than one. */
EDGE_INLINE void fc_f32_block(const enum weights kind, const int streams, const float *x, const void *w, size_t at,
                              size_t apart, size_t K, size_t count, vf *to) {
    vf sums[2][VF];
    for (size_t j = 0; j < VF; j++, at += K) {
        vf part[2][4];
        EDGE_UNROLL
        for (int i = 0; i < 4; i++) part[0][i] = part[1][i] = vf_set(0.0f);
        size_t k = j < count ? 0 : K;
        for (; k + 4 * VF <= K; k += 4 * VF) {
            EDGE_UNROLL
            for (size_t i = 0; i < 4; i++) {
                const vf xv = vf_load(x + k + i * VF);
                EDGE_UNROLL
                for (int s = 0; s < streams; s++) {
                    const size_t from = at + (size_t)s * apart + k + i * VF;
                    part[s][i] = vf_fma(xv, fc_f32_weights(kind, w, from, VF), part[s][i]);
                }
            }
        }
        for (; k < K; k += VF) {
            const size_t n = K - k < VF ? K - k : VF, i = n < VF;
            const vf xv = n < VF ? vf_load_n(x + k, n) : vf_load(x + k);
            EDGE_UNROLL
            for (int s = 0; s < streams; s++)
                part[s][i] = vf_fma(xv, fc_f32_weights(kind, w, at + (size_t)s * apart + k, n), part[s][i]);
        }
        EDGE_UNROLL
        for (int s = 0; s < streams; s++) sums[s][j] = vf_add(vf_add(part[s][0], part[s][1]), vf_add(part[s][2], part[s][3]));
    }
    EDGE_UNROLL
    for (int s = 0; s < streams; s++) to[s] = vf_sums(sums[s]);
}

/* The same where x fits into registers: nothing but weights is loaded. */
EDGE_INLINE vf fc_f32_short(const enum weights kind, const float *x, const void *w, size_t at, size_t count) {
    vf sums[VF], xv[FC_F32_SHORT];
    EDGE_UNROLL
    for (size_t i = 0; i < FC_F32_SHORT; i++) xv[i] = vf_load(x + i * VF);
    for (size_t j = 0; j < VF; j++, at += FC_F32_SHORT * VF) {
        vf part[4];
        EDGE_UNROLL
        for (int i = 0; i < 4; i++) part[i] = vf_set(0.0f);
        if (j < count) {
            EDGE_UNROLL
            for (size_t i = 0; i < FC_F32_SHORT; i++)
                part[i % 4] = vf_fma(xv[i], fc_f32_weights(kind, w, at + i * VF, VF), part[i % 4]);
        }
        sums[j] = vf_add(vf_add(part[0], part[1]), vf_add(part[2], part[3]));
    }
    return vf_sums(sums);
}

/* `count` sums of a row, VF at most, from output n on. */
EDGE_INLINE void fc_f32_settle(const struct edge_fully_connected_f32 *a, size_t m, size_t n, size_t count, vf sum) {
    const size_t at = m * (size_t)a->N + n;
    if (a->bias) sum = vf_add(sum, count == VF ? vf_load(a->bias + n) : vf_load_n(a->bias + n, count));
    if (a->residual) sum = vf_add(sum, count == VF ? vf_load(a->residual + at) : vf_load_n(a->residual + at, count));
    sum = vf_min(vf_set(a->hi), vf_max(vf_set(a->lo), sum));
    if (count == VF) vf_store(a->y + at, sum);
    else vf_store_n(a->y + at, sum, count);
}

/* A few rows; every output is computed in the same order whatever the share. */
EDGE_INLINE void fc_f32_stream(const enum weights kind, const struct edge_fully_connected_f32 *a,
                               const struct edge_task *t) {
    size_t n, end;
    edge_share(t, (size_t)a->N, &n, &end);
    const size_t K = (size_t)a->K;
    if (a->M == 1 && (end - n) * K >= FC_F32_LARGE) {
        const size_t half = (end - n) / (2 * VF) * VF;
        for (const size_t middle = n + half; n < middle; n += VF) {
            vf sums[2];
            fc_f32_block(kind, 2, a->x, a->w, n * K, half * K, K, VF, sums);
            fc_f32_settle(a, 0, n, VF, sums[0]), fc_f32_settle(a, 0, n + half, VF, sums[1]);
        }
        n += half;
    }
    for (size_t count; n < end; n += count) {
        count = end - n < VF ? end - n : VF;
        for (size_t m = 0; m < (size_t)a->M; m++) {
            const float *x = a->x + m * K;
            vf sum;
            if (K == FC_F32_SHORT * VF) sum = fc_f32_short(kind, x, a->w, n * K, count);
            else fc_f32_block(kind, 1, x, a->w, n * K, 0, K, count, &sum);
            fc_f32_settle(a, m, n, count, sum);
        }
    }
}

/* Many rows, weights packed as `kind` says. */
static void fc_f32_tiles(const struct edge_fully_connected_f32 *a, const struct edge_task *t, enum weights kind) {
    const size_t K = (size_t)a->K;
    const struct gemm_f32 g = {1, K, (size_t)a->N, K, (size_t)a->N, 1, a->lo, a->hi, 0};
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
