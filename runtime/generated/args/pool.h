/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_POOL_H
#define EDGE_ARGS_POOL_H
#include <stddef.h>
#include <stdint.h>

struct edge_avg_pool2d_f32 {
    const float *x;
    float *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t from_h;
    int32_t to_h;
    int32_t from_w;
    int32_t to_w;
    float lo;
    float hi;
};

struct edge_avg_pool2d_i8 {
    const int8_t *x;
    int8_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t from_h;
    int32_t to_h;
    int32_t from_w;
    int32_t to_w;
    int32_t halves_up;
    int32_t lo;
    int32_t hi;
};

struct edge_max_pool2d_f32 {
    const float *x;
    float *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    float lo;
    float hi;
};

struct edge_max_pool2d_i16 {
    const int16_t *x;
    int16_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t lo;
    int32_t hi;
};
#endif
