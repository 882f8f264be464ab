/* Walks the rows (last axis) of an elementwise operation with broadcasting over up to eight axes. */
#ifndef EDGE_ROWS_H
#define EDGE_ROWS_H

#include "../kernel.h"

struct rows {
    const int32_t *dims, *a_strides, *b_strides;
    int32_t index[7];
    size_t left;        /* rows that this task still has to do */
    size_t a, b, y;     /* offsets of the current row, in elements */
    size_t first, n;    /* the part of the row that this task does */
};

/* Rows are shared out where there are enough of them, else the elements of each row. b_strides may be a_strides. */
static inline struct rows rows_begin(const int32_t *dims, const int32_t *a_strides, const int32_t *b_strides,
                                     const struct edge_task *t) {
    struct rows r = {.dims = dims, .a_strides = a_strides, .b_strides = b_strides};
    size_t total = 1, lo = 0, hi, width = (size_t)dims[7];
    for (int i = 0; i < 7; i++) total *= (size_t)dims[i];
    if (total >= (size_t)t->count) {
        edge_share(t, total, &lo, &hi);
        r.first = 0, r.n = width;
    } else {
        size_t end;
        hi = total;
        edge_share(t, width, &r.first, &end);
        r.n = end - r.first;
    }
    r.left = r.n ? hi - lo : 0;
    size_t rest = lo;
    for (int i = 6; i >= 0 && r.left; i--) {
        r.index[i] = (int32_t)(rest % (size_t)dims[i]);
        rest /= (size_t)dims[i];
        r.a += (size_t)r.index[i] * (size_t)a_strides[i];
        r.b += (size_t)r.index[i] * (size_t)b_strides[i];
    }
    r.a += r.first * (size_t)a_strides[7];
    r.b += r.first * (size_t)b_strides[7];
    r.y = lo * width + r.first;
    return r;
}

static inline void rows_next(struct rows *r) {
    r->left--;
    r->y += (size_t)r->dims[7];
    for (int i = 6; i >= 0; i--) {
        r->a += (size_t)r->a_strides[i];
        r->b += (size_t)r->b_strides[i];
        if (++r->index[i] < r->dims[i]) return;
        r->a -= (size_t)r->a_strides[i] * (size_t)r->dims[i];
        r->b -= (size_t)r->b_strides[i] * (size_t)r->dims[i];
        r->index[i] = 0;
    }
}

/* The same for n >= 1 rows at once that have the indices before the last in common. */
static inline void rows_skip(struct rows *r, size_t n) {
    const size_t more = n - 1;
    r->left -= more, r->index[6] += (int32_t)more;
    r->y += more * (size_t)r->dims[7];
    r->a += more * (size_t)r->a_strides[6], r->b += more * (size_t)r->b_strides[6];
    rows_next(r);
}

#endif
