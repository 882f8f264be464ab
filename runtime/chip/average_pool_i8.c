/* The mean of the int8 under a window: the sum divided by how many there are, to nearest, halves away from zero (or up,
 * for bytes that stand for unsigned ones). */
#include "compiler.h"
#include <stdint.h>

struct chip_average_pool_i8 {
    const int8_t *x;
    int8_t *y;
    int16_t H, W, C, P, Q, KH, KW, stride_h, stride_w, pad_top, pad_left;
    int8_t lo, hi, halves_up;
};

CHIP_KERNEL void chip_average_pool_i8(const struct chip_average_pool_i8 *a) {
    int8_t *y = a->y;
    for (int32_t p = 0; p < a->P; p++)
        for (int32_t q = 0; q < a->Q; q++) {
            int32_t top = p * a->stride_h - a->pad_top, left = q * a->stride_w - a->pad_left;
            int32_t bottom = top + a->KH, right = left + a->KW;
            top = top < 0 ? 0 : top, left = left < 0 ? 0 : left;
            bottom = bottom > a->H ? a->H : bottom, right = right > a->W ? a->W : right;
            const int32_t rows = bottom - top, columns = right - left, inside = rows > 0 && columns > 0;
            const int32_t count = inside ? rows * columns : 1;
            for (int32_t c = 0; c < a->C; c++) {
                int32_t sum = 0;
                for (int32_t i = top; i < bottom; i++) {
                    const int8_t *x = a->x + (i * a->W + left) * a->C + c;
                    for (int32_t j = left; j < right; j++, x += a->C) sum += *x;
                }
                if (a->halves_up) sum += 128 * count; /* no sum below zero, where division would round up */
                sum = (sum + (sum < 0 ? -(count / 2) : count / 2)) / count - (a->halves_up ? 128 : 0);
                *y++ = (int8_t)(sum < a->lo ? a->lo : sum > a->hi ? a->hi : sum);
            }
        }
}
