/* Measures kernels/math.h against double precision: one line per function, with its largest error in ulp.
 * Every STRIDE-th float32 of all 2^32, and the limits of C's <math.h>. Takes the place of kernels.inc. */
#include <math.h>
#include <stdio.h>
#include "../../runtime/kernels/math.h"
#ifndef STRIDE
#define STRIDE 20011u
#endif

static int failures;

static double ulp_off(float got, double exact) {
    if (exact != exact) return got != got ? 0 : 1e9;
    if (got == (float)exact) return 0;
    if (got != got || exact == 0) return 1e9;
    if (fabs(exact) >= 3.4028235677973366e38) return fabsf(got) >= 3.4028e38f && (got > 0) == (exact > 0) ? 0 : 1e9;
    if (isinf(got)) return fabs(exact) > 3.40282e38 ? 1 : 1e9;
    int e;
    frexp(exact, &e);
    return fabs(got - exact) / ldexp(1.0, (e - 1 < -126 ? -126 : e - 1) - 23);
}

static void report(const char *name, double worst, float at, double bound) {
    int ok = worst <= bound;
    printf("%-8s %.3f ulp at %a, bound %.2f %s\n", name, worst, (double)at, bound, ok ? "ok" : "TOO LARGE");
    failures += !ok;
}

static void check(const char *name, vf (*f)(vf), double (*exact)(double), double bound) {
    static const float ends[] = {0.0f, -0.0f, 1.0f, -1.0f, 0.5f, -0.5f, INFINITY, -INFINITY, NAN, 1e-45f, -1e-45f, 3.4028235e38f, 88.7228f, -87.5f, 8192.0f, 8193.0f};
    double worst = 0;
    float at = 0;
    for (uint64_t bits = 0; bits < 0x100000000u;) {
        float x[VF], y[VF];
        for (int i = 0; i < VF; i++, bits += STRIDE) {
            uint32_t b = (uint32_t)bits;
            if (bits < STRIDE * sizeof ends / sizeof *ends) x[i] = ends[bits / STRIDE];
            else memcpy(x + i, &b, 4);
        }
        vf_store(y, f(vf_load(x)));
        for (int i = 0; i < VF; i++) {
            double off = ulp_off(y[i], exact((double)x[i]));
            if (y[i] == 0 && !signbit(y[i]) != !signbit(exact((double)x[i]))) off = 1e9;
            if (off > worst) worst = off, at = x[i];
        }
    }
    report(name, worst, at, bound);
}

static void check_pow(void) {
    double worst = 0;
    float at = 0;
    uint32_t state = 1;
    static const float ends[] = {0.0f, -0.0f, 1.0f, -1.0f, 0.5f, 2.0f, -3.0f, 8388609.0f, 33554432.0f, INFINITY, -INFINITY, NAN, -2.5f};
    enum { ENDS = sizeof ends / sizeof *ends };
    for (int n = 0; n < 200000; n++) {
        float x, y, out[VF];
        state = state * 1664525u + 1013904223u;
        uint32_t b = state & 0x7fffffffu;
        memcpy(&x, &b, 4);
        state = state * 1664525u + 1013904223u;
        y = (float)(int32_t)state * (n % 3 ? 1e-8f : 1e-9f);
        if (n % 4 == 1) y = (float)((int32_t)state >> 26), x = -x;
        if (n % 4 == 2) x = 0.5f + x * 0x1p-128f, y *= 10;
        if (n < ENDS * ENDS) x = ends[n / ENDS], y = ends[n % ENDS];
        vf_store(out, vf_pow(vf_set(x), vf_set(y)));
        double off = ulp_off(out[0], pow((double)x, (double)y));
        if (off > worst) worst = off, at = x;
    }
    report("pow", worst, at, 1.0);
}

static double acosh_or_nan(double x) { return x < 1 ? NAN : acosh(x); } /* musl answers below -2^26 too */
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static vf exp_near(vf x) { /* only where it is meant */
    const vm meant = vm_and(vf_ge(x, vf_set(-87.0f)), vf_le(x, vf_set(88.0f)));
    return vf_select(meant, vf_exp_near(math_clamp(x, -87.0f, 88.0f)), vf_exp(x));
}

int main(void) {
    check("exp", vf_exp, exp, 1.5);
    check("exp_near", exp_near, exp, 1.5);
    check("expm1", vf_expm1, expm1, 2.0);
    check("log", vf_log, log, 1.5);
    check("log1p", vf_log1p, log1p, 2.5);
    check("sin", vf_sin, sin, 1.5);
    check("cos", vf_cos, cos, 1.5);
    check("tan", vf_tan, tan, 3.5);
    check("tanh", vf_tanh, tanh, 2.0);
    check("sinh", vf_sinh, sinh, 2.5);
    check("cosh", vf_cosh, cosh, 2.5);
    check("sigmoid", vf_sigmoid, sigmoid, 2.5);
    check("erf", vf_erf, erf, 2.0);
    check("atan", vf_atan, atan, 2.0);
    check("asin", vf_asin, asin, 2.0);
    check("acos", vf_acos, acos, 2.0);
    check("asinh", vf_asinh, asinh, 3.5);
    check("acosh", vf_acosh, acosh_or_nan, 3.5);
    check("atanh", vf_atanh, atanh, 3.5);
    check_pow();
    return failures != 0;
}

#include "../../runtime/simd/end.h"
