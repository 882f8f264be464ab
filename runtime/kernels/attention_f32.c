/* y = softmax(q k^T * scale + mask) v in float32, for each head.
 *
 * The keys and values of a head are packed into panels once; then a few rows of q at a time are multiplied by the keys,
 * their scores become exponentials where they lie, and those are multiplied by the values. Scores never exist whole, and
 * operands are read, and y is written, by strides: no head is copied. */
#include "gemm_f32.h"
#include "math.h"

enum { ATTENTION_ROWS = 24, ATTENTION_PAD = 64 };

/* 2^x for x <= 0, to a ten-millionth of itself; what would be a denormal is the least normal number. */
static inline vf attention_power(vf x) {
    const vf low = vf_max(vf_set(-126.0f), x), whole = vf_round(low), r = vf_sub(low, whole);
    const vf p = MATH_POLY(r, 1.0f, 0.693147004f, 0.240222424f, 0.0555073358f, 0.00967151299f, 0.00132647238f);
    return vf_mul(p, math_power2(vf_to_vi(whole)));
}

EDGE_INLINE vf attention_get(const float *p, size_t left) { return left >= VF ? vf_load(p) : vf_load_n(p, left); }

/* The scores of a row times scale and plus mask, n > 0 of them, where the powers cannot see to that. */
static void attention_mask(float *s, const float *mask, size_t n, float scale) {
    for (size_t i = 0; i < n; i += VF) {
        vf v = vf_mul(vf_load(s + i), vf_set(scale));
        if (mask) v = vf_add(v, attention_get(mask + i, n - i));
        vf_store(s + i, v);
    }
}

static float attention_largest(const float *s, size_t n) {
    vf most = vf_set(-__builtin_inff());
    size_t i = 0;
    for (; i + VF <= n; i += VF) most = vf_max(most, vf_load(s + i));
    float top = vf_hmax(most); /* where a lane is NaN the whole row becomes it, whatever this is */
    for (; i < n; i++) top = s[i] > top ? s[i] : top;
    return top;
}

/* Scores of a row become powers of two of what they are above `top`, times `scale`; returns one over their sum. */
static float attention_powers(float *s, size_t n, float top, float scale) {
    const vf by = vf_set(scale), shift = vf_set(top);
    vf sum = vf_set(0.0f);
    size_t i = 0;
    for (; i + VF <= n; i += VF) {
        const vf e = attention_power(vf_mul(vf_sub(vf_load(s + i), shift), by));
        sum = vf_add(sum, e);
        vf_store(s + i, e);
    }
    float total = vf_sum(sum);
    if (i < n) { /* rows have room for a whole vector at their end */
        vf_store(s + i, attention_power(vf_mul(vf_sub(vf_load(s + i), shift), by)));
        for (; i < n; i++) total += s[i];
    }
    return 1.0f / total;
}

static void attention_scale(float *y, size_t n, float factor) {
    const vf by = vf_set(factor);
    size_t i = 0;
    for (; i + VF <= n; i += VF) vf_store(y + i, vf_mul(vf_load(y + i), by));
    if (i < n) vf_store_n(y + i, vf_mul(vf_load_n(y + i, n - i), by), n - i);
}

EDGE_KERNEL(attention_f32) {
    const size_t M = (size_t)a->M, N = (size_t)a->N, D = (size_t)a->D, E = (size_t)a->E, inner = (size_t)a->inner;
    const size_t pitch = tile_round(N, VF), blocks = (M + ATTENTION_ROWS - 1) / ATTENTION_ROWS;
    const size_t block = blocks ? (M + blocks - 1) / blocks : 0; /* nearly equal blocks */
    const float inf = __builtin_inff();
    float *keys = t->scratch, *values = keys + (D + 1) * tile_round(N, ATTENTION_PAD);
    float *scores = values + (N + 1) * tile_round(E, ATTENTION_PAD);
    const struct gemm_f32 first = {1, D, N, (size_t)a->q_row, pitch, 1, -inf, inf, 0};
    const struct gemm_f32 second = {1, N, E, pitch, (size_t)a->y_row, 1, -inf, inf, 0};
    const int plain = !a->mask && a->scale > 0.0f;
    const float scale = 1.44269504f * (plain ? a->scale : 1.0f); /* powers of two from here on */
    size_t unit, end, packed = SIZE_MAX; /* a unit is one block of rows of one head */
    edge_share(t, (size_t)a->outer * inner * blocks, &unit, &end);
    for (size_t r = 0; unit < end && r < ATTENTION_ROWS; r++) vf_store(scores + (r + 1) * pitch - VF, vf_set(0.0f));
    for (; unit < end; unit++) {
        const size_t head = unit / blocks, o = head / inner, i = head % inner;
        const size_t m = unit % blocks * block, rows = M - m < block ? M - m : block;
        if (head != packed) {
            packed = head;
            gemm_f32_pack(D, N, a->k + o * (size_t)a->k_outer + i * (size_t)a->k_inner, a->k_row, 1, NULL, keys);
            gemm_f32_pack(N, E, a->v + o * (size_t)a->v_outer + i * (size_t)a->v_inner, 1, a->v_row, NULL, values);
        }
        const float *q = a->q + o * (size_t)a->q_outer + i * (size_t)a->q_inner + m * (size_t)a->q_row;
        const float *mask = a->mask ? a->mask + o * (size_t)a->mask_outer + i * (size_t)a->mask_inner : NULL;
        float *y = a->y + o * (size_t)a->y_outer + i * (size_t)a->y_inner + m * (size_t)a->y_row, factor[ATTENTION_ROWS];
        gemm_f32_run(&first, rows, 0, SIZE_MAX, (struct gemm_f32_rows){q, NULL}, keys, NULL, scores);
        for (size_t r = 0; !plain && r < rows; r++)
            attention_mask(scores + r * pitch, mask ? mask + (m + r) * (size_t)a->mask_row : NULL, N, a->scale);
        /* one after the other: no row's powers wait for its largest */
        for (size_t r = 0; r < rows; r++) factor[r] = attention_largest(scores + r * pitch, N);
        for (size_t r = 0; r < rows; r++) factor[r] = attention_powers(scores + r * pitch, N, factor[r], scale);
        gemm_f32_run(&second, rows, 0, SIZE_MAX, (struct gemm_f32_rows){scores, NULL}, values, NULL, y);
        for (size_t r = 0; r < rows; r++) attention_scale(y + r * (size_t)a->y_row, E, factor[r]);
    }
    return EDGE_OK;
}
