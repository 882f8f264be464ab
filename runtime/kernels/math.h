/* Elementary functions on vectors of floats, from the words alone.
 *
 * Each states the largest error over the whole range of float32, in units in the last place of the exact result
 * (denormal results included). NaN gives NaN, and the limits at 0, 1 and infinity are those of C's <math.h>.
 * tests/runtime/test_math.c measures it against double precision on every instruction set. Polynomials are minimax
 * fits of our own; the reductions are Cody and Waite's, and Payne and Hanek's for large angles. */
#ifndef EDGE_KERNELS_MATH_H
#define EDGE_KERNELS_MATH_H

static inline vf math_poly(vf x, const float *c, int degree) { /* Horner's rule, c[0] + c[1] x + ... */
    vf y = vf_set(c[degree]);
    EDGE_UNROLL /* else coefficients are written to memory before every use */
    for (int i = degree - 1; i >= 0; i--) y = vf_fma(y, x, vf_set(c[i]));
    return y;
}
#define MATH_POLY(x, ...)                                                                                              \
    math_poly(x, (const float[]){__VA_ARGS__}, (int)(sizeof((const float[]){__VA_ARGS__}) / sizeof(float)) - 1)

static inline vf math_sign(vf magnitude, vf sign) { /* copysign */
    vi top = vi_set(INT32_MIN);
    return vi_as_vf(vi_or(vf_as_vi(vf_abs(magnitude)), vi_and(vf_as_vi(sign), top)));
}
static inline vf math_power2(vi k) { return vi_as_vf(vi_shl(vi_add(k, vi_set(127)), 23)); } /* -127 < k < 128 */
static inline vf math_clamp(vf x, float lo, float hi) { /* NaN passes: it is the second operand */
    return vf_min(vf_set(hi), vf_max(vf_set(lo), x));
}

/* x = k ln 2 + r with |r| <= 0.35; also e^r - 1. The first part of ln 2 has nine bits, so k times it is exact. */
static inline vf math_exp_reduce(vf x, vi *k) {
    vf kf = vf_round(vf_mul(x, vf_set(1.44269504f)));
    vf r = vf_sub(vf_sub(x, vf_mul(kf, vf_set(0.693359375f))), vf_mul(kf, vf_set(-2.12194440e-4f)));
    *k = vf_to_vi(kf);
    vf tail = MATH_POLY(r, 0.5f, 0.166666672f, 0.0416662544f, 0.00833326112f, 0.00139472121f, 0.000199199218f);
    return vf_fma(vf_mul(r, r), tail, r);
}
/* e^x times 2^shift. The scale is applied in two halves: the first is exact, the second may round to a denormal. */
static inline vf math_exp_shift(vf x, int shift) {
    vi k;
    vf y = vf_add(math_exp_reduce(math_clamp(x, -105.0f, 90.0f), &k), vf_set(1.0f));
    k = vi_add(k, vi_set(shift));
    vi half = vi_sra(k, 1);
    return vf_mul(vf_mul(y, math_power2(half)), math_power2(vi_sub(k, half)));
}

/* e^x; 1.5 ulp */
static inline vf vf_exp(vf x) { return math_exp_shift(x, 0); }

/* e^x for -87 <= x <= 88, where nothing is a denormal or overflows; 1.5 ulp */
static inline vf vf_exp_near(vf x) {
    vi k;
    const vf y = vf_add(math_exp_reduce(x, &k), vf_set(1.0f));
    return vf_mul(y, math_power2(k));
}

/* e^x - 1; 2 ulp */
static inline vf vf_expm1(vf x) {
    vi k;
    vf q = math_exp_reduce(math_clamp(x, -25.0f, 25.0f), &k);
    vf scale = math_power2(k);
    vf near = vf_fma(scale, q, vf_sub(scale, vf_set(1.0f)));
    near = vf_select(vf_eq(x, vf_set(0.0f)), x, near); /* keeps -0 */
    return vf_select(vf_gt(x, vf_set(20.0f)), vf_exp(x), near);
}

