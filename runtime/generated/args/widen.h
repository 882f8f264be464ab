/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_WIDEN_H
#define EDGE_ARGS_WIDEN_H
#include <stddef.h>
#include <stdint.h>

struct edge_widen_bf16 {
    const uint16_t *x;
    float *y;
    int32_t n;
};

struct edge_widen_f16 {
    const uint16_t *x;
    float *y;
    int32_t n;
};
#endif
