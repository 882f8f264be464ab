/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_ACTIVATIONS_H
#define EDGE_ARGS_ACTIVATIONS_H
#include <stddef.h>
#include <stdint.h>

struct edge_celu_f32 {
    const float *x;
    float *y;
    int32_t n;
    float alpha;
};

struct edge_clip_f32 {
    const float *x;
    float *y;
    int32_t n;
    float lo;
    float hi;
};

struct edge_elu_f32 {
    const float *x;
    float *y;
    int32_t n;
    float alpha;
};

struct edge_gelu_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_gelu_tanh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_hard_sigmoid_f32 {
    const float *x;
    float *y;
    int32_t n;
    float alpha;
    float beta;
};

struct edge_hard_swish_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_leaky_relu_f32 {
    const float *x;
    float *y;
    int32_t n;
    float alpha;
};

struct edge_mish_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_relu_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_selu_f32 {
    const float *x;
    float *y;
    int32_t n;
    float alpha;
    float gamma;
};

struct edge_shrink_f32 {
    const float *x;
    float *y;
    int32_t n;
    float bias;
    float lambd;
};

struct edge_silu_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_softplus_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_softsign_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_thresholded_relu_f32 {
    const float *x;
    float *y;
    int32_t n;
    float alpha;
};
#endif
