/* Fixed-point arithmetic of integer recurrent layers; src/edgesmith/ops/fixed_point.py says what it means. */
#ifndef EDGE_FIXED_POINT_H
#define EDGE_FIXED_POINT_H

#include "../kernel.h"
#include "../simd/shorts.h"

enum { FIXED_ONE = 32767 }; /* the int16 nearest to one, with no bits before the point */

/* x / 2^exponent, half away from zero; exponent 0 to 31 */
static inline int32_t fixed_over_power(int32_t x, int32_t exponent) {
    const int64_t half = ((int64_t)1 << exponent) >> 1, size = x < 0 ? -(int64_t)x : x;
    const int64_t result = (size + half) >> exponent;
    return (int32_t)(x < 0 ? -result : result);
}

/* x * mantissa * 2^(shift - 31), rounded twice; mantissa >= 0, shift -31 to 30 */
static inline int32_t fixed_multiply(int32_t x, int32_t mantissa, int32_t shift) {
    const int32_t left = shift > 0 ? shift : 0;
    const int64_t wide = (int32_t)((uint32_t)x << left);
    return fixed_over_power((int32_t)((wide * mantissa + (1 << 30)) >> 31), left - shift);
}

static inline int16_t fixed_narrow(int64_t x) { return (int16_t)(x < -32768 ? -32768 : x > 32767 ? 32767 : x); }

static inline vi fixed_clamp(vi x) { return vi_min(vi_max(x, vi_set(-32768)), vi_set(32767)); }
/* fixed_over_power of lanes above -2^31: halved and rounded only at the last bit, as no sum leaves 32 bits so */
static inline vi fixed_halves(vi x, int exponent) {
    if (!exponent) return x;
    const vi floor = vi_sra(vi_add(x, vi_sra(x, 31)), exponent - 1);
    return vi_sra(vi_add(floor, vi_set(1)), 1);
}

/* fixed_multiply of lanes by one number */
struct fixed_scale {
    vi mantissa;
    int left, right;
};
static inline struct fixed_scale fixed_scale(int32_t mantissa, int32_t shift) {
    return (struct fixed_scale){vi_set(mantissa), shift > 0 ? shift : 0, shift < 0 ? -shift : 0};
}
static inline vi fixed_scaled(vi x, const struct fixed_scale *by) {
    return fixed_halves(vi_mul31(vi_shl(x, by->left), by->mantissa), by->right);
}

/* e^x of int16 x <= 0 with `bits` before the point, by a series around -1/8 and a factor for each bit above. No step
 * leaves 16 bits, for any x. */
static inline vh fixed_exp(vh x, int bits) {
    static const int16_t factor[7] = {25520, 19875, 12055, 4435, 600, 11, 0}; /* e^-(1/4, 1/2, 1, ... 16) */
    const int fraction = 15 - bits, quarter = 1 << (fraction - 2);
    const vh zero = vh_set(0), within = vh_sub(vh_and(x, vh_set(quarter - 1)), vh_set(quarter)), rest = vh_sub(within, x);
    const vh t = vh_add(vh_shl(within, bits), vh_set(1 << 12)), t2 = vh_mulr(t, t);
    vh inner = vh_add(vh_sra(vh_add(vh_mulr(t2, t2), vh_set(2)), 2), vh_mulr(t2, t));
    inner = vh_sra(vh_add(vh_add(vh_mulr(inner, vh_set(10923)), t2), vh_set(1)), 1);
    vh result = vh_adds(vh_set(28918), vh_mulr(vh_add(t, inner), vh_set(28918)));
    EDGE_UNROLL
    for (int power = -2; power < 5; power++) {
        if (power >= bits) continue;
        const vhm absent = vh_eq(vh_and(rest, vh_set(1 << (fraction + power))), zero);
        result = vh_select(absent, result, vh_mulr(result, vh_set(factor[power + 2])));
    }
    if (bits > 5) result = vh_select(vh_lt(x, vh_set(-(32 << fraction))), zero, result);
    return vh_select(vh_eq(x, zero), vh_set(FIXED_ONE), result);
}

