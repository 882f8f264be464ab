/* y[outer][inner] = fold of x[outer][n][inner] over n, for the types without SIMD words. Integer sums wrap. */
#include <math.h>

#include "../kernel.h"
#include "outputs.h"

#define REDUCE(name, suffix, type, start, expression)                                              \
    EDGE_KERNEL(name##_##suffix) {                                                                 \
        const size_t n = (size_t)a->n, inner = (size_t)a->inner;                                   \
        const struct outputs o = outputs_share((size_t)a->outer, inner, t);                        \
        for (size_t row = o.row; row < o.row_end; row++) {                                         \
            type *y = a->y + row * inner;                                                          \
            for (size_t i = o.column; i < o.column_end; i++) y[i] = start;                         \
            for (size_t j = 0; j < n; j++) {                                                       \
                const type *p = a->x + (row * n + j) * inner;                                      \
                for (size_t i = o.column; i < o.column_end; i++) {                                 \
                    const type s = y[i], x = p[i];                                                 \
                    y[i] = (type)(expression);                                                     \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }
#define REDUCE_EACH(suffix, type, low, high)                                                       \
    REDUCE(reduce_sum, suffix, type, 0, (uint64_t)s + (uint64_t)x)                                 \
    REDUCE(reduce_sum_square, suffix, type, 0, (uint64_t)s + (uint64_t)x * (uint64_t)x)            \
    REDUCE(reduce_prod, suffix, type, 1, (uint64_t)s * (uint64_t)x)                                \
    REDUCE(reduce_max, suffix, type, low, s > x ? s : x)                                           \
    REDUCE(reduce_min, suffix, type, high, s < x ? s : x)
REDUCE_EACH(i32, int32_t, INT32_MIN, INT32_MAX)
REDUCE_EACH(i64, int64_t, INT64_MIN, INT64_MAX)
REDUCE_EACH(u64, uint64_t, 0, UINT64_MAX)
REDUCE(reduce_l1, i32, int32_t, 0, (uint64_t)s + (x < 0 ? 0 - (uint64_t)x : (uint64_t)x))
REDUCE(reduce_l1, i64, int64_t, 0, (uint64_t)s + (x < 0 ? 0 - (uint64_t)x : (uint64_t)x))

REDUCE(reduce_sum, f64, double, 0.0, s + x)
REDUCE(reduce_l1, f64, double, 0.0, s + fabs(x))
REDUCE(reduce_sum_square, f64, double, 0.0, s + x * x)
REDUCE(reduce_prod, f64, double, 1.0, s * x)
REDUCE(reduce_max, f64, double, -HUGE_VAL, s != s || s > x ? s : x)
REDUCE(reduce_min, f64, double, HUGE_VAL, s != s || s < x ? s : x)

REDUCE(reduce_any, bool, uint8_t, 0, s | (x != 0))
REDUCE(reduce_all, bool, uint8_t, 1, s & (x != 0))
