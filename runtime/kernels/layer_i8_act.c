/* Any int8 layer with a function before rounding, from weights as they lie: for chips, and for multipliers of 1 and more.
 *
 * It is the convolution of conv2d_i8.c, whose weights of neighbouring outputs, places and channels lie w_out, w_tap and
 * w_in apart; depthwise and fully connected layers are convolutions too. */
#include "settle_wide.h"

/* The sum under the window at row iy and column ix, for output o. */
static int32_t layer_i8_sum(const struct edge_layer_i8_act *a, int64_t n, int64_t iy, int64_t ix, int64_t o) {
    const int64_t depth = a->C / a->G, first = o / (a->O / a->G) * depth;
    const uint32_t w_zero = a->w_zero ? (uint32_t)a->w_zero[o] : 0;
    uint32_t sum = a->bias ? (uint32_t)a->bias[o] : 0;
    for (int64_t kh = 0; kh < a->KH; kh++) {
        const int64_t y = iy + kh * a->dilation_h;
        if (y < 0 || y >= a->H) continue;
        for (int64_t kw = 0; kw < a->KW; kw++) {
            const int64_t at = ix + kw * a->dilation_w;
            if (at < 0 || at >= a->W) continue;
            const int8_t *x = a->x + ((n * a->H + y) * a->W + at) * a->C + first;
            const int8_t *w = a->w + o * a->w_out + (kh * a->KW + kw) * a->w_tap;
            for (int64_t c = 0; c < depth; c++)
                sum += (uint32_t)(x[c] - a->x_zero) * ((uint32_t)w[c * a->w_in] - w_zero);
        }
    }
    return (int32_t)sum;
}

EDGE_KERNEL(layer_i8_act) {
    size_t pixel, end;
    edge_share(t, (size_t)a->N * (size_t)a->P * (size_t)a->Q, &pixel, &end);
    for (; pixel < end; pixel++) {
        const int64_t at = (int64_t)pixel, n = at / a->Q / a->P, p = at / a->Q % a->P, q = at % a->Q;
        const int64_t iy = p * a->stride_h - a->pad_top, ix = q * a->stride_w - a->pad_left;
        for (int64_t o = 0; o < a->O; o++) {
            const float steps = (float)layer_i8_sum(a, n, iy, ix, o) * a->multiplier[o];
            const float scaled = steps * a->gain; /* apart, so that no compiler fuses it with the sum */
            const float share = scaled + a->offset, low = share > a->least ? share : a->least;
            const float gated = steps * (low < 1.0f ? low : 1.0f), leak = steps * a->least;
            const float bent = a->gain > 0 ? gated : steps > leak ? steps : leak; /* see struct i8_bend */
            a->y[at * a->O + o] = (int8_t)settle_wide(bent, a->y_zero, a->lo, a->hi);
        }
    }
    return EDGE_OK;
}
