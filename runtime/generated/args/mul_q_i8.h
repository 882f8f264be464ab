/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_MUL_Q_I8_H
#define EDGE_ARGS_MUL_Q_I8_H
#include <stddef.h>
#include <stdint.h>

struct edge_mul_q_i8 {
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
#endif
