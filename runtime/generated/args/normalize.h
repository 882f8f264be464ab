/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_NORMALIZE_H
#define EDGE_ARGS_NORMALIZE_H
#include <stddef.h>
#include <stdint.h>

struct edge_layer_norm_f32 {
    const float *x;
    const float *scale;
    const float *bias;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t center;
    float epsilon;
};

struct edge_lrn_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t size;
    float alpha;
    float beta;
    float bias;
};
#endif
