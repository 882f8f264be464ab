/* Activation functions in float32; numbers such as alpha come from the arguments. NaN stays NaN in all but
 * thresholded_relu and shrink, whose comparisons it fails. */
#include "map.h"
#include "math.h"

/* e^x - 1 below zero; alpha scales it */
static inline vf activation_elu(vf x, vf inner, float alpha) {
    return vf_select(vf_gt(x, vf_set(0.0f)), x, vf_mul(vf_set(alpha), vf_expm1(inner)));
}
static inline vf activation_softplus(vf x) { /* log(1 + e^x), without overflow */
    return vf_add(vf_max(vf_set(0.0f), x), vf_log1p(vf_exp(vf_neg(vf_abs(x)))));
}
/* x times the normal distribution: max(0, x) - |x| p^8, where p^8 is the tail beyond |x| and p a polynomial that we fit so that
 * |x| p^8 is off by at most 4e-9; neither an exponential nor a division is needed. What is beyond 6 does not count. The
 * error is absolute, below 3e-7. */
static inline vf activation_gelu(vf x) {
    const vf size = vf_min(vf_set(6.0f), vf_abs(x));
    const vf p = MATH_POLY(size, 0.917003989f, -0.0914574116f, -0.0319280773f, -0.000671955524f, 0.00150436221f,
                           3.42951316e-05f, -6.02576656e-05f, 7.47955801e-06f, -2.95882217e-07f);
    const vf p2 = vf_mul(p, p), p4 = vf_mul(p2, p2);
    const vf y = vf_fma(vf_neg(size), vf_mul(p4, p4), vf_max(vf_set(0.0f), x));
    /* -inf times 0; and the same NaN for any, whichever operand of y a compiler takes it from */
    return vf_select(vf_gt(x, vf_set(-__builtin_inff())), y, vf_set(__builtin_nanf("")));
}
static inline vf activation_gelu_tanh(vf x) { /* (1 + tanh u) / 2 is sigmoid(2 u) */
    vf cubic = vf_fma(vf_mul(x, vf_mul(x, x)), vf_set(0.044715f), x);
    return vf_mul(x, vf_sigmoid(vf_mul(vf_set(1.59576912f), cubic)));
}
static inline vf activation_mish(vf x) { /* tanh(log(1 + e)) is n / (n + 2) with n = e (e + 2) */
    vf e = vf_exp(vf_min(vf_set(20.0f), x)), n = vf_mul(e, vf_add(e, vf_set(2.0f)));
    return vf_select(vf_gt(x, vf_set(20.0f)), x, vf_mul(x, vf_div(n, vf_add(n, vf_set(2.0f)))));
}
static inline vf activation_shrink(vf x, float bias, float lambd) {
    vf inner = vf_select(vf_gt(x, vf_set(lambd)), vf_sub(x, vf_set(bias)), vf_set(0.0f));
    return vf_select(vf_lt(x, vf_set(-lambd)), vf_add(x, vf_set(bias)), inner);
}

MAP_F32(relu, vf_max(vf_set(0.0f), x))
MAP_F32(clip, math_clamp(x, a->lo, a->hi))
MAP_F32(leaky_relu, vf_select(vf_lt(x, vf_set(0.0f)), vf_mul(x, vf_set(a->alpha)), x))
MAP_F32(elu, activation_elu(x, x, a->alpha))
MAP_F32(selu, vf_mul(vf_set(a->gamma), activation_elu(x, x, a->alpha)))
MAP_F32(celu, activation_elu(x, vf_div(x, vf_set(a->alpha)), a->alpha))
MAP_F32(softplus, activation_softplus(x))
MAP_F32(softsign, vf_div(x, vf_add(vf_set(1.0f), vf_abs(x))))
MAP_F32(hard_sigmoid, math_clamp(vf_add(vf_mul(x, vf_set(a->alpha)), vf_set(a->beta)), 0.0f, 1.0f))
MAP_F32(hard_swish, vf_mul(x, vf_mul(math_clamp(vf_add(x, vf_set(3.0f)), 0.0f, 6.0f), vf_set(0.166666672f))))
MAP_F32(gelu, activation_gelu(x))
MAP_F32(gelu_tanh, activation_gelu_tanh(x))
MAP_F32(silu, vf_mul(x, vf_sigmoid(x)))
MAP_F32(mish, activation_mish(x))
MAP_F32(thresholded_relu, vf_select(vf_gt(x, vf_set(a->alpha)), x, vf_set(0.0f)))
MAP_F32(shrink, activation_shrink(x, a->bias, a->lambd))
