/* Weights of 16 bits as vectors of floats; simd/half.h has the words. */
#ifndef EDGE_KERNELS_HALF_H
#define EDGE_KERNELS_HALF_H
#include "../simd/half.h"

/* What weights are stored in. */
enum weights { WEIGHTS_F32, WEIGHTS_F16, WEIGHTS_BF16 };

EDGE_INLINE vf half_load(const enum weights kind, const uint16_t *p) {
    return kind == WEIGHTS_F16 ? vf_load_f16(p) : vf_load_bf16(p);
}
EDGE_INLINE vf half_load_n(const enum weights kind, const uint16_t *p, size_t n) {
    uint16_t some[VF] = {0};
    memcpy(some, p, n * sizeof *p);
    return half_load(kind, some);
}
static inline float half_widen(enum weights kind, const uint16_t *p) {
    float lanes[VF];
    vf_store(lanes, half_load_n(kind, p, 1));
    return lanes[0];
}
#endif
