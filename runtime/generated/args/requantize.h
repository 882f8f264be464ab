/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_REQUANTIZE_H
#define EDGE_ARGS_REQUANTIZE_H
#include <stddef.h>
#include <stdint.h>

struct edge_requantize_i16_i16 {
    const int16_t *x;
    int16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i16_i8 {
    const int16_t *x;
    int8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i16_u8 {
    const int16_t *x;
    uint8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i8_i16 {
    const int8_t *x;
    int16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i8_i8 {
    const int8_t *x;
    int8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i8_u8 {
    const int8_t *x;
    uint8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u8_i16 {
    const uint8_t *x;
    int16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u8_i8 {
    const uint8_t *x;
    int8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u8_u8 {
    const uint8_t *x;
    uint8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};
#endif
