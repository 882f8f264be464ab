/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_NORMALIZE_PLAIN_H
#define EDGE_ARGS_NORMALIZE_PLAIN_H
#include <stddef.h>
#include <stdint.h>

struct edge_layer_norm_f64 {
    const double *x;
    const double *scale;
    const double *bias;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t center;
    double epsilon;
};
#endif
