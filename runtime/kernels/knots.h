/* A function of 16 bits: values every 2^shift inputs, and straight lines between them, in integers. */
#ifndef EDGE_KNOTS_H
#define EDGE_KNOTS_H

#include "../kernel.h"

/* 65536 / 2^shift + 1 knots; rounds half up */
static inline int16_t knots_at(const int16_t *knots, int shift, int32_t x) {
    const int32_t at = x + 32768, low = knots[at >> shift], high = knots[(at >> shift) + 1], step = 1 << shift;
    return (int16_t)(low + (((high - low) * (at & (step - 1)) + (step >> 1)) >> shift));
}

static inline int knots_shift(int32_t step) {
    int shift = 0;
    while (shift < 5 && 1 << shift < step) shift++;
    return shift;
}

#endif
