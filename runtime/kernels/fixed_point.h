/* Fixed-point arithmetic of integer recurrent layers; src/edgesmith/ops/fixed_point.py says what it means. */
#ifndef EDGE_FIXED_POINT_H
#define EDGE_FIXED_POINT_H

#include "../kernel.h"

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

/* The words below work on int16 in lanes of 32 bits. */
static inline vi fixed_clamp(vi x) { return vi_min(vi_max(x, vi_set(-32768)), vi_set(32767)); }
static inline vi fixed_product(vi a, vi b) {
    return vi_min(vi_sra(vi_add(vi_mul(a, b), vi_set(1 << 14)), 15), vi_set(32767));
}
static inline vi fixed_halves(vi x, int exponent) { /* fixed_over_power */
    const vi sign = vi_sra(x, 31), size = vi_sub(vi_xor(x, sign), sign);
    return vi_sub(vi_xor(vi_sra(vi_add(size, vi_set(1 << exponent >> 1)), exponent), sign), sign);
}

/* e^x of x <= 0 with `bits` before the point, by a series around -1/8 and a factor for each bit above */
static inline vi fixed_exp(vi x, int bits) {
    static const int16_t factor[7] = {25520, 19875, 12055, 4435, 600, 11, 0}; /* e^-(1/4, 1/2, 1, ... 16) */
    const int fraction = 15 - bits, quarter = 1 << (fraction - 2);
    const vi within = vi_sub(vi_and(x, vi_set(quarter - 1)), vi_set(quarter)), rest = vi_sub(within, x);
    const vi t = vi_add(vi_shl(within, bits), vi_set(1 << 12)), t2 = fixed_product(t, t);
    vi inner = vi_add(fixed_halves(fixed_product(t2, t2), 2), fixed_product(t2, t));
    inner = fixed_halves(vi_add(fixed_product(inner, vi_set(10923)), t2), 1);
    vi result = fixed_clamp(vi_add(vi_set(28918), fixed_product(vi_add(t, inner), vi_set(28918))));
    for (int power = -2; power < bits && power < 5; power++) {
        const vm absent = vi_eq(vi_and(rest, vi_set(1 << (fraction + power))), vi_set(0));
        result = vi_select(absent, result, fixed_product(result, vi_set(factor[power + 2])));
    }
    if (bits > 5) result = vi_select(vi_lt(x, vi_set(-(32 << fraction))), vi_set(0), result);
    return vi_select(vi_eq(x, vi_set(0)), vi_set(FIXED_ONE), result);
}

/* 2 / (1 + x) of x in [0, 1], with two bits before the point, by Newton's method */
static inline vi fixed_reciprocal(vi x) {
    const vi half = vi_sra(vi_add(x, vi_set(FIXED_ONE + 1)), 1);
    vi y = vi_add(vi_set(23130), fixed_product(half, vi_set(-15420)));
    for (int i = 0; i < 3; i++) {
        const vi rest = vi_sub(vi_set(1 << 13), fixed_product(half, y));
        y = vi_add(y, fixed_clamp(vi_shl(fixed_product(y, rest), 2)));
    }
    return y;
}

static inline vi fixed_minus_size(vi x) { return vi_min(x, vi_sub(vi_set(0), x)); }

/* of 3 bits before the point */
static inline vi fixed_sigmoid(vi x) {
    const vi zero = vi_set(0), above = fixed_clamp(vi_shl(fixed_reciprocal(fixed_exp(fixed_minus_size(x), 3)), 1));
    const vi other = vi_select(vi_eq(x, zero), vi_set(1 << 14), vi_sub(vi_set(FIXED_ONE), above));
    return vi_select(vi_gt(x, zero), above, other);
}

/* of 0 to 6 bits before the point */
static inline vi fixed_tanh(vi x, int bits) {
    const vi zero = vi_set(0), y = fixed_reciprocal(fixed_exp(fixed_minus_size(x), bits + 1));
    const vi size = fixed_clamp(vi_shl(vi_sub(y, vi_set(1 << 13)), 2));
    return vi_select(vi_eq(x, zero), zero, vi_select(vi_lt(x, zero), vi_sub(zero, size), size));
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
