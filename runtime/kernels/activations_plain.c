/* Activation functions in float64, and those that make sense for integers. */
#include <math.h>

#include "map.h"

static inline double plain_clamp(double x, double lo, double hi) { /* NaN passes */
    double y = lo > x ? lo : x;
    return hi < y ? hi : y;
}
static inline double plain_sigmoid(double x) { return x < 0 ? exp(x) / (1.0 + exp(x)) : 1.0 / (1.0 + exp(-x)); }
static inline double plain_softplus(double x) { return (0.0 > x ? 0.0 : x) + log1p(exp(-fabs(x))); }
static inline double plain_gelu_tanh(double x) {
    return x * plain_sigmoid(1.5957691216057308 * (x + 0.044715 * (x * x * x)));
}

MAP_F64(relu, 0.0 > x ? 0.0 : x)
MAP_F64(clip, plain_clamp(x, a->lo, a->hi))
MAP_F64(leaky_relu, x < 0 ? x * a->alpha : x)
MAP_F64(elu, x > 0 ? x : a->alpha * expm1(x))
MAP_F64(selu, a->gamma * (x > 0 ? x : a->alpha * expm1(x)))
MAP_F64(celu, x > 0 ? x : a->alpha * expm1(x / a->alpha))
MAP_F64(softplus, plain_softplus(x))
MAP_F64(softsign, x / (1.0 + fabs(x)))
MAP_F64(hard_sigmoid, plain_clamp(x * a->alpha + a->beta, 0.0, 1.0))
MAP_F64(hard_swish, x * (plain_clamp(x + 3.0, 0.0, 6.0) / 6.0))
MAP_F64(gelu, x * 0.5 * (1.0 + erf(x * 0.70710678118654752)))
MAP_F64(gelu_tanh, plain_gelu_tanh(x))
MAP_F64(silu, x * plain_sigmoid(x))
MAP_F64(mish, x * tanh(plain_softplus(x)))
MAP_F64(thresholded_relu, x > a->alpha ? x : 0.0)
MAP_F64(shrink, x < -a->lambd ? x + a->bias : x > a->lambd ? x - a->bias : 0.0)

MAP_PLAIN(relu, i32, int32_t, int32_t, x < 0 ? 0 : x)
MAP_PLAIN(relu, i64, int64_t, int64_t, x < 0 ? 0 : x)
/* The limits of u64 are passed as the s64 of the same bits. */
#define CLIP(suffix, type)                                                                         \
    static inline type clip_##suffix##_of(type x, type lo, type hi) {                              \
        type y = lo > x ? lo : x;                                                                  \
        return hi < y ? hi : y;                                                                    \
    }                                                                                              \
    MAP_PLAIN(clip, suffix, type, type, clip_##suffix##_of(x, (type)a->lo, (type)a->hi))
CLIP(i32, int32_t)
CLIP(i64, int64_t)
CLIP(u64, uint64_t)
