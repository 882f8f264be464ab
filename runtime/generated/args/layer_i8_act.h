/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_LAYER_I8_ACT_H
#define EDGE_ARGS_LAYER_I8_ACT_H
#include <stddef.h>
#include <stdint.h>

struct edge_layer_i8_act {
    const int8_t *x;
    const int8_t *w;
    const int32_t *bias;
    const float *multiplier;
    const int32_t *w_zero;
    int8_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t O;
    int32_t KH;
    int32_t KW;
    int32_t G;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t w_out;
    int32_t w_tap;
    int32_t w_in;
    int32_t x_zero;
    int32_t y_zero;
    int32_t lo;
    int32_t hi;
    float gain;
    float offset;
    float least;
};
#endif
