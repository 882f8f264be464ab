/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_LOOKUP_I16_H
#define EDGE_ARGS_LOOKUP_I16_H
#include <stddef.h>
#include <stdint.h>

struct edge_lookup_i16 {
    const int16_t *x;
    const int16_t *table;
    int16_t *y;
    int32_t n;
    int32_t step;
};
#endif
