/* Convolutions of int16 activations with int8 weights: sums are int64, zero points are 0, rows of weights lie as they
 * are. A fully connected layer is one over a row of pixels. */
#include "compiler.h"
#include <stdint.h>

struct chip_conv_i16 {
    const int16_t *x;
    const int8_t *w;
    const int64_t *bias; /* or NULL */
    const float *multiplier;
    int16_t *y;
    int16_t H, W, C, P, Q, O, KH, KW, G, stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w, low, high;
};

enum { CHIP_RUN_I16 = 256 }; /* products that fit into 32 bits together, whatever they are */

CHIP_KERNEL int64_t chip_dot_i16(const int16_t *x, const int8_t *w, int32_t n) {
    int64_t sum = 0;
    while (n > 0) {
        const int32_t run = n < CHIP_RUN_I16 ? n : CHIP_RUN_I16;
        int32_t part = 0;
        for (int32_t i = 0; i < run; i++) part += x[i] * w[i];
        sum += part, x += run, w += run, n -= run;
    }
    return sum;
}

/* To the nearest, ties to even: within 16 bits a float holds no fraction beside 1.5 * 2^23. */
CHIP_KERNEL int16_t chip_settle_i16(int64_t sum, float multiplier, int32_t low, int32_t high) {
    float real = (float)sum * multiplier;
    real = real > (float)low ? real : (float)low;
    real = real < (float)high ? real : (float)high;
    volatile float whole = real + 12582912.0f;
    return (int16_t)(whole - 12582912.0f);
}

CHIP_KERNEL void chip_conv_i16(const struct chip_conv_i16 *a) {
    const int32_t per_group = a->C / a->G, outputs = a->O / a->G;
    int16_t *y = a->y;
    for (int32_t p = 0; p < a->P; p++) {
        for (int32_t q = 0; q < a->Q; q++) {
            const int8_t *w = a->w;
            for (int32_t o = 0; o < a->O; o++) {
                uint64_t sum = a->bias ? (uint64_t)a->bias[o] : 0;
                for (int32_t kh = 0; kh < a->KH; kh++) {
                    const int32_t row = p * a->stride_h - a->pad_top + kh * a->dilation_h;
                    for (int32_t kw = 0; kw < a->KW; kw++, w += per_group) {
                        const int32_t column = q * a->stride_w - a->pad_left + kw * a->dilation_w;
                        if (row < 0 || row >= a->H || column < 0 || column >= a->W) continue;
                        const int16_t *x = a->x + (row * a->W + column) * a->C + o / outputs * per_group;
                        sum += (uint64_t)chip_dot_i16(x, w, per_group);
                    }
                }
                *y++ = chip_settle_i16((int64_t)sum, a->multiplier[o], a->low, a->high);
            }
        }
    }
}
