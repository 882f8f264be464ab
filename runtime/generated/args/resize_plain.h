/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_RESIZE_PLAIN_H
#define EDGE_ARGS_RESIZE_PLAIN_H
#include <stddef.h>
#include <stdint.h>

struct edge_resize_linear_i16 {
    const int16_t *x;
    const int32_t *rows;
    const int32_t *columns;
    int16_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
};
#endif
