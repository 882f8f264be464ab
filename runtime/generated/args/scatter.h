/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_SCATTER_H
#define EDGE_ARGS_SCATTER_H
#include <stddef.h>
#include <stdint.h>

struct edge_scatter_elements {
    uint8_t *y;
    const uint8_t *indices;
    const uint8_t *updates;
    int32_t dims[8];
    int32_t y_strides[8];
    int32_t axis_stride;
    int32_t dim;
    int32_t size;
    int32_t index_size;
    int32_t reduction;
    int32_t kind;
    int32_t wrap;
};

struct edge_scatter_nd {
    uint8_t *y;
    const uint8_t *indices;
    const uint8_t *updates;
    int32_t dims[8];
    int32_t n;
    int32_t depth;
    int32_t inner;
    int32_t size;
    int32_t index_size;
    int32_t reduction;
    int32_t kind;
    int32_t wrap;
};
#endif
