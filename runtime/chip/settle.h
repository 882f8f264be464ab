/* From a sum to int8: q = clamp(rne(float32(sum) * multiplier) + zero), the same bits with an FPU and without one. */
#ifndef EDGE_CHIP_SETTLE_H
#define EDGE_CHIP_SETTLE_H
#include "compiler.h"
#include <stdint.h>
#include <string.h>

/* n / 2^bits to nearest, halves to even; bits < 64 */
EDGE_INLINE uint64_t chip_half_even(uint64_t n, int32_t bits) {
    if (bits <= 0) return n;
    const uint64_t whole = n >> bits, rest = n & (((uint64_t)1 << bits) - 1), half = (uint64_t)1 << (bits - 1);
    return whole + (rest > half || (rest == half && (whole & 1)));
}
EDGE_INLINE int32_t chip_bits(uint64_t n) {
    int32_t bits = 0;
    for (; n; n >>= 1) bits++;
    return bits;
}
/* n as float32, to nearest even, without a library. */
EDGE_INLINE float chip_float_of(uint64_t n) {
    const int32_t over = chip_bits(n) - 24;
    float real = (float)(uint32_t)chip_half_even(n, over);
    for (int32_t i = over; i > 0; i--) real *= 2.0f;
    return real;
}

#if defined(__ARM_FP) && (__ARM_FP & 4) && defined(__ARM_FEATURE_DSP)
#include <arm_acle.h>
/* VCVTR rounds as the FPU is set, to nearest even since reset, and saturates. */
EDGE_INLINE int32_t chip_settle(int32_t sum, float multiplier, int32_t zero) {
    float whole;
    int32_t q;
    __asm__("vcvtr.s32.f32 %0, %1" : "=t"(whole) : "t"((float)sum * multiplier));
    memcpy(&q, &whole, 4);
    return __ssat(__qadd(q, zero), 8);
}
#else
/* float32 in integers: the sum rounds to 24 bits, so does its product with the multiplier, then that to a whole number. */
CHIP_KERNEL int32_t chip_settle(int32_t sum, float multiplier, int32_t zero) {
    uint32_t bits;
    memcpy(&bits, &multiplier, 4);
    uint64_t n = sum < 0 ? 0u - (uint32_t)sum : (uint32_t)sum;
    int32_t point = 150 - (int32_t)(bits >> 23); /* of the product: n * 2^-point */
    if (n >> 24) {
        const int32_t over = chip_bits(n) - 24;
        n = chip_half_even(n, over), point -= over;
    }
    n *= (bits & 0x7fffff) | 0x800000;
    if (n >> 24) {
        const int32_t over = chip_bits(n) - 24;
        n = chip_half_even(n, over), point -= over;
    }
    const int32_t far = 1 << 20; /* beyond what int8 can show */
    int32_t q = point > 31 ? 0 : point < 0 ? (n ? far : 0) : (int32_t)chip_half_even(n, point);
    q = (q > far ? far : q) * (sum < 0 ? -1 : 1) + zero;
    return q < -128 ? -128 : q > 127 ? 127 : q;
}
#endif
#endif