/* 2 / (1 + x) of x in [0, 1], with two bits before the point, by Newton's method */
static inline vh fixed_reciprocal(vh x) {
    const vh half = vh_add(vh_sra(x, 1), vh_set(1 << 14));
    vh y = vh_add(vh_set(23130), vh_mulr(half, vh_set(-15420)));
    EDGE_UNROLL
    for (int i = 0; i < 3; i++) {
        const vh more = vh_mulr(y, vh_sub(vh_set(1 << 13), vh_mulr(half, y))), twice = vh_adds(more, more);
        y = vh_add(y, vh_adds(twice, twice));
    }
    return y;
}

static inline vh fixed_minus_size(vh x) { return vh_min(x, vh_sub(vh_set(0), x)); }

/* of 3 bits before the point */
static inline vh fixed_sigmoid(vh x) {
    const vh zero = vh_set(0), half = fixed_reciprocal(fixed_exp(fixed_minus_size(x), 3)), above = vh_adds(half, half);
    const vh other = vh_select(vh_eq(x, zero), vh_set(1 << 14), vh_sub(vh_set(FIXED_ONE), above));
    return vh_select(vh_lt(zero, x), above, other);
}

/* of 0 to 6 bits before the point */
static inline vh fixed_tanh(vh x, int bits) {
    const vh zero = vh_set(0), y = fixed_reciprocal(fixed_exp(fixed_minus_size(x), bits + 1));
    const vh part = vh_sub(y, vh_set(1 << 13)), twice = vh_adds(part, part), size = vh_adds(twice, twice);
    return vh_select(vh_eq(x, zero), zero, vh_select(vh_lt(x, zero), vh_sub(zero, size), size));
}

static inline int32_t fixed_product_32(int32_t a, int32_t b) { return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31); }
static inline int32_t fixed_up_32(int32_t x, int bits) {
    const int64_t wide = (int64_t)x * (1 << bits);
    return (int32_t)(wide < INT32_MIN ? INT32_MIN : wide > INT32_MAX ? INT32_MAX : wide);
}

/* 1 / sqrt(x) as mantissa and shift, by Newton's method with three bits before the point; of 0 as of 1 */
static inline int32_t fixed_inverse_root(int32_t x, int32_t *shift) {
    *shift = 0;
    if (x <= 1) return INT32_MAX;
    int32_t right = 11;
    while (x >= 1 << 29) x /= 4, right++;
    while (x < 1 << 27) x *= 4, right--;
    const int32_t half = (x / 2 + 1) >> 1;
    int32_t y = 1 << 28;
    for (int i = 0; i < 5; i++) {
        const int32_t cube = fixed_up_32(fixed_product_32(fixed_product_32(y, y), y), 6);
        y = fixed_up_32(fixed_product_32(3 << 27, y) - fixed_product_32(half, cube), 3);
    }
    y = fixed_product_32(y, 1518500250); /* sqrt(1/2) */
    if (right >= 0) *shift = -right;
    else y = (int32_t)((uint32_t)y << -right);
    return y;
}

/* Layer normalization in place; n >= 1 */
static inline void fixed_normalize(int16_t *x, const int16_t *weights, const int32_t *bias, size_t n, int32_t mantissa,
                                   int32_t shift, int32_t least) {
    int64_t sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += x[i], squares += x[i] * x[i];
    const int32_t mean = (int32_t)(sum * 1024 / (int64_t)n);
    const int64_t wide = (squares * ((1 << 20) / (int64_t)n) - (int64_t)mean * mean) / (1 << 20);
    int32_t by, root = fixed_inverse_root(wide >= 1 ? (int32_t)wide : least, &by);
    for (size_t i = 0; i < n; i++) {
        const uint32_t scaled = (uint32_t)fixed_multiply(1024 * x[i] - mean, root, by);
        const int64_t total = (int32_t)(scaled * (uint32_t)(int32_t)weights[i] + (uint32_t)bias[i]);
        const int32_t rounded = (int32_t)((total > 0 ? total + 512 : total - 512) / 1024);
        x[i] = fixed_narrow(fixed_multiply(rounded, mantissa, shift));
    }
}

#endif
