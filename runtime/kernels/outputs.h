/* Shares out the results of an operation along the middle axis of [outer][n][inner]: whole rows where there are enough,
 * else columns. */
#ifndef EDGE_OUTPUTS_H
#define EDGE_OUTPUTS_H

#include "../kernel.h"

struct outputs {
    size_t row, row_end, column, column_end;
};

static inline struct outputs outputs_share(size_t outer, size_t inner, const struct edge_task *t) {
    struct outputs o = {0, outer, 0, inner};
    if (outer >= (size_t)t->count) edge_share(t, outer, &o.row, &o.row_end);
    else edge_share(t, inner, &o.column, &o.column_end);
    return o;
}

#endif
