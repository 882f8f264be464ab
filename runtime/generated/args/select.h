/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_SELECT_H
#define EDGE_ARGS_SELECT_H
#include <stddef.h>
#include <stdint.h>

struct edge_select {
    const uint8_t *condition;
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t c_strides[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t size;
};
#endif