/* natural logarithm; 1.5 ulp */
static inline vf vf_log(vf x) {
    /* 1. x = m 2^e with sqrt(1/2) <= m < sqrt(2); denormals are first made normal */
    vm tiny = vf_lt(x, vf_set(1.17549435e-38f));
    vf normal = vf_select(tiny, vf_mul(x, vf_set(8388608.0f)), x);
    vi bits = vi_sub(vf_as_vi(normal), vi_set(0x3f3504f3));
    vf e = vi_to_vf(vi_sub(vi_sra(bits, 23), vi_select(tiny, vi_set(23), vi_set(0))));
    vf f = vf_sub(vi_as_vf(vi_add(vi_and(bits, vi_set(0x7fffff)), vi_set(0x3f3504f3))), vf_set(1.0f));
    /* 2. log(1 + f) = f - f^2/2 + f^3 P(f), smallest terms first */
    vf p = MATH_POLY(f, 0.333333105f, -0.249999866f, 0.200022265f, -0.16669251f, 0.142186597f, -0.123843424f,
                     0.118729644f, -0.117898367f, 0.0691542849f);
    vf f2 = vf_mul(f, f);
    vf y = vf_fma(vf_mul(f2, f), p, vf_mul(e, vf_set(-2.12194440e-4f)));
    y = vf_fma(f2, vf_set(-0.5f), y);
    y = vf_add(vf_add(f, y), vf_mul(e, vf_set(0.693359375f)));
    /* 3. the ends */
    y = vf_select(vf_eq(x, vf_set(__builtin_inff())), x, y);
    y = vf_select(vf_eq(x, vf_set(0.0f)), vf_set(-__builtin_inff()), y);
    return vf_select(vf_ge(x, vf_set(0.0f)), y, vf_set(__builtin_nanf("")));
}

/* log(1 + x); 2.5 ulp */
static inline vf vf_log1p(vf x) {
    vf one = vf_set(1.0f), u = vf_add(one, x);
    vf lost = vf_sub(x, vf_sub(u, one)); /* what rounding 1 + x dropped */
    vf y = vf_add(vf_log(u), vf_div(lost, u));
    vm whole = vm_or(vf_eq(u, vf_set(0.0f)), vf_eq(u, vf_set(__builtin_inff())));
    y = vf_select(whole, vf_log(u), y);
    return vf_select(vf_eq(u, one), x, y);
}

/* Payne and Hanek: |x| >= 2^13 as quadrant * pi/2 + the returned rest. 2/pi to 256 bits; the bits that only add whole
 * turns are left out, 96 of the others are multiplied by the significand, and 64 bits of the product kept. */
static inline float math_reduce_large(float x, int32_t *quadrant) {
    static const uint32_t two_over_pi[10] = {0,           0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u,
                                             0xdb629599u, 0x3c439041u, 0xfe5163abu, 0xdebbc561u, 0xb7246e3au};
    uint32_t bits;
    memcpy(&bits, &x, 4);
    int exponent = (int)(bits >> 23 & 0xff);
    *quadrant = 0;
    if (exponent == 255) return x - x;
    uint64_t significand = (bits & 0x7fffffu) | 0x800000u, window[3];
    int first = exponent - 150 - 2 + 32; /* the table begins with 32 zero bits */
    for (int i = 0; i < 3; i++) {
        int at = first + 32 * i;
        uint64_t pair = (uint64_t)two_over_pi[at >> 5] << 32 | two_over_pi[(at >> 5) + 1];
        window[i] = pair << (at & 31) >> 32;
    }
    uint64_t turns = (significand * window[0] << 32) + significand * window[1] + (significand * window[2] >> 32);
    uint64_t nearest = (turns + (1ull << 61)) >> 62;
    double rest = (double)(int64_t)(turns - (nearest << 62)) * (1.5707963267948966 / 4611686018427387904.0);
    *quadrant = (int32_t)nearest;
    if (bits >> 31) *quadrant = -*quadrant, rest = -rest;
    return (float)rest;
}

