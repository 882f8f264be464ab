/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_REQUANTIZE_PLAIN_H
#define EDGE_ARGS_REQUANTIZE_PLAIN_H
#include <stddef.h>
#include <stdint.h>

struct edge_flip_sign {
    const uint8_t *x;
    uint8_t *y;
    int32_t n;
};

struct edge_requantize_i16_i32 {
    const int16_t *x;
    int32_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i16_u16 {
    const int16_t *x;
    uint16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i32_i16 {
    const int32_t *x;
    int16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i32_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i32_i8 {
    const int32_t *x;
    int8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i32_u16 {
    const int32_t *x;
    uint16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i32_u8 {
    const int32_t *x;
    uint8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i8_i32 {
    const int8_t *x;
    int32_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i8_u16 {
    const int8_t *x;
    uint16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u16_i16 {
    const uint16_t *x;
    int16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u16_i32 {
    const uint16_t *x;
    int32_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u16_i8 {
    const uint16_t *x;
    int8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u16_u16 {
    const uint16_t *x;
    uint16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u16_u8 {
    const uint16_t *x;
    uint8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u8_i32 {
    const uint8_t *x;
    int32_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u8_u16 {
    const uint8_t *x;
    uint16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};
#endif
