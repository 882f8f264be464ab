/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_LSTM_H
#define EDGE_ARGS_LSTM_H
#include <stddef.h>
#include <stdint.h>

struct edge_lstm_f32 {
    const float *x;
    const float *r;
    const int32_t *lengths;
    const float *h0;
    const float *c0;
    const float *peephole;
    const float *projection;
    const float *projection_bias;
    const float *norm;
    const float *norm_bias;
    float *y;
    float *h;
    float *c;
    int32_t steps;
    int32_t batch;
    int32_t units;
    int32_t out;
    int32_t reverse;
    int32_t coupled;
    int32_t act[3];
    float alpha[3];
    float beta[3];
    float clip;
    float cell_clip;
    float projection_clip;
};
#endif
