/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_BINARY_Q_H
#define EDGE_ARGS_BINARY_Q_H
#include <stddef.h>
#include <stdint.h>

struct edge_add_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_add_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    int32_t k_a;
    int32_t k_b;
    int32_t shift;
};

struct edge_div_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_div_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_equal_q_i16 {
    const int16_t *a;
    const int16_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_equal_q_i8 {
    const int8_t *a;
    const int8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_greater_equal_q_i16 {
    const int16_t *a;
    const int16_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_greater_equal_q_i8 {
    const int8_t *a;
    const int8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_greater_q_i16 {
    const int16_t *a;
    const int16_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_greater_q_i8 {
    const int8_t *a;
    const int8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_less_equal_q_i16 {
    const int16_t *a;
    const int16_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_less_equal_q_i8 {
    const int8_t *a;
    const int8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_less_q_i16 {
    const int16_t *a;
    const int16_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_less_q_i8 {
    const int8_t *a;
    const int8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_maximum_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_maximum_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_minimum_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_minimum_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_mul_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_not_equal_q_i16 {
    const int16_t *a;
    const int16_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_not_equal_q_i8 {
    const int8_t *a;
    const int8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_prelu_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_prelu_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_squared_difference_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_squared_difference_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_sub_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_sub_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    int32_t k_a;
    int32_t k_b;
    int32_t shift;
};
#endif
