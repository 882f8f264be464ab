/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_NONZERO_H
#define EDGE_ARGS_NONZERO_H
#include <stddef.h>
#include <stdint.h>

struct edge_compress {
    const uint8_t *x;
    const uint8_t *condition;
    uint8_t *y;
    int64_t *count;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t length;
};

struct edge_nonzero_bool {
    const uint8_t *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_nonzero_f32 {
    const float *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_nonzero_f64 {
    const double *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_nonzero_i32 {
    const int32_t *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_nonzero_i64 {
    const int64_t *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_nonzero_i8 {
    const int8_t *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_nonzero_u64 {
    const uint64_t *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_unique_f32 {
    const float *x;
    float *y;
    int64_t *first;
    int64_t *inverse;
    int64_t *counts;
    int64_t *count;
    int32_t n;
    int32_t sorted;
};

struct edge_unique_f64 {
    const double *x;
    double *y;
    int64_t *first;
    int64_t *inverse;
    int64_t *counts;
    int64_t *count;
    int32_t n;
    int32_t sorted;
};

struct edge_unique_i32 {
    const int32_t *x;
    int32_t *y;
    int64_t *first;
    int64_t *inverse;
    int64_t *counts;
    int64_t *count;
    int32_t n;
    int32_t sorted;
};

struct edge_unique_i64 {
    const int64_t *x;
    int64_t *y;
    int64_t *first;
    int64_t *inverse;
    int64_t *counts;
    int64_t *count;
    int32_t n;
    int32_t sorted;
};

struct edge_unique_u64 {
    const uint64_t *x;
    uint64_t *y;
    int64_t *first;
    int64_t *inverse;
    int64_t *counts;
    int64_t *count;
    int32_t n;
    int32_t sorted;
};
#endif
