/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_ARG_F32_H
#define EDGE_ARGS_ARG_F32_H
#include <stddef.h>
#include <stdint.h>

struct edge_argmax_f32 {
    const float *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmin_f32 {
    const float *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};
#endif
