/* From a sum to int8: q = clamp(rne(float32(sum) * multiplier) + zero), the same bits with an FPU and without one. */
#ifndef EDGE_CHIP_SETTLE_H
#define EDGE_CHIP_SETTLE_H
#include "compiler.h"
#include <stdint.h>
#include <string.h>

/* n / 2^bits to nearest, halves to even; bits < 64 */
CHIP_KERNEL uint64_t chip_half_even(uint64_t n, int32_t bits) {
    if (bits <= 0) return n;
    const uint64_t whole = n >> bits, rest = n & (((uint64_t)1 << bits) - 1), half = (uint64_t)1 << (bits - 1);
    return whole + (rest > half || (rest == half && (whole & 1)));
}
CHIP_KERNEL int32_t chip_bits(uint64_t n) {
    const uint32_t top = (uint32_t)(n >> 32);
    uint32_t rest = top ? top : (uint32_t)n;
    int32_t bits = top ? 32 : 0;
    for (int32_t step = 16; step; step >>= 1)
        if (rest >> step) rest >>= step, bits += step;
    return bits + (rest != 0);
}
#if defined(__ARM_FP) && (__ARM_FP & 4) && defined(__ARM_FEATURE_DSP)
#include <arm_acle.h>
/* n as float32, to nearest even, without a library. */
EDGE_INLINE float chip_float_of(uint64_t n) {
    const int32_t over = chip_bits(n) - 24;
    float real = (float)(uint32_t)chip_half_even(n, over);
    for (int32_t i = over; i > 0; i--) real *= 2.0f;
    return real;
}
/* a / n as float32. */
EDGE_INLINE float chip_over(float a, uint64_t n) { return a / chip_float_of(n); }

/* VCVTR rounds as the FPU is set, to nearest even since reset, and saturates. */
EDGE_INLINE int32_t chip_settle(int32_t sum, float multiplier, int32_t zero) {
    float whole;
    int32_t q;
    __asm__("vcvtr.s32.f32 %0, %1" : "=t"(whole) : "t"((float)sum * multiplier));
    memcpy(&q, &whole, 4);
    return __ssat(__qadd(q, zero), 8);
}
#else
/* a / n as float32, to nearest even, where neither is zero and the quotient is far from float32's limits: both of 24 bits,
 * divided bit by bit. */
EDGE_INLINE float chip_over(float a, uint64_t n) {
    uint32_t bits;
    memcpy(&bits, &a, 4);
    int32_t over = chip_bits(n) - 24, exponent = (int32_t)(bits >> 23) - 23;
    uint32_t below = (uint32_t)(over > 0 ? chip_half_even(n, over) : n << -over), rest = (bits & 0x7fffff) | 0x800000;
    if (below >> 24) below >>= 1, over++;
    if (rest < below) rest <<= 1, exponent--;
    uint32_t whole = 0;
    for (int i = 0; i < 24; i++, rest <<= 1) {
        whole <<= 1;
        if (rest >= below) rest -= below, whole |= 1;
    }
    whole += rest > below || (rest == below && (whole & 1)); /* 2^24 carries into the exponent, as it should */
    bits = ((uint32_t)(exponent - over - 1) << 23) + whole;
    memcpy(&a, &bits, 4);
    return a;
}
/* Of two numbers of 24 bits, by 16 at a time: cores that multiply no wider have a library for it, which wants stack. */
EDGE_INLINE uint64_t chip_product(uint32_t a, uint32_t b) {
    const uint32_t middle = (a >> 16) * (b & 0xffff) + (a & 0xffff) * (b >> 16);
    return ((uint64_t)((a >> 16) * (b >> 16)) << 32) + ((uint64_t)middle << 16) + (a & 0xffff) * (b & 0xffff);
}
/* float32 in integers: the sum rounds to 24 bits, so does its product with the multiplier, then that to a whole number. */
CHIP_KERNEL int32_t chip_settle_near(int32_t sum, uint32_t multiplier, int32_t zero) {
    uint64_t n = sum < 0 ? 0u - (uint32_t)sum : (uint32_t)sum;
    int32_t point = 150 - (int32_t)(multiplier >> 23); /* of the product: n * 2^-point */
    if (n >> 24) {
        const int32_t over = chip_bits(n) - 24;
        n = chip_half_even(n, over), point -= over;
    }
    n = chip_product((uint32_t)n, (multiplier & 0x7fffff) | 0x800000);
    if (n >> 24) {
        const int32_t over = chip_bits(n) - 24;
        n = chip_half_even(n, over), point -= over;
    }
    const int32_t far = 1 << 20; /* beyond what int8 can show */
    int32_t q = point > 31 ? 0 : point < 0 ? (n ? far : 0) : (int32_t)chip_half_even(n, point);
    q = (q > far ? far : q) * (sum < 0 ? -1 : 1) + zero;
    return q < -128 ? -128 : q > 127 ? 127 : q;
}

/* The same from one product of 16 bits by 16, wherever that is far enough from a half: 39 times of 40.
 *
 * The sum is taken in steps of 2^shift, less than 2^15 of them where int8 can show the result, and the multiplier in steps
 * of 2^-38, from 2^15 to 2^16 of them, so that the point of their product is at bit 22. Both are cut, so the true product
 * is up to 2^15 below, where the sum is negative, or up to 2^16 + 2^15 above; floats add less than 2^9. */
CHIP_KERNEL int32_t chip_settle(int32_t sum, float multiplier, int32_t zero) {
    enum { HALF = 1 << 21, BELOW = (1 << 15) + 512, SPREAD = (1 << 17) + 1024 };
    uint32_t bits;
    memcpy(&bits, &multiplier, 4);
    const int32_t shift = 120 - (int32_t)(bits >> 23);
    int32_t steps = sum;
    if (shift >= 0) steps >>= shift < 31 ? shift : 31;
    else if (steps == (int16_t)steps) steps *= 1 << (shift > -15 ? -shift : 15);
    if (steps != (int16_t)steps) return sum < 0 ? -128 : 127;
    const int32_t product = steps * (int32_t)((bits << 8 | 1u << 31) >> 16);
    const uint32_t fraction = ((uint32_t)product + (HALF - BELOW)) << 10;
    if (fraction >= (uint32_t)((1 << 22) - SPREAD) << 10) return chip_settle_near(sum, bits, zero);
    const int32_t q = (((product >> 21) + 1) >> 1) + zero;
    return q == (int8_t)q ? q : q < 0 ? -128 : 127;
}
#endif
#endif
