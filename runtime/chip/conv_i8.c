/* y[P,Q,O] = int8 convolution of x[H,W,C] with windows of KH by KW, in G groups.
 *
 * The window of each pixel is gathered; as many as a tile has rows are then multiplied by all columns of weights. What is
 * packed, for every CHIP_COLUMNS columns: their biases, less x_zero times the sum of the weights; the weights, CHIP_STEP
 * of each column in turn; and their multipliers. Outside the image lies x_zero. */
#include "compiler.h"
#include "dual.h"
#include "settle.h"
#include <stddef.h>

struct chip_conv_i8 {
    const int8_t *x;
    int8_t *y;
    const uint32_t *w;
    chip_act *scratch; /* CHIP_ROWS windows, and one more as bytes */
    int16_t H, W, C, P, Q, O, KH, KW, G, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
    int8_t x_zero, y_zero;
};

/* The window whose first tap lies at row y and column x, KH * KW * depth bytes; what follows it is left as it is, since
 * the weights there are zero. Neighbouring taps of all channels are copied at once. */
CHIP_KERNEL void chip_window(const struct chip_conv_i8 *a, const int8_t *image, int32_t y, int32_t x, int32_t depth, int8_t *to) {
    const int together = a->dilation_w == 1 && a->G == 1;
    const int32_t taps = together ? 1 : a->KW, width = together ? a->KW : 1, H = a->H, W = a->W;
    const int32_t pitch = W * a->C * a->dilation_h, bytes = width * depth;
    const int8_t *row = image + (y * W + x) * a->C;
    for (int32_t i = a->KH; i > 0; i--, y += a->dilation_h, row += pitch) {
        const int8_t *from = row;
        for (int32_t j = taps, at = x; j > 0; j--, at += a->dilation_w, from += a->dilation_w * a->C) {
            if (y < 0 || y >= H || at + width <= 0 || at >= W) {
                to = chip_fill(to, a->x_zero, bytes);
                continue;
            }
            const int32_t left = at < 0 ? -at * depth : 0, right = at + width > W ? (at + width - W) * depth : 0;
            to = chip_fill(to, a->x_zero, left);
            to = chip_copy(to, from + left, bytes - left - right);
            to = chip_fill(to, a->x_zero, right);
        }
    }
}

/* All columns of the windows at hand, beginning with whole blocks; y1 is y0 where there is but one window. Columns that
 * make no whole block go through bytes of our own. */
EDGE_INLINE void chip_columns(struct chip_tile *b, const uint32_t *w, const uint32_t *w_end, int32_t rest, int8_t *y0,
                              int8_t *y1) {
    b->y0 = y0, b->y1 = y1;
    if (w != b->w_end) b->w = w, chip_blocks(b);
    if (!rest) return;
    int8_t last[CHIP_ROWS][CHIP_COLUMNS];
    const int32_t done = (int32_t)((b->w_end - w) / (w_end - b->w_end)) * CHIP_COLUMNS;
    struct chip_tile few = {b->x, b->x_end, b->w_end, w_end, last[0], last[1], b->zero};
    chip_blocks(&few);
    memcpy(y1 + done, last[1], (size_t)rest);
    memcpy(y0 + done, last[0], (size_t)rest);
}

/* `sums`, where weights have a zero point, adds what takes it off to a window's activations. */
typedef void (*chip_sums)(chip_act *to, int row, const int8_t *from, int32_t K);
EDGE_INLINE void chip_conv(const struct chip_conv_i8 *a, chip_sums sums) {
    const int32_t depth = a->C / a->G, columns = a->O / a->G, K = a->KH * a->KW * depth, C = a->C, W = a->W, O = a->O;
    const int32_t real = (K + CHIP_STEP - 1) / CHIP_STEP, steps = real + (sums ? chip_chunk_steps(K) : 0);
    const int32_t group_words = (columns + CHIP_COLUMNS - 1) / CHIP_COLUMNS * CHIP_COLUMNS * (steps * CHIP_STEP / 4 + 2);
    const int32_t down = (a->KH - 1) * a->dilation_h, across = a->KW - 1, KH = a->KH, bytes = a->KW * depth;
    const int together = a->dilation_w == 1 && a->G == 1, in_place = a->G == 1 && K == C && !a->pad_top && !a->pad_left;
    const int32_t rest = columns % CHIP_COLUMNS;
    chip_act *const act = a->scratch;
    int8_t *window = (int8_t *)(act + CHIP_ROWS * CHIP_STEP * steps);
    const uint32_t *w = a->w;
    for (int32_t g = 0; g < a->G; g++, w += group_words) {
        const int8_t *image = a->x + g * depth;
        int8_t *y = a->y + g * columns, *before = y;
        struct chip_tile b = {act, act + CHIP_ROWS * CHIP_STEP * steps, w, w + group_words, y, y, a->y_zero};
        if (rest) b.w_end -= CHIP_COLUMNS * (steps * CHIP_STEP / 4 + 2);
        int row = 0;
        for (int32_t p = a->P, top = -a->pad_top; p > 0; p--, top += a->stride_h) {
            const int middle = together && top >= 0 && top + down < a->H;
            for (int32_t q = a->Q, left = -a->pad_left; q > 0; q--, left += a->stride_w, y += O) {
                const int8_t *from = image + (top * W + left) * C;
                if (!in_place) {
                    int8_t *to = window;
                    if (middle && left >= 0 && left + across < W)
                        for (int32_t i = KH; i > 0; i--, from += a->dilation_h * W * C) to = chip_copy(to, from, bytes);
                    else chip_window(a, image, top, left, depth, to);
                    from = window;
                }
                chip_spread(act, row, from, real);
                if (sums) sums(act + CHIP_ROWS * CHIP_STEP * real, row, from, K);
                if (row || (p == 1 && q == 1)) chip_columns(&b, w, w + group_words, rest, row ? before : y, y);
                before = y, row ^= 1;
            }
        }
    }
}
CHIP_KERNEL void chip_conv_i8(const struct chip_conv_i8 *a) { chip_conv(a, NULL); }
CHIP_KERNEL void chip_conv_shifted_i8(const struct chip_conv_i8 *a) { chip_conv(a, chip_spread_sums); }
