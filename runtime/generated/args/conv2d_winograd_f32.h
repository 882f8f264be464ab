/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_CONV2D_WINOGRAD_F32_H
#define EDGE_ARGS_CONV2D_WINOGRAD_F32_H
#include <stddef.h>
#include <stdint.h>

struct edge_conv2d_winograd_f32 {
    const float *x;
    const float *w;
    const float *bias;
    const float *residual;
    float *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t O;
    int32_t pad_top;
    int32_t pad_left;
    float lo;
    float hi;
    const void *packed;
};

struct edge_conv2d_winograd_f32_bf16 {
    const float *x;
    const uint16_t *w;
    const float *bias;
    const float *residual;
    float *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t O;
    int32_t pad_top;
    int32_t pad_left;
    float lo;
    float hi;
    const void *packed;
};

struct edge_conv2d_winograd_f32_f16 {
    const float *x;
    const uint16_t *w;
    const float *bias;
    const float *residual;
    float *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t O;
    int32_t pad_top;
    int32_t pad_left;
    float lo;
    float hi;
    const void *packed;
};
#endif
