/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_MATMUL_F32_H
#define EDGE_ARGS_MATMUL_F32_H
#include <stddef.h>
#include <stdint.h>

struct edge_matmul_f32 {
    const float *a;
    const float *b;
    float *y;
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
};
#endif
