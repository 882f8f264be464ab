/* settle() of requantize.h for one number of any integer type, without words. */
#ifndef EDGE_SETTLE_WIDE_H
#define EDGE_SETTLE_WIDE_H

#include "requantize.h"

static inline int64_t settle_wide(float real, int64_t zero, int64_t lo, int64_t hi) {
    float r = vf_round(real);
    if (!(r == r)) r = 0.0f;
    if (r < -0x1p62f) r = -0x1p62f;
    if (r > 0x1p62f) r = 0x1p62f;
    int64_t q = (int64_t)r + zero;
    return q < lo ? lo : q > hi ? hi : q;
}

#endif
