/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_FULLY_CONNECTED_F32_H
#define EDGE_ARGS_FULLY_CONNECTED_F32_H
#include <stddef.h>
#include <stdint.h>

struct edge_fully_connected_direct_f32 {
    const float *x;
    const float *w;
    const float *bias;
    const float *residual;
    float *y;
    int32_t M;
    int32_t N;
    int32_t K;
    float lo;
    float hi;
};

struct edge_fully_connected_f32 {
    const float *x;
    const float *w;
    const float *bias;
    const float *residual;
    float *y;
    int32_t M;
    int32_t N;
    int32_t K;
    float lo;
    float hi;
    const void *packed;
};

struct edge_fully_connected_f32_bf16 {
    const float *x;
    const uint16_t *w;
    const float *bias;
    const float *residual;
    float *y;
    int32_t M;
    int32_t N;
    int32_t K;
    float lo;
    float hi;
    const void *packed;
};

struct edge_fully_connected_f32_f16 {
    const float *x;
    const uint16_t *w;
    const float *bias;
    const float *residual;
    float *y;
    int32_t M;
    int32_t N;
    int32_t K;
    float lo;
    float hi;
    const void *packed;
};
#endif
