/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_LSTM_Q_H
#define EDGE_ARGS_LSTM_Q_H
#include <stddef.h>
#include <stdint.h>

struct edge_lstm_q_i8 {
    const int8_t *x;
    const int8_t *w;
    const int8_t *r;
    const int32_t *bias;
    const int8_t *h0;
    const int16_t *c0;
    const int16_t *peephole;
    const int8_t *projection;
    const int32_t *projection_bias;
    const int16_t *norm;
    int8_t *y;
    int8_t *h;
    int16_t *c;
    int32_t steps;
    int32_t batch;
    int32_t inputs;
    int32_t units;
    int32_t out;
    int32_t reverse;
    int32_t coupled;
    int32_t cell_bits;
    int32_t cell_clip;
    int32_t mantissa[17];
    int32_t least_variance[4];
    int32_t shift[17];
    int32_t zero_x;
    int32_t zero_h;
    int32_t zero_hidden;
    int32_t lo;
    int32_t hi;
    const void *packed;
};
#endif
