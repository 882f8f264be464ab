/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_SVDF_H
#define EDGE_ARGS_SVDF_H
#include <stddef.h>
#include <stdint.h>

struct edge_svdf_f32 {
    const float *x;
    const float *features;
    const float *times;
    const float *bias;
    const float *state;
    float *y;
    float *fresh;
    int32_t batch;
    int32_t inputs;
    int32_t units;
    int32_t rank;
    int32_t memory;
};
#endif
