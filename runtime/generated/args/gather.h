/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_GATHER_H
#define EDGE_ARGS_GATHER_H
#include <stddef.h>
#include <stdint.h>

struct edge_gather {
    const uint8_t *x;
    const uint8_t *indices;
    uint8_t *y;
    int32_t batch;
    int32_t outer;
    int32_t dim;
    int32_t n;
    int32_t inner;
    int32_t index_size;
    int32_t wrap;
};

struct edge_gather_elements {
    const uint8_t *x;
    const uint8_t *indices;
    uint8_t *y;
    int32_t dims[8];
    int32_t x_strides[8];
    int32_t axis_stride;
    int32_t dim;
    int32_t size;
    int32_t index_size;
    int32_t wrap;
};

struct edge_gather_nd {
    const uint8_t *x;
    const uint8_t *indices;
    uint8_t *y;
    int32_t dims[8];
    int32_t batch;
    int32_t n;
    int32_t depth;
    int32_t inner;
    int32_t index_size;
    int32_t wrap;
};
#endif