/* x = quadrant * pi/2 + r with |r| <= pi/4; pi/2 in four parts of which the first three have eleven bits */
static inline vf math_trig_reduce(vf x, vi *quadrant) {
    vf k = vf_round(vf_mul(x, vf_set(0.636619772f)));
    vf r = vf_sub(x, vf_mul(k, vf_set(0x1.92p+0f)));
    r = vf_sub(r, vf_mul(k, vf_set(0x1.fbp-12f)));
    vf third = vf_mul(k, vf_set(0x1.51p-22f)), most = vf_sub(r, third);
    r = vf_add(most, vf_sub(vf_sub(vf_sub(r, most), third), vf_mul(k, vf_set(0x1.0b4612p-34f))));
    vm large = vf_gt(vf_abs(x), vf_set(8192.0f));
    *quadrant = vf_to_vi(vf_select(large, vf_set(0.0f), k));
    if (!vm_any(large)) return r;
    float xs[VF], rs[VF];
    int32_t qs[VF];
    vf_store(xs, x), vf_store(rs, r), vi_store(qs, *quadrant);
    for (int i = 0; i < VF; i++)
        if (!(xs[i] <= 8192.0f && xs[i] >= -8192.0f)) rs[i] = math_reduce_large(xs[i], qs + i);
    *quadrant = vi_load(qs);
    return vf_load(rs);
}
static inline vf math_sin_near(vf r) {
    vf z = vf_mul(r, r);
    return vf_fma(vf_mul(r, z), MATH_POLY(z, -0.166666672f, 0.00833332911f, -0.000198392561f, 2.71756448e-06f), r);
}
static inline vf math_cos_near(vf r) {
    vf z = vf_mul(r, r), p = MATH_POLY(z, 0.0416666456f, -0.0013887306f, 2.4431205e-05f);
    return vf_fma(vf_mul(z, z), p, vf_fma(z, vf_set(-0.5f), vf_set(1.0f)));
}
static inline vf math_quarter(vf r, vi quadrant) { /* sin(r + quadrant pi/2) */
    vm odd = vi_eq(vi_and(quadrant, vi_set(1)), vi_set(1));
    vf y = vf_select(odd, math_cos_near(r), math_sin_near(r));
    return vi_as_vf(vi_xor(vf_as_vi(y), vi_shl(vi_and(quadrant, vi_set(2)), 30)));
}

/* sine and cosine of any angle in radians; 1.5 ulp */
static inline vf vf_sin(vf x) {
    vi quadrant;
    vf r = math_trig_reduce(x, &quadrant);
    return vf_select(vf_eq(x, vf_set(0.0f)), x, math_quarter(r, quadrant));
}
static inline vf vf_cos(vf x) {
    vi quadrant;
    vf r = math_trig_reduce(x, &quadrant);
    return math_quarter(r, vi_add(quadrant, vi_set(1)));
}

/* tangent; 3.5 ulp */
static inline vf vf_tan(vf x) {
    vi quadrant;
    vf r = math_trig_reduce(x, &quadrant);
    vf y = vf_div(math_quarter(r, quadrant), math_quarter(r, vi_add(quadrant, vi_set(1))));
    return vf_select(vf_eq(x, vf_set(0.0f)), x, y);
}

/* hyperbolic tangent; 2 ulp */
static inline vf vf_tanh(vf x) {
    vf z = vf_mul(x, x), size = vf_abs(x);
    vf p = MATH_POLY(z, -0.333333313f, 0.133331805f, -0.0539433993f, 0.0216816422f, -0.00812900066f, 0.00209772144f);
    vf near = vf_fma(vf_mul(x, z), p, x);
    vf far = vf_sub(vf_set(1.0f), vf_div(vf_set(2.0f), vf_add(vf_exp(vf_add(size, size)), vf_set(1.0f))));
    return math_sign(vf_select(vf_lt(size, vf_set(0.63f)), near, far), x);
}

/* hyperbolic sine and cosine, with e^|x| / 2 so that neither overflows early; 2.5 ulp */
static inline vf vf_sinh(vf x) {
    vf z = vf_mul(x, x), e = math_exp_shift(vf_abs(x), -1);
    vf p = MATH_POLY(z, 0.166666672f, 0.00833335053f, 0.000198360663f, 2.81743951e-06f);
    vf far = vf_sub(e, vf_div(vf_set(0.25f), e));
    return vf_select(vf_lt(vf_abs(x), vf_set(1.0f)), vf_fma(vf_mul(x, z), p, x), math_sign(far, x));
}
static inline vf vf_cosh(vf x) {
    vf e = math_exp_shift(vf_abs(x), -1);
    return vf_add(e, vf_div(vf_set(0.25f), e));
}

