/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_COPY_ND_H
#define EDGE_ARGS_COPY_ND_H
#include <stddef.h>
#include <stdint.h>

struct edge_copy_bytes {
    const uint8_t *x;
    uint8_t *y;
    int64_t n;
};

struct edge_copy_nd {
    const uint8_t *x;
    uint8_t *y;
    int32_t x_strides[8];
    int32_t y_strides[8];
    int32_t dims[8];
    int32_t x_start;
    int32_t size;
};
#endif
