/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_BINARY_H
#define EDGE_ARGS_BINARY_H
#include <stddef.h>
#include <stdint.h>

struct edge_add_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_atan2_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_div_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_equal_f32 {
    const float *a;
    const float *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_floor_div_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_equal_f32 {
    const float *a;
    const float *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_f32 {
    const float *a;
    const float *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_equal_f32 {
    const float *a;
    const float *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_f32 {
    const float *a;
    const float *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_maximum_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_minimum_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mul_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_not_equal_f32 {
    const float *a;
    const float *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_pow_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_prelu_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_squared_difference_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_sub_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};
#endif
