/* y = clamp(((x0 * k0 + x1 * k1 + rest) >> shift) + zero): the sum of two int8 tensors of one shape in fixed point. */
#include "add.h"
#include "compiler.h"
#include <stdint.h>

CHIP_KERNEL void chip_add_i8(const struct chip_add_i8 *a) {
    const int8_t *x0 = a->x0, *x1 = a->x1;
    const uint32_t k0 = (uint32_t)a->k0, k1 = (uint32_t)a->k1, rest = (uint32_t)a->rest;
    const int32_t shift = a->shift, zero = a->zero, lo = a->lo, hi = a->hi;
    for (int8_t *y = a->y, *end = y + a->n; y != end; y++) {
        const int32_t q = ((int32_t)((uint32_t)*x0++ * k0 + (uint32_t)*x1++ * k1 + rest) >> shift) + zero;
        *y = (int8_t)(q < lo ? lo : q > hi ? hi : q);
    }
}
