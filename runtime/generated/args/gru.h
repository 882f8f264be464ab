/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_GRU_H
#define EDGE_ARGS_GRU_H
#include <stddef.h>
#include <stdint.h>

struct edge_gru_f32 {
    const float *x;
    const float *r;
    const int32_t *lengths;
    const float *h0;
    const float *bias;
    float *y;
    float *h;
    int32_t steps;
    int32_t batch;
    int32_t units;
    int32_t reverse;
    int32_t reset_after;
    int32_t act[2];
    float alpha[2];
    float beta[2];
    float clip;
};
#endif
