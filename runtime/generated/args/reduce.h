/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_REDUCE_H
#define EDGE_ARGS_REDUCE_H
#include <stddef.h>
#include <stdint.h>

struct edge_reduce_l1_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_max_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_min_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_prod_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_square_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};
#endif