/* 1 / (1 + e^-x), without overflow and with denormal results; 2.5 ulp */
static inline vf vf_sigmoid(vf x) {
    vf e = vf_exp(vf_neg(vf_abs(x)));
    vf top = vf_select(vf_lt(x, vf_set(0.0f)), e, vf_set(1.0f));
    return vf_div(top, vf_add(vf_set(1.0f), e));
}

/* error function; 2 ulp. Far from zero it is 1 - e^-Q(|x|), Q a polynomial fit to -log(erfc). */
static inline vf vf_erf(vf x) {
    vf z = vf_mul(x, x), size = vf_min(vf_set(4.0f), vf_abs(x));
    vf p = MATH_POLY(z, -0.376126379f, 0.112837881f, -0.0268658381f, 0.00522237364f, -0.000850679877f, 0.000114562688f,
                     -1.02919785e-05f);
    vf near = vf_fma(x, vf_fma(z, p, vf_set(0.128379167f)), x);
    vf q = MATH_POLY(size, -0.00017468266f, 1.12951493f, 0.633346915f, 0.108280063f, -0.0251194108f, 0.00417105621f,
                     -0.000434461108f, 2.10949092e-05f);
    vf far = vf_sub(vf_set(1.0f), vf_exp(vf_neg(q)));
    return vf_select(vf_lt(size, vf_set(0.92f)), near, math_sign(far, x));
}

/* arc tangent; 2 ulp */
static inline vf vf_atan(vf x) {
    vf size = vf_abs(x), one = vf_set(1.0f);
    vm middle = vf_gt(size, vf_set(0.414213562f)), upper = vf_gt(size, vf_set(2.41421356f));
    vf t = vf_select(upper, vf_div(vf_set(-1.0f), size), vf_div(vf_sub(size, one), vf_add(size, one)));
    t = vf_select(middle, t, size);
    vf base = vf_select(upper, vf_set(1.57079637f), vf_select(middle, vf_set(0.785398185f), vf_set(0.0f)));
    vf rest = vf_select(upper, vf_set(-4.37113883e-8f), vf_select(middle, vf_set(-2.18556941e-8f), vf_set(0.0f)));
    vf z = vf_mul(t, t), p = MATH_POLY(z, -0.333333164f, 0.199984789f, -0.14243643f, 0.105943926f, -0.0607916601f);
    vf y = vf_add(base, vf_add(rest, vf_fma(vf_mul(t, z), p, t)));
    return math_sign(y, x);
}
static inline vf math_asin_near(vf x, vf z) { /* z = x^2 <= 1/4 */
    vf p = MATH_POLY(z, 0.166666597f, 0.0750051215f, 0.0445154719f, 0.0318198241f, 0.0143937878f, 0.0375781842f);
    return vf_fma(vf_mul(x, z), p, x);
}

/* arc sine and arc cosine, NaN outside [-1, 1]; 2 ulp */
static inline vf vf_asin(vf x) {
    vf size = vf_abs(x);
    vm far = vf_gt(size, vf_set(0.5f));
    vf z = vf_mul(vf_sub(vf_set(1.0f), size), vf_set(0.5f));
    vf outer = math_asin_near(vf_sqrt(z), z);
    outer = vf_add(vf_sub(vf_set(1.57079637f), vf_add(outer, outer)), vf_set(-4.37113883e-8f));
    vf y = vf_select(far, math_sign(outer, x), math_asin_near(x, vf_mul(x, x)));
    return vf_select(vf_gt(size, vf_set(1.0f)), vf_set(__builtin_nanf("")), y);
}
static inline vf vf_acos(vf x) {
    vf size = vf_abs(x);
    vf z = vf_mul(vf_sub(vf_set(1.0f), size), vf_set(0.5f));
    vf outer = math_asin_near(vf_sqrt(z), z), inner = math_asin_near(x, vf_mul(x, x));
    outer = vf_add(outer, outer);
    vf left = vf_sub(vf_set(3.14159274f), vf_add(outer, vf_set(8.74227766e-8f)));
    inner = vf_sub(vf_set(1.57079637f), vf_add(inner, vf_set(4.37113883e-8f)));
    vf y = vf_select(vf_gt(x, vf_set(0.5f)), outer, vf_select(vf_lt(x, vf_set(-0.5f)), left, inner));
    return vf_select(vf_gt(size, vf_set(1.0f)), vf_set(__builtin_nanf("")), y);
}

