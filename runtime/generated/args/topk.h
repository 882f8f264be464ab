/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_TOPK_H
#define EDGE_ARGS_TOPK_H
#include <stddef.h>
#include <stdint.h>

struct edge_topk_f32 {
    const float *x;
    float *y;
    int64_t *places;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t k;
    int32_t largest;
};

struct edge_topk_f64 {
    const double *x;
    double *y;
    int64_t *places;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t k;
    int32_t largest;
};

struct edge_topk_i32 {
    const int32_t *x;
    int32_t *y;
    int64_t *places;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t k;
    int32_t largest;
};

struct edge_topk_i64 {
    const int64_t *x;
    int64_t *y;
    int64_t *places;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t k;
    int32_t largest;
};

struct edge_topk_i8 {
    const int8_t *x;
    int8_t *y;
    int64_t *places;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t k;
    int32_t largest;
};

struct edge_topk_u64 {
    const uint64_t *x;
    uint64_t *y;
    int64_t *places;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t k;
    int32_t largest;
};
#endif
