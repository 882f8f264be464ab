/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_H
#define EDGE_ARGS_H
#include <stddef.h>
#include <stdint.h>

struct edge_add_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_add_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_add_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_add_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_add_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_copy_bytes {
    const uint8_t *x;
    uint8_t *y;
    int64_t n;
};

struct edge_copy_nd {
    const uint8_t *x;
    uint8_t *y;
    int32_t x_strides[8];
    int32_t y_strides[8];
    int32_t dims[8];
    int32_t x_start;
    int32_t size;
};

struct edge_mul_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mul_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mul_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mul_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mul_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_sub_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_sub_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_sub_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_sub_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_sub_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

/* name of every kernel, by how it is compiled; expanded into prototypes and tables */
#define EDGE_VECTOR_KERNELS(X) \
    X(add_f32) \
    X(mul_f32) \
    X(sub_f32)
#define EDGE_PORTABLE_KERNELS(X) \
    X(add_f64) \
    X(add_i32) \
    X(add_i64) \
    X(add_u64) \
    X(copy_bytes) \
    X(copy_nd) \
    X(mul_f64) \
    X(mul_i32) \
    X(mul_i64) \
    X(mul_u64) \
    X(sub_f64) \
    X(sub_i32) \
    X(sub_i64) \
    X(sub_u64)
#define EDGE_PACKED_KERNELS(X)
enum edge_kernel_id {
    EDGE_K_add_f32,
    EDGE_K_add_f64,
    EDGE_K_add_i32,
    EDGE_K_add_i64,
    EDGE_K_add_u64,
    EDGE_K_copy_bytes,
    EDGE_K_copy_nd,
    EDGE_K_mul_f32,
    EDGE_K_mul_f64,
    EDGE_K_mul_i32,
    EDGE_K_mul_i64,
    EDGE_K_mul_u64,
    EDGE_K_sub_f32,
    EDGE_K_sub_f64,
    EDGE_K_sub_i32,
    EDGE_K_sub_i64,
    EDGE_K_sub_u64,
    EDGE_KERNEL_COUNT
};
#endif
