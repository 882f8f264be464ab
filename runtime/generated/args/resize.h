/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_RESIZE_H
#define EDGE_ARGS_RESIZE_H
#include <stddef.h>
#include <stdint.h>

struct edge_resize_axis_f32 {
    const float *x;
    const int32_t *index;
    const float *weight;
    const float *bias;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t m;
    int32_t inner;
    int32_t taps;
};

struct edge_resize_linear_i8 {
    const int8_t *x;
    const int32_t *rows;
    const int32_t *columns;
    int8_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
};

struct edge_resize_linear_u8 {
    const int8_t *x;
    const int32_t *rows;
    const float *down;
    const int32_t *columns;
    const float *across;
    int8_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
};
#endif
