/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_SVDF_Q_H
#define EDGE_ARGS_SVDF_Q_H
#include <stddef.h>
#include <stdint.h>

struct edge_svdf_q_i16 {
    const int8_t *x;
    const int8_t *features;
    const int16_t *times;
    const int32_t *bias;
    const int16_t *state;
    int8_t *y;
    int16_t *fresh;
    int32_t batch;
    int32_t inputs;
    int32_t units;
    int32_t rank;
    int32_t memory;
    int32_t zero_x;
    int32_t zero_state;
    int32_t zero_y;
    int32_t mantissa[2];
    int32_t shift[2];
};

struct edge_svdf_q_i8 {
    const int8_t *x;
    const int8_t *features;
    const int8_t *times;
    const int32_t *bias;
    const int8_t *state;
    int8_t *y;
    int8_t *fresh;
    int32_t batch;
    int32_t inputs;
    int32_t units;
    int32_t rank;
    int32_t memory;
    int32_t zero_x;
    int32_t zero_state;
    int32_t zero_y;
    int32_t mantissa[2];
    int32_t shift[2];
};
#endif
