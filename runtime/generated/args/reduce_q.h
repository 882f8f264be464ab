/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_REDUCE_Q_H
#define EDGE_ARGS_REDUCE_Q_H
#include <stddef.h>
#include <stdint.h>

struct edge_reduce_q_i16 {
    const int16_t *x;
    int16_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_reduce_q_i8 {
    const int8_t *x;
    int8_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};
#endif
