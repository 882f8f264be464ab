/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_TAKE_ND_H
#define EDGE_ARGS_TAKE_ND_H
#include <stddef.h>
#include <stdint.h>

struct edge_reverse_sequence {
    const uint8_t *x;
    const uint8_t *lengths;
    uint8_t *y;
    int32_t outer;
    int32_t first;
    int32_t middle;
    int32_t second;
    int32_t inner;
    int32_t seq_is_second;
    int32_t index_size;
};

struct edge_take_nd {
    const uint8_t *x;
    uint8_t *y;
    const int32_t *table;
    int32_t dims[8];
    int32_t count;
    int32_t inner;
};
#endif
