/* softmax of bytes. A row has at most 256 distances from its largest byte: their exponentials, integers in steps of
 * 2^-24, are computed once, and each one's share of the row's sum once a row. The sum is exact. */
#include "requantize.h"

enum { SOFTMAX_DISTANCES = 256 };

EDGE_KERNEL(softmax_q_i8_i8) {
    size_t length = (size_t)a->length, inner = (size_t)a->inner, row, end;
    float power[SOFTMAX_DISTANCES];
    int32_t whole[SOFTMAX_DISTANCES], share[SOFTMAX_DISTANCES];
    const vf most = vf_set(16777216.0f), none = vf_set(0.0f);
    const vi zero = vi_set(a->zero_y);
    edge_share(t, (size_t)a->outer * inner, &row, &end);
    if (row >= end || !length) return EDGE_OK;
    for (size_t d = 0; d < SOFTMAX_DISTANCES; d += VF) {
        /* A table of a hostile file may hold anything: what is no exponential counts as 0. */
        vf p = vf_mul(vf_set(a->coarse[0]), vf_load(a->fine + d));
        p = vf_select(vm_and(vf_ge(p, none), vf_le(p, most)), vf_round(p), none);
        vf_store(power + d, p);
        vi_store(whole + d, vf_to_vi(p));
    }
    for (; row < end; row++) {
        size_t start = row / inner * length * inner + row % inner;
        const int8_t *x = a->x + start;
        int8_t *y = a->y + start;
        int32_t top = x[0], bottom = x[0];
        for (size_t i = 1; i < length; i++) {
            int32_t q = x[i * inner];
            top = q > top ? q : top;
            bottom = q < bottom ? q : bottom;
        }
        uint64_t total = 0;
        for (size_t i = 0; i < length; i++) total += (uint32_t)whole[top - x[i * inner]];
        const vf each = vf_set(a->per_step / (float)total);
        for (int32_t d = 0; d <= top - bottom; d += VF)
            vi_store(share + d, settle(vf_mul(vf_load(power + d), each), zero, -128, 127));
        for (size_t i = 0; i < length; i++) y[i * inner] = (int8_t)share[top - x[i * inner]];
    }
    return EDGE_OK;
}