/* inverse hyperbolic functions; 3.5 ulp */
static inline vf vf_asinh(vf x) {
    vf size = vf_abs(x), one = vf_set(1.0f), z = vf_mul(size, size);
    vf near = vf_log1p(vf_add(size, vf_div(z, vf_add(one, vf_sqrt(vf_add(z, one))))));
    vf far = vf_add(vf_log(size), vf_set(0.693147182f));
    return math_sign(vf_select(vf_gt(size, vf_set(4096.0f)), far, near), x);
}
static inline vf vf_acosh(vf x) {
    vf t = vf_sub(x, vf_set(1.0f));
    vf near = vf_log1p(vf_add(t, vf_sqrt(vf_fma(t, t, vf_add(t, t)))));
    vf y = vf_select(vf_gt(x, vf_set(4096.0f)), vf_add(vf_log(x), vf_set(0.693147182f)), near);
    return vf_select(vf_ge(x, vf_set(1.0f)), y, vf_set(__builtin_nanf("")));
}
static inline vf vf_atanh(vf x) {
    vf size = vf_abs(x);
    vf y = vf_mul(vf_set(0.5f), vf_log1p(vf_div(vf_add(size, size), vf_sub(vf_set(1.0f), size))));
    return math_sign(y, x);
}

/* One power, in double precision: log2 by the series of (m-1)/(m+1), then 2^t by Taylor's. */
static inline float math_pow1(float x, float y) {
    const float inf = __builtin_inff();
    uint32_t xbits;
    memcpy(&xbits, &x, 4);
    int negative = (int)(xbits >> 31);
    float ax = negative ? -x : x, ay = y < 0 ? -y : y;
    if (y == 0 || x == 1) return 1;
    if (x != x || y != y) return x + y;
    if (ay == inf) return ax == 1 ? 1 : (ax > 1) == (y > 0) ? inf : 0;
    int whole = ay >= 8388608.0f || (float)(int32_t)ay == ay;
    int odd = whole && ay < 16777216.0f && ((int32_t)ay & 1);
    float sign = negative && odd ? -1.0f : 1.0f;
    if (ax == 0 || ax == inf) return (ax == 0) == (y < 0) ? sign * inf : sign * 0.0f;
    if (negative && !whole) return __builtin_nanf("");

    double m = ax;
    uint64_t bits;
    memcpy(&bits, &m, 8);
    uint64_t shifted = bits - 0x3fe6a09e00000000u; /* about sqrt(1/2) */
    int64_t e = (int64_t)shifted >> 52;
    bits = (shifted & 0xfffffffffffffu) + 0x3fe6a09e00000000u;
    memcpy(&m, &bits, 8);
    double s = (m - 1) / (m + 1), z = s * s, series = 0;
    for (int k = 17; k >= 1; k -= 2) series = series * z + 1.0 / k;
    double t = y * ((double)e + 2.8853900817779268 * s * series);
    t = t > 200 ? 200 : t < -200 ? -200 : t;
    int64_t k = (int64_t)(t + (t < 0 ? -0.5 : 0.5));
    double r = (t - (double)k) * 0.6931471805599453, power = 1;
    for (int i = 11; i >= 1; i--) power = 1 + power * r / i;
    bits = (uint64_t)(k + 1023) << 52;
    memcpy(&m, &bits, 8);
    return sign * (float)(power * m);
}

/* x to the power y, with C's rules for signs, zeros and infinities; 1 ulp */
static inline vf vf_pow(vf x, vf y) {
    float xs[VF], ys[VF];
    vf_store(xs, x), vf_store(ys, y);
    for (int i = 0; i < VF; i++) xs[i] = math_pow1(xs[i], ys[i]);
    return vf_load(xs);
}
#endif
