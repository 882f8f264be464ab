/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_SOFTMAX_PLAIN_H
#define EDGE_ARGS_SOFTMAX_PLAIN_H
#include <stddef.h>
#include <stdint.h>

struct edge_log_softmax_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_softmax_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};
#endif
