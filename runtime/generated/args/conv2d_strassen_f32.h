/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_CONV2D_STRASSEN_F32_H
#define EDGE_ARGS_CONV2D_STRASSEN_F32_H
#include <stddef.h>
#include <stdint.h>

struct edge_conv2d_strassen_f32 {
    const float *x;
    const float *w;
    const float *bias;
    float *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t O;
    float lo;
    float hi;
    const void *packed;
};
#endif
