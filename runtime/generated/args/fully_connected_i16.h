/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_FULLY_CONNECTED_I16_H
#define EDGE_ARGS_FULLY_CONNECTED_I16_H
#include <stddef.h>
#include <stdint.h>

struct edge_fully_connected_i16 {
    const int16_t *x;
    const int8_t *w;
    const int64_t *bias;
    const float *multiplier;
    int16_t *y;
    int32_t M;
    int32_t N;
    int32_t K;
    int32_t lo;
    int32_t hi;
    const void *packed;
};
#endif
