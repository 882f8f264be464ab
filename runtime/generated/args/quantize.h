/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_QUANTIZE_H
#define EDGE_ARGS_QUANTIZE_H
#include <stddef.h>
#include <stdint.h>

struct edge_dequantize_i16 {
    const int16_t *x;
    const float *scale;
    const int32_t *zero;
    float *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_dequantize_i8 {
    const int8_t *x;
    const float *scale;
    const int32_t *zero;
    float *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_dequantize_u8 {
    const uint8_t *x;
    const float *scale;
    const int32_t *zero;
    float *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_quantize_i16 {
    const float *x;
    const float *scale;
    const int32_t *zero;
    int16_t *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_quantize_i8 {
    const float *x;
    const float *scale;
    const int32_t *zero;
    int8_t *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_quantize_rows_f32 {
    const float *x;
    int8_t *q;
    float *scale;
    int32_t *zero;
    int32_t rows;
    int32_t n;
};

struct edge_quantize_u8 {
    const float *x;
    const float *scale;
    const int32_t *zero;
    uint8_t *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};
#endif
