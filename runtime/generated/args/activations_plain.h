/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_ACTIVATIONS_PLAIN_H
#define EDGE_ARGS_ACTIVATIONS_PLAIN_H
#include <stddef.h>
#include <stdint.h>

struct edge_celu_f64 {
    const double *x;
    double *y;
    int32_t n;
    double alpha;
};

struct edge_clip_f64 {
    const double *x;
    double *y;
    int32_t n;
    double lo;
    double hi;
};

struct edge_clip_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
    int64_t lo;
    int64_t hi;
};

struct edge_clip_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
    int64_t lo;
    int64_t hi;
};

struct edge_clip_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t n;
    int64_t lo;
    int64_t hi;
};

struct edge_elu_f64 {
    const double *x;
    double *y;
    int32_t n;
    double alpha;
};

struct edge_gelu_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_gelu_tanh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_hard_sigmoid_f64 {
    const double *x;
    double *y;
    int32_t n;
    double alpha;
    double beta;
};

struct edge_hard_swish_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_leaky_relu_f64 {
    const double *x;
    double *y;
    int32_t n;
    double alpha;
};

struct edge_mish_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_relu_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_relu_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
};

struct edge_relu_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
};

struct edge_selu_f64 {
    const double *x;
    double *y;
    int32_t n;
    double alpha;
    double gamma;
};

struct edge_shrink_f64 {
    const double *x;
    double *y;
    int32_t n;
    double bias;
    double lambd;
};

struct edge_silu_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_softplus_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_softsign_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_thresholded_relu_f64 {
    const double *x;
    double *y;
    int32_t n;
    double alpha;
};
#endif
