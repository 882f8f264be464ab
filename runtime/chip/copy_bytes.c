/* y = x, by words where both lie so. Where they overlap, y comes first. */
#include "compiler.h"
#include <stdint.h>

struct chip_copy_bytes {
    const int8_t *x;
    int8_t *y;
    int32_t n;
};

CHIP_KERNEL void chip_copy_bytes(const struct chip_copy_bytes *a) {
    const int8_t *x = a->x;
    int8_t *y = a->y, *const end = y + a->n;
    if ((((uintptr_t)x | (uintptr_t)y) & 3) == 0)
        for (; end - y > 3; y += 4, x += 4) *(chip_pair *)(void *)y = *(const chip_pair *)(const void *)x;
    while (y != end) *y++ = *x++;
}
