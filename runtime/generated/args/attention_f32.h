/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_ATTENTION_F32_H
#define EDGE_ARGS_ATTENTION_F32_H
#include <stddef.h>
#include <stdint.h>

struct edge_attention_f32 {
    const float *q;
    const float *k;
    const float *v;
    const float *mask;
    float *y;
    int32_t outer;
    int32_t inner;
    int32_t M;
    int32_t N;
    int32_t D;
    int32_t E;
    int32_t q_outer;
    int32_t q_inner;
    int32_t q_row;
    int32_t k_outer;
    int32_t k_inner;
    int32_t k_row;
    int32_t v_outer;
    int32_t v_inner;
    int32_t v_row;
    int32_t mask_outer;
    int32_t mask_inner;
    int32_t mask_row;
    int32_t y_outer;
    int32_t y_inner;
    int32_t y_row;
    float scale;
};
#endif
