/* How every quantized kernel comes back to integers: clamp(round half to even + zero point); NaN counts as 0. */
#ifndef EDGE_REQUANTIZE_H
#define EDGE_REQUANTIZE_H

#include "../kernel.h"

/* lo..hi and zero within 17 bits, so that +-2^30 saturates */
static inline vi settle(vf real, vi zero, int32_t lo, int32_t hi) {
    vf r = vf_round(real);
    r = vf_select(vf_eq(r, r), r, vf_set(0.0f));
    r = vf_min(vf_max(r, vf_set(-1073741824.0f)), vf_set(1073741824.0f));
    return vi_min(vi_max(vi_add(vf_to_vi(r), zero), vi_set(lo)), vi_set(hi));
}

/* A task's part of `rows` x `width` elements: whole rows where there are enough, else a part of each. */
struct part {
    size_t lo, hi, first, last;
};
static inline struct part part_of(const struct edge_task *t, size_t rows, size_t width) {
    struct part p = {0, rows, 0, width};
    if (rows >= (size_t)t->count) edge_share(t, rows, &p.lo, &p.hi);
    else edge_share(t, width, &p.first, &p.last);
    return p;
}

#endif
