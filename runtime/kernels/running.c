/* Running sums and products of x[outer][n][inner] along n. Floats run in double; integers wrap. */
#include "../kernel.h"
#include "outputs.h"

#define RUNNING(name, suffix, type, wide, start, operation)                                        \
    EDGE_KERNEL(name##_##suffix) {                                                                 \
        const size_t n = (size_t)a->n, inner = (size_t)a->inner;                                   \
        const struct outputs o = outputs_share((size_t)a->outer, inner, t);                        \
        for (size_t row = o.row; row < o.row_end; row++)                                           \
            for (size_t i = o.column; i < o.column_end; i++) {                                     \
                wide s = start;                                                                    \
                for (size_t j = 0; j < n; j++) {                                                   \
                    const size_t at = (row * n + (a->reverse ? n - 1 - j : j)) * inner + i;        \
                    const wide before = s;                                                         \
                    s = s operation (wide)a->x[at];                                                \
                    a->y[at] = (type)(a->exclusive ? before : s);                                  \
                }                                                                                  \
            }                                                                                      \
        return EDGE_OK;                                                                            \
    }
#define RUNNING_EACH(suffix, type, wide)                                                           \
    RUNNING(cumsum, suffix, type, wide, 0, +)                                                      \
    RUNNING(cumprod, suffix, type, wide, 1, *)
RUNNING_EACH(f32, float, double)
RUNNING_EACH(f64, double, double)
RUNNING_EACH(i32, int32_t, uint32_t)
RUNNING_EACH(i64, int64_t, uint64_t)
RUNNING_EACH(u64, uint64_t, uint64_t)
