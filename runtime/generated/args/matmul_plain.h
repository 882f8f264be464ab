/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_MATMUL_PLAIN_H
#define EDGE_ARGS_MATMUL_PLAIN_H
#include <stddef.h>
#include <stdint.h>

struct edge_matmul_f64 {
    const double *a;
    const double *b;
    double *y;
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

struct edge_matmul_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
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

struct edge_matmul_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
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

struct edge_matmul_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
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
