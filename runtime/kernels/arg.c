/* argmax and argmin: where the extreme element of x[outer][n][inner] lies along n. A NaN is more extreme than any
 * number; of equal ones the first counts, or the last. */
#include "../kernel.h"
#include "outputs.h"

#define ARG(name, suffix, type, beyond)                                                            \
    EDGE_KERNEL(name##_##suffix) {                                                                 \
        const size_t n = (size_t)a->n, inner = (size_t)a->inner;                                   \
        const struct outputs o = outputs_share((size_t)a->outer, inner, t);                        \
        for (size_t row = o.row; row < o.row_end; row++)                                           \
            for (size_t i = o.column; i < o.column_end; i++) {                                     \
                const type *p = a->x + row * n * inner + i;                                        \
                type best = *p;                                                                    \
                size_t place = 0;                                                                  \
                for (size_t j = 1; j < n; j++) {                                                   \
                    const type x = p[j * inner];                                                   \
                    const int same = x == best || (x != x && best != best);                        \
                    const int more = x beyond best || (x != x && best == best);                    \
                    if (more || (same && a->last)) best = x, place = j;                            \
                }                                                                                  \
                a->y[row * inner + i] = (int64_t)place;                                            \
            }                                                                                      \
        return EDGE_OK;                                                                            \
    }
#define ARG_EACH(suffix, type)                                                                     \
    ARG(argmax, suffix, type, >)                                                                   \
    ARG(argmin, suffix, type, <)
ARG_EACH(f32, float)
ARG_EACH(f64, double)
ARG_EACH(i8, int8_t)
ARG_EACH(i32, int32_t)
ARG_EACH(i64, int64_t)
ARG_EACH(u64, uint64_t)
