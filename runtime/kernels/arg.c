/* argmax and argmin of x[outer][n][inner] along n, for the types without SIMD words: first the extreme element, in which
 * NaN stays, then where it is, sought from the front or the back. */
#include "../kernel.h"
#include "outputs.h"

#define ARG(name, suffix, type, beyond)                                                            \
    static inline int name##_same_##suffix(type u, type v) { return u == v || (u != u && v != v); } \
    static int64_t name##_find_##suffix(const type *x, size_t n, size_t step, int last) {          \
        type best = *x;                                                                            \
        size_t j = last ? n - 1 : 0;                                                               \
        for (size_t k = 1; k < n; k++) {                                                           \
            const type v = x[k * step];                                                            \
            best = best != best || best beyond v ? best : v;                                       \
        }                                                                                          \
        if (last) while (j > 0 && !name##_same_##suffix(x[j * step], best)) j--;                   \
        else while (j < n - 1 && !name##_same_##suffix(x[j * step], best)) j++;                    \
        return (int64_t)j;                                                                         \
    }                                                                                              \
    EDGE_KERNEL(name##_##suffix) {                                                                 \
        const size_t n = (size_t)a->n, inner = (size_t)a->inner;                                   \
        const struct outputs o = outputs_share((size_t)a->outer, inner, t);                        \
        for (size_t row = o.row; row < o.row_end; row++)                                           \
            for (size_t i = o.column; i < o.column_end; i++)                                       \
                a->y[row * inner + i] = name##_find_##suffix(a->x + row * n * inner + i, n, inner, a->last); \
        return EDGE_OK;                                                                            \
    }
#define ARG_EACH(suffix, type)                                                                     \
    ARG(argmax, suffix, type, >)                                                                   \
    ARG(argmin, suffix, type, <)
ARG_EACH(f64, double)
ARG_EACH(i8, int8_t)
ARG_EACH(i32, int32_t)
ARG_EACH(i64, int64_t)
ARG_EACH(u64, uint64_t)
