/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_UNARY_H
#define EDGE_ARGS_UNARY_H
#include <stddef.h>
#include <stdint.h>

struct edge_abs_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_acos_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_acosh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_asin_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_asinh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_atan_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_atanh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_ceil_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_cos_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_cosh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_erf_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_exp_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_expm1_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_floor_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_isinf_f32 {
    const float *x;
    uint8_t *y;
    int32_t n;
    int32_t negative;
    int32_t positive;
};

struct edge_isnan_f32 {
    const float *x;
    uint8_t *y;
    int32_t n;
};

struct edge_log1p_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_log_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_neg_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_reciprocal_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_round_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_rsqrt_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_sigmoid_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_sign_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_sin_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_sinh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_sqrt_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_square_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_tan_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_tanh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_trunc_f32 {
    const float *x;
    float *y;
    int32_t n;
};
#endif
