/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_ARG_H
#define EDGE_ARGS_ARG_H
#include <stddef.h>
#include <stdint.h>

struct edge_argmax_f64 {
    const double *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmax_i32 {
    const int32_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmax_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmax_i8 {
    const int8_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmax_u64 {
    const uint64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmin_f64 {
    const double *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmin_i32 {
    const int32_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmin_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmin_i8 {
    const int8_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmin_u64 {
    const uint64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};
#endif
