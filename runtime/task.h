/* What a kernel knows of the runtime: its task, and the statuses it may return. */
#ifndef EDGE_TASK_H
#define EDGE_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "edge.h"

/* One thread's share of a kernel call: part `index` of `count`, and its own scratch. Where weights are `far`, the model
 * has more of them than the second cache holds: what a step reads of them has left it since the last run. */
struct edge_task {
    int32_t index, count;
    void *scratch;
    int32_t far;
};

/* First and one past the last of the units (rows, tiles, channels, ...) that this task does, of n. */
static inline void edge_share(const struct edge_task *t, size_t n, size_t *lo, size_t *hi) {
    size_t part = n / (size_t)t->count, rest = n % (size_t)t->count, i = (size_t)t->index;
    *lo = part * i + (i < rest ? i : rest);
    *hi = *lo + part + (i < rest ? 1 : 0);
}

#endif
