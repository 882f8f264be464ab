/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_REDUCE_PLAIN_H
#define EDGE_ARGS_REDUCE_PLAIN_H
#include <stddef.h>
#include <stdint.h>

struct edge_reduce_all_bool {
    const uint8_t *x;
    uint8_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_any_bool {
    const uint8_t *x;
    uint8_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_l1_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_l1_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_l1_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_max_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_max_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_max_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_max_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_min_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_min_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_min_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_min_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_prod_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_prod_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_prod_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_prod_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_square_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_square_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_square_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_square_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};
#endif
