/* Operators whose result is as long as the data say: written from the front of an output of the greatest length, the rest
 * zeros, with the length beside it. */
#include "../kernel.h"

#define NONZERO(suffix, type)                                                                      \
    EDGE_KERNEL(nonzero_##suffix) {                                                                \
        const size_t rank = (size_t)a->rank, rows = (size_t)a->rows;                               \
        size_t n = 1, found = 0;                                                                   \
        int32_t place[8] = {0};                                                                    \
        (void)t;                                                                                   \
        for (int i = 0; i < 8; i++) n *= (size_t)a->dims[i];                                       \
        for (size_t i = 0; i < n; i++) {                                                           \
            if (a->x[i] != 0 && found < rows) {                                                    \
                for (size_t k = 0; k < rank; k++) a->y[found * rank + k] = place[8 - rank + k];    \
                found++;                                                                           \
            }                                                                                      \
            for (int k = 7; k >= 0 && ++place[k] == a->dims[k]; k--) place[k] = 0;                 \
        }                                                                                          \
        for (size_t i = found * rank; i < rows * rank; i++) a->y[i] = 0;                           \
        *a->count = (int64_t)found;                                                                \
        return EDGE_OK;                                                                            \
    }
NONZERO(f32, float)
NONZERO(f64, double)
NONZERO(i8, int8_t)
NONZERO(i32, int32_t)
NONZERO(i64, int64_t)
NONZERO(u64, uint64_t)
NONZERO(bool, uint8_t)

/* Slices of x[outer][n][inner] (inner in bytes) along n where the condition holds, moved to the front. */
EDGE_KERNEL(compress) {
    const size_t n = (size_t)a->n, inner = (size_t)a->inner, length = (size_t)a->length;
    size_t found = 0;
    (void)t;
    for (size_t row = 0; row < (size_t)a->outer; row++) {
        const uint8_t *x = a->x + row * n * inner;
        uint8_t *y = a->y + row * n * inner;
        found = 0;
        for (size_t j = 0; j < length; j++)
            if (a->condition[j]) memmove(y + found++ * inner, x + j * inner, inner);
        memset(y + found * inner, 0, (n - found) * inner);
    }
    if (a->outer == 0)
        for (size_t j = 0; j < length; j++) found += a->condition[j] != 0;
    *a->count = (int64_t)found;
    return EDGE_OK;
}

/* Unique numbers. Places are put in order by heap sort (values, then places), which yields the numbers in ascending order
 * with their first places; then, if wanted, the numbers are arranged by first place. NaNs are equal to one another and
 * above all numbers. */
#define UNIQUE(suffix, type)                                                                       \
    static inline int unique_above_##suffix(type u, type v) { return u > v || (u != u && v == v); } \
    static inline int unique_after_##suffix(const type *x, int32_t p, int32_t q) {                 \
        if (unique_above_##suffix(x[p], x[q])) return 1;                                           \
        return !unique_above_##suffix(x[q], x[p]) && p > q;                                        \
    }                                                                                              \
    static void unique_sink_##suffix(int32_t *heap, size_t count, size_t at, const type *x) {      \
        const int32_t moving = heap[at];                                                           \
        for (size_t child; (child = 2 * at + 1) < count; at = child) {                             \
            if (child + 1 < count && unique_after_##suffix(x, heap[child + 1], heap[child])) child++; \
            if (!unique_after_##suffix(x, heap[child], moving)) break;                             \
            heap[at] = heap[child];                                                                \
        }                                                                                          \
        heap[at] = moving;                                                                         \
    }                                                                                              \
    EDGE_KERNEL(unique_##suffix) {                                                                 \
        const size_t n = (size_t)a->n;                                                             \
        int32_t *order = t->scratch, *first = order + n; /* first[i]: the first place of x[i] */   \
        size_t found = 0, rank = 0;                                                                \
        for (size_t i = 0; i < n; i++) order[i] = (int32_t)i;                                      \
        for (size_t i = n / 2; i-- > 0;) unique_sink_##suffix(order, n, i, a->x);                  \
        for (size_t i = n; i-- > 1;) {                                                             \
            const int32_t last = order[0];                                                         \
            order[0] = order[i], order[i] = last;                                                  \
            unique_sink_##suffix(order, i, 0, a->x);                                               \
        }                                                                                          \
        for (size_t i = 0; i < n; i++) {                                                           \
            const type x = a->x[order[i]];                                                         \
            if (i == 0 || unique_above_##suffix(x, a->x[order[i - 1]])) rank = i;                  \
            first[order[i]] = order[rank];                                                         \
        }                                                                                          \
        for (size_t i = 0; i < n; i++) {                                                           \
            const size_t from = a->sorted ? (size_t)order[i] : i;                                  \
            if ((size_t)first[from] != from) continue;                                             \
            a->y[found] = a->x[from];                                                              \
            a->first[found] = (int64_t)from;                                                       \
            a->inverse[from] = (int64_t)found;                                                     \
            found++;                                                                               \
        }                                                                                          \
        for (size_t i = 0; i < n; i++) a->counts[i] = 0;                                           \
        for (size_t i = 0; i < n; i++) {                                                           \
            const int64_t at = a->inverse[first[i]];                                               \
            if (at < 0 || (size_t)at >= n) return EDGE_E_INDEX; /* tensors of a hostile file overlap */ \
            a->inverse[i] = at;                                                                    \
            a->counts[at]++;                                                                       \
        }                                                                                          \
        for (size_t i = found; i < n; i++) a->y[i] = 0, a->first[i] = 0;                           \
        *a->count = (int64_t)found;                                                                \
        return EDGE_OK;                                                                            \
    }
UNIQUE(f32, float)
UNIQUE(f64, double)
UNIQUE(i32, int32_t)
UNIQUE(i64, int64_t)
UNIQUE(u64, uint64_t)
