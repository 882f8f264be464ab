/* Indices that come with the data: read in either width, checked before they are used. */
#ifndef EDGE_INDICES_H
#define EDGE_INDICES_H

#include "../kernel.h"

/* Index number i of an array of int32 (size 4) or int64 (size 8). */
static inline int64_t read_index(const uint8_t *indices, size_t i, int32_t size) {
    int64_t wide;
    int32_t narrow;
    if (size == 8) {
        memcpy(&wide, indices + i * 8, 8);
        return wide;
    }
    memcpy(&narrow, indices + i * 4, 4);
    return narrow;
}

/* Whether index number i lies in 0..dim-1, where `wrap` allows counting from the end; its place goes to *at. */
static inline int find_index(const uint8_t *indices, size_t i, int32_t size, int32_t dim, int32_t wrap, size_t *at) {
    int64_t index = read_index(indices, i, size);
    if (wrap && index < 0 && index >= -(int64_t)dim) index += dim;
    *at = (size_t)index;
    return index >= 0 && index < dim;
}

/* Copies n bytes; the sizes of single elements do not pay for a call. */
static inline void copy_run(uint8_t *y, const uint8_t *x, size_t n) {
    switch (n) {
    case 1: *y = *x; break;
    case 2: memmove(y, x, 2); break;
    case 4: memmove(y, x, 4); break;
    case 8: memmove(y, x, 8); break;
    default: memmove(y, x, n);
    }
}

#endif
