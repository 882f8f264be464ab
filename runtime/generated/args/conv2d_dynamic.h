/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_CONV2D_DYNAMIC_H
#define EDGE_ARGS_CONV2D_DYNAMIC_H
#include <stddef.h>
#include <stdint.h>

struct edge_conv2d_dynamic {
    const int8_t *x;
    const float *scale;
    const int32_t *zero;
    const int8_t *w;
    const float *w_scale;
    const int32_t *w_sum;
    const int32_t *w_zero;
    const float *bias;
    float *y;
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
    int32_t each;
    float lo;
    float hi;
    const void *packed;
};
#endif
