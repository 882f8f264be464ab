/* The sum of two int8 tensors of one shape, in fixed point. */
#ifndef EDGE_CHIP_ADD_H
#define EDGE_CHIP_ADD_H
#include <stdint.h>

struct chip_add_i8 {
    const int8_t *x0, *x1;
    int8_t *y;
    int32_t n, k0, k1, rest; /* rest: half a step, less the zero points' share */
    int8_t shift, zero, lo, hi;
};
#endif
