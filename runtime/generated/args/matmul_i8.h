/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_MATMUL_I8_H
#define EDGE_ARGS_MATMUL_I8_H
#include <stddef.h>
#include <stdint.h>

struct edge_matmul_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t batch;
    int32_t M;
    int32_t N;
    int32_t K;
    int32_t a_batch;
    int32_t a_row;
    int32_t a_col;
    int32_t b_batch;
    int32_t b_row;
    int32_t b_col;
    int32_t a_zero;
    int32_t b_zero;
    int32_t y_zero;
    int32_t lo;
    int32_t hi;
    float multiplier;
};
#endif
