/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_CAST_H
#define EDGE_ARGS_CAST_H
#include <stddef.h>
#include <stdint.h>

struct edge_cast {
    const uint8_t *x;
    uint8_t *y;
    int32_t n;
    int32_t source;
    int32_t target;
};
#endif
