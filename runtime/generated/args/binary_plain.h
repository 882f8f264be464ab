/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_BINARY_PLAIN_H
#define EDGE_ARGS_BINARY_PLAIN_H
#include <stddef.h>
#include <stdint.h>

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

struct edge_atan2_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_and_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_and_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_and_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_and_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_or_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_or_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_or_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_or_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_xor_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_xor_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_xor_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_xor_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_div_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_div_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_div_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_div_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_equal_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_equal_f64 {
    const double *a;
    const double *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_equal_i32 {
    const int32_t *a;
    const int32_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_equal_i64 {
    const int64_t *a;
    const int64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_equal_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_floor_div_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_floor_div_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_floor_div_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_floor_div_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_fmod_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_fmod_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_fmod_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_fmod_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_fmod_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_equal_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_equal_f64 {
    const double *a;
    const double *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_equal_i32 {
    const int32_t *a;
    const int32_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_equal_i64 {
    const int64_t *a;
    const int64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_equal_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_f64 {
    const double *a;
    const double *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_i32 {
    const int32_t *a;
    const int32_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_i64 {
    const int64_t *a;
    const int64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_equal_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_equal_f64 {
    const double *a;
    const double *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_equal_i32 {
    const int32_t *a;
    const int32_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_equal_i64 {
    const int64_t *a;
    const int64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_equal_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_f64 {
    const double *a;
    const double *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_i32 {
    const int32_t *a;
    const int32_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_i64 {
    const int64_t *a;
    const int64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_logical_and_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_logical_or_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_logical_xor_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_maximum_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_maximum_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_maximum_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_maximum_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_minimum_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_minimum_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_minimum_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_minimum_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mod_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mod_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mod_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mod_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mod_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
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

struct edge_not_equal_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_not_equal_f64 {
    const double *a;
    const double *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_not_equal_i32 {
    const int32_t *a;
    const int32_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_not_equal_i64 {
    const int64_t *a;
    const int64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_not_equal_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_pow_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_pow_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_pow_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_pow_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_prelu_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_prelu_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_prelu_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_shift_left_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_shift_left_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_shift_left_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_shift_right_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_shift_right_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_shift_right_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_squared_difference_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_squared_difference_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_squared_difference_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_squared_difference_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
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
#endif
