/* What lstm, gru and rnn share: activations by code, and the product of the state with its weights. */
#ifndef EDGE_RECURRENT_H
#define EDGE_RECURRENT_H

#include "../kernel.h"
#include "math.h"

/* The order is that of ACTIVATIONS in src/edgesmith/ops/recurrent.py. */
static inline vf recurrent_act(int32_t code, float alpha, float beta, float clip, vf x) {
    const vf zero = vf_set(0.0f), one = vf_set(1.0f), a = vf_set(alpha), b = vf_set(beta);
    if (clip > 0.0f) x = math_clamp(x, -clip, clip);
    switch (code) {
    case 0: return vf_sigmoid(x);
    case 1: return vf_tanh(x);
    case 2: return vf_max(zero, x);
    case 3: return vf_fma(a, x, b);
    case 4: return vf_select(vf_lt(x, zero), vf_mul(a, x), x);
    case 5: return vf_select(vf_gt(x, a), x, zero);
    case 6: return vf_mul(a, vf_tanh(vf_mul(b, x)));
    case 7: return math_clamp(vf_fma(a, x, b), 0.0f, 1.0f);
    case 8: return vf_select(vf_lt(x, zero), vf_mul(a, vf_expm1(vf_min(x, zero))), x);
    case 9: return vf_div(x, vf_add(one, vf_abs(x)));
    case 10: return vf_add(vf_log1p(vf_exp(vf_neg(vf_abs(x)))), vf_max(zero, x));
    default: return math_clamp(x, 0.0f, 6.0f);
    }
}

static inline vf recurrent_load(const float *p, size_t n) { return n >= VF ? vf_load(p) : vf_load_n(p, n); }
static inline void recurrent_store(float *p, vf x, size_t n) {
    if (n >= VF) vf_store(p, x);
    else vf_store_n(p, x, n);
}

/* y[j] = base[j] + sum over k of h[k] w[k][j], for n columns of rows `stride` apart. Four rows at a time, in order. */
static inline void recurrent_product(float *y, const float *base, const float *h, const float *w, size_t rows, size_t n,
                                     size_t stride) {
    if (y != base) memmove(y, base, n * sizeof *y);
    size_t k = 0;
    for (; k + 4 <= rows; k += 4) {
        const float *row = w + k * stride;
        const vf h0 = vf_set(h[k]), h1 = vf_set(h[k + 1]), h2 = vf_set(h[k + 2]), h3 = vf_set(h[k + 3]);
        size_t j = 0;
        for (; j + VF <= n; j += VF) {
            vf sum = vf_fma(h0, vf_load(row + j), vf_load(y + j));
            sum = vf_fma(h1, vf_load(row + stride + j), sum);
            sum = vf_fma(h2, vf_load(row + 2 * stride + j), sum);
            vf_store(y + j, vf_fma(h3, vf_load(row + 3 * stride + j), sum));
        }
        if (j < n) {
            vf sum = vf_fma(h0, vf_load_n(row + j, n - j), vf_load_n(y + j, n - j));
            sum = vf_fma(h1, vf_load_n(row + stride + j, n - j), sum);
            sum = vf_fma(h2, vf_load_n(row + 2 * stride + j, n - j), sum);
            vf_store_n(y + j, vf_fma(h3, vf_load_n(row + 3 * stride + j, n - j), sum), n - j);
        }
    }
    for (; k < rows; k++)
        for (size_t j = 0; j < n; j += VF) {
            vf sum = vf_fma(vf_set(h[k]), recurrent_load(w + k * stride + j, n - j), recurrent_load(y + j, n - j));
            recurrent_store(y + j, sum, n - j);
        }
}

#endif
