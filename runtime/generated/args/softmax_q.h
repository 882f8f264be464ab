/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_SOFTMAX_Q_H
#define EDGE_ARGS_SOFTMAX_Q_H
#include <stddef.h>
#include <stdint.h>

struct edge_log_softmax_q_i16_i16 {
    const int16_t *x;
    const float *coarse;
    const float *fine;
    int16_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
    float per_log2;
};

struct edge_log_softmax_q_i16_i8 {
    const int16_t *x;
    const float *coarse;
    const float *fine;
    int8_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
    float per_log2;
};

struct edge_log_softmax_q_i8_i16 {
    const int8_t *x;
    const float *coarse;
    const float *fine;
    int16_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
    float per_log2;
};

struct edge_log_softmax_q_i8_i8 {
    const int8_t *x;
    const float *coarse;
    const float *fine;
    int8_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
    float per_log2;
};

struct edge_softmax_q_i16_i16 {
    const int16_t *x;
    const float *coarse;
    const float *fine;
    int16_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
};

struct edge_softmax_q_i16_i8 {
    const int16_t *x;
    const float *coarse;
    const float *fine;
    int8_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
};

struct edge_softmax_q_i8_i16 {
    const int8_t *x;
    const float *coarse;
    const float *fine;
    int16_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
};
#endif
