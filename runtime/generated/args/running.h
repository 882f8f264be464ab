/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_RUNNING_H
#define EDGE_ARGS_RUNNING_H
#include <stddef.h>
#include <stdint.h>

struct edge_cumprod_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumprod_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumprod_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumprod_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumprod_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumsum_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumsum_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumsum_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumsum_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumsum_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};
#endif
