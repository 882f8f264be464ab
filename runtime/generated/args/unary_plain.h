/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_UNARY_PLAIN_H
#define EDGE_ARGS_UNARY_PLAIN_H
#include <stddef.h>
#include <stdint.h>

struct edge_abs_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_abs_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
};

struct edge_abs_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
};

struct edge_abs_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t n;
};

struct edge_acos_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_acosh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_asin_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_asinh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_atan_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_atanh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_bitwise_not_bool {
    const uint8_t *x;
    uint8_t *y;
    int32_t n;
};

struct edge_bitwise_not_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
};

struct edge_bitwise_not_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
};

struct edge_bitwise_not_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t n;
};

struct edge_ceil_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_cos_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_cosh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_erf_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_exp_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_expm1_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_floor_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_isinf_f64 {
    const double *x;
    uint8_t *y;
    int32_t n;
    int32_t negative;
    int32_t positive;
};

struct edge_isnan_f64 {
    const double *x;
    uint8_t *y;
    int32_t n;
};

struct edge_log1p_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_log_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_logical_not_bool {
    const uint8_t *x;
    uint8_t *y;
    int32_t n;
};

struct edge_neg_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_neg_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
};

struct edge_neg_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
};

struct edge_neg_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t n;
};

struct edge_reciprocal_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_round_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_rsqrt_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_sigmoid_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_sign_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_sign_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
};

struct edge_sign_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
};

struct edge_sign_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t n;
};

struct edge_sin_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_sinh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_sqrt_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_square_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_square_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
};

struct edge_square_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
};

struct edge_square_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t n;
};

struct edge_tan_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_tanh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_trunc_f64 {
    const double *x;
    double *y;
    int32_t n;
};
#endif
