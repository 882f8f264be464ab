/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_FULLY_CONNECTED_RECTIFIED_F32_H
#define EDGE_ARGS_FULLY_CONNECTED_RECTIFIED_F32_H
#include <stddef.h>
#include <stdint.h>

struct edge_fully_connected_rectified_f32 {
    const float *x;
    const float *w;
    const float *bias;
    float *y;
    int32_t N;
    int32_t K;
    float lo;
    float hi;
    const void *packed;
};
#endif
