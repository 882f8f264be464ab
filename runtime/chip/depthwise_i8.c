/* y[P,Q,C*M] = int8 depthwise convolution of x[H,W,C] with windows of KH by KW.
 *
 * Four channels of a band of rows are gathered as 16-bit numbers, each row of each channel by itself and with its borders,
 * so that neighbours are pairs to multiply. What is packed, for every output channel: its bias, less x_zero times the sum
 * of its weights; its multiplier; and its rows of weights, four bytes a word, or two numbers where they are wide. Outside the image lies x_zero. */
#include "compiler.h"
#include "settle.h"
#include "dual.h"

struct chip_depthwise_i8 {
    const int8_t *x;
    int8_t *y;
    const uint32_t *w;
    chip_plane *scratch; /* the rows of a band, each an even number of elements long */
    int16_t H, W, C, P, Q, M, KH, KW, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
    int16_t band; /* rows of outputs that are computed from one gathering */
    int8_t x_zero, y_zero;
};

#include "depthwise_dual.h"

/* Four channels at a time, band by band: rows that the next band needs too are moved, not gathered again, so that outputs
 * may lie where inputs lay. `compute` makes the outputs of one channel from its gathered rows. */
typedef void (*chip_rows)(const struct chip_depthwise_i8 *a, const uint32_t *w, const chip_plane *x, int32_t pitch,
                          int32_t rows, int8_t *y);
CHIP_KERNEL void chip_bands(const struct chip_depthwise_i8 *a, int32_t words, chip_rows compute) {
    const int32_t reach = (a->KH - 1) * a->dilation_h + 1, stride = a->stride_h, O = a->C * a->M;
    const int32_t pitch = ((a->Q - 1) * a->stride_w + (a->KW - 1) * a->dilation_w + 3) & ~1, row = CHIP_PLANES * pitch;
    const int32_t shared = reach > stride ? reach - stride : 0;
    const uint32_t *w = a->w;
    for (int32_t c = 0; c < a->C; c += CHIP_PLANES) {
        const int32_t channels = a->C - c < CHIP_PLANES ? a->C - c : CHIP_PLANES;
        int8_t *y = a->y + c * a->M;
        const uint32_t *next = w;
        for (int32_t p = 0, kept = 0; p < a->P; p += a->band, kept = shared) {
            const int32_t rows = a->P - p < a->band ? a->P - p : a->band;
            chip_plane *to = a->scratch;
            for (const chip_plane *from = to + a->band * stride * row; to < a->scratch + kept * row;) *to++ = *from++;
            chip_planes(a, a->x + c, channels, p * stride - a->pad_top + kept, (rows - 1) * stride + reach - kept, pitch, to);
            next = w;
            for (int32_t i = 0; i < channels; i++)
                for (int32_t m = 0; m < a->M; m++, next += words) compute(a, next, a->scratch + i * pitch, row, rows, y++);
            y += rows * a->Q * O - channels * a->M;
        }
        w = next;
    }
}

/* Any window, and weights of 16 bits, which weights less their zero point are. */
CHIP_KERNEL void chip_wide_rows(const struct chip_depthwise_i8 *a, const uint32_t *w, const chip_plane *x0, int32_t pitch,
                           int32_t rows, int8_t *y) {
    const float multiplier = *(const chip_float *)(const void *)(w + 1);
    for (int32_t p = 0; p < rows; p++)
        for (int32_t q = 0; q < a->Q; q++, y += a->C * a->M) {
            const chip_plane *x = x0 + p * a->stride_h * pitch + q * a->stride_w;
            int32_t sum = (int32_t)w[0];
            for (int32_t i = 0, tap = 0; i < a->KH; i++, x += a->dilation_h * pitch)
                for (int32_t j = 0; j < a->KW; j++, tap++) {
                    const uint32_t pair = w[2 + tap / 2] >> (tap % 2 ? 16 : 0);
                    sum += x[j * a->dilation_w] * (int16_t)(uint16_t)(pair & 0xffff);
                }
            *y = (int8_t)chip_settle(sum, multiplier, a->y_zero);
        }
}

/* Any window: weights are spread anew for each output. */
CHIP_KERNEL void chip_any_rows(const struct chip_depthwise_i8 *a, const uint32_t *w, const chip_plane *x0, int32_t pitch,
                          int32_t rows, int8_t *y) {
    float multiplier;
    memcpy(&multiplier, w + 1, 4);
    for (int32_t p = 0; p < rows; p++)
        for (int32_t q = 0; q < a->Q; q++, y += a->C * a->M) {
            const chip_plane *x = x0 + p * a->stride_h * pitch + q * a->stride_w;
            const uint32_t *at = w + 2;
            int32_t sum = (int32_t)w[0];
            for (int32_t i = 0; i < a->KH; i++, x += a->dilation_h * pitch) {
                uint32_t bytes = 0;
                for (int32_t j = 0; j < a->KW; j++, bytes >>= 8) {
                    if (j % 4 == 0) bytes = *at++;
                    sum += x[j * a->dilation_w] * (int8_t)(uint8_t)(bytes & 255);
                }
            }
            *y = (int8_t)chip_settle(sum, multiplier, a->y_zero);
        }
}

CHIP_KERNEL void chip_depthwise_any_i8(const struct chip_depthwise_i8 *a) {
    chip_bands(a, 2 + a->KH * ((a->KW + 3) / 4), chip_any_rows);
}
CHIP_KERNEL void chip_depthwise_wide_i8(const struct chip_depthwise_i8 *a) {
    chip_bands(a, 2 + (a->KH * a->KW + 1) / 2, chip_wide_rows);
}
CHIP_KERNEL void chip_depthwise_3x3_i8(const struct chip_depthwise_i8 *a) { chip_bands(a, 5, chip_3x3s1_rows); }
CHIP_KERNEL void chip_depthwise_3x3s2_i8(const struct chip_depthwise_i8 *a) { chip_bands(a, 5, chip_3x3s2_rows); }
