/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_RNN_H
#define EDGE_ARGS_RNN_H
#include <stddef.h>
#include <stdint.h>

struct edge_rnn_f32 {
    const float *x;
    const float *r;
    const int32_t *lengths;
    const float *h0;
    float *y;
    float *h;
    int32_t steps;
    int32_t batch;
    int32_t units;
    int32_t reverse;
    int32_t act;
    float alpha;
    float beta;
    float clip;
};
#endif
