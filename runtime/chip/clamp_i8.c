/* y = clamp(y): the limits of an activation that are closer than what int8 holds. */
#include "compiler.h"
#include <stdint.h>

struct chip_clamp_i8 {
    int8_t *y;
    int32_t n;
    int8_t lo, hi;
};

CHIP_KERNEL void chip_clamp_i8(const struct chip_clamp_i8 *a) {
    for (int8_t *y = a->y, *end = y + a->n; y != end; y++) *y = *y < a->lo ? a->lo : *y > a->hi ? a->hi : *y;
}
