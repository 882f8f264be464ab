/* Copies to places that come with the data: every index is checked before it is used. */
#include "indices.h"

EDGE_KERNEL(gather) {
    size_t outer = (size_t)a->outer, dim = (size_t)a->dim, n = (size_t)a->n, inner = (size_t)a->inner, lo, hi;
    if (inner == 0 || n == 0 || outer == 0) return EDGE_OK;
    edge_share(t, (size_t)a->batch * outer * n, &lo, &hi);
    for (size_t unit = lo; unit < hi; unit++) {
        size_t row = unit / n, at;
        if (!find_index(a->indices, row / outer * n + unit % n, a->index_size, a->dim, a->wrap, &at)) return EDGE_E_INDEX;
        copy_run(a->y + unit * inner, a->x + (row * dim + at) * inner, inner);
    }
    return EDGE_OK;
}

EDGE_KERNEL(gather_nd) {
    size_t n = (size_t)a->n, depth = (size_t)a->depth, inner = (size_t)a->inner, block = 1, lo, hi;
    if (inner == 0 || n == 0) return EDGE_OK;
    for (size_t i = 0; i < 8; i++) {
        if (i >= depth && a->dims[i] != 1) return EDGE_E_ARGS;
        block *= (size_t)a->dims[i];
    }
    edge_share(t, (size_t)a->batch * n, &lo, &hi);
    for (size_t unit = lo; unit < hi; unit++) {
        size_t from = 0, at;
        for (size_t i = 0; i < depth; i++) {
            if (!find_index(a->indices, unit * depth + i, a->index_size, a->dims[i], a->wrap, &at)) return EDGE_E_INDEX;
            from = from * (size_t)a->dims[i] + at;
        }
        copy_run(a->y + unit * inner, a->x + (unit / n * block + from) * inner, inner);
    }
    return EDGE_OK;
}

EDGE_KERNEL(gather_elements) {
    size_t size = (size_t)a->size, units = 1, lo, hi;
    for (int i = 0; i < 8; i++) units *= (size_t)a->dims[i];
    edge_share(t, units, &lo, &hi);
    for (size_t unit = lo; unit < hi; unit++) {
        size_t rest = unit, from = 0, at;
        for (int i = 7; i >= 0; i--) {
            from += rest % (size_t)a->dims[i] * (size_t)a->x_strides[i];
            rest /= (size_t)a->dims[i];
        }
        if (!find_index(a->indices, unit, a->index_size, a->dim, a->wrap, &at)) return EDGE_E_INDEX;
        copy_run(a->y + unit * size, a->x + (from + at * (size_t)a->axis_stride) * size, size);
    }
    return EDGE_OK;
}
