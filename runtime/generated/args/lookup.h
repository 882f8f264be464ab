/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_LOOKUP_H
#define EDGE_ARGS_LOOKUP_H
#include <stddef.h>
#include <stdint.h>

struct edge_lookup_i8 {
    const int8_t *x;
    const int8_t *table;
    int8_t *y;
    int32_t n;
};

struct edge_lookup_u8 {
    const uint8_t *x;
    const uint8_t *table;
    uint8_t *y;
    int32_t n;
};
#endif
