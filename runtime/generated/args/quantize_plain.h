/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_QUANTIZE_PLAIN_H
#define EDGE_ARGS_QUANTIZE_PLAIN_H
#include <stddef.h>
#include <stdint.h>

struct edge_dequantize_i32 {
    const int32_t *x;
    const float *scale;
    const int32_t *zero;
    float *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_dequantize_u16 {
    const uint16_t *x;
    const float *scale;
    const int32_t *zero;
    float *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_quantize_i32 {
    const float *x;
    const float *scale;
    const int32_t *zero;
    int32_t *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_quantize_u16 {
    const float *x;
    const float *scale;
    const int32_t *zero;
    uint16_t *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};
#endif
