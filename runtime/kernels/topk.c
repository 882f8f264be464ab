/* The k largest or smallest elements of x[outer][n][inner] along n, best first, with their places. Of equal elements the
 * first comes first, and NaN counts as larger than any number. A heap of k places, the worst on top, sees each element
 * once. */
#include "../kernel.h"

#define TOPK(suffix, type)                                                                         \
    /* is the element at p worse than the one at q? */                                             \
    static inline int topk_worse_##suffix(const type *x, size_t step, int32_t p, int32_t q, int largest) { \
        const type u = x[(size_t)p * step], v = x[(size_t)q * step];                               \
        const int below = u < v || (v != v && u == u), above = v < u || (u != u && v == v);        \
        return below || above ? (largest ? below : above) : p > q;                                 \
    }                                                                                              \
    static void topk_sink_##suffix(int32_t *heap, size_t count, size_t at, const type *x, size_t step, int largest) { \
        const int32_t moving = heap[at];                                                           \
        for (size_t child; (child = 2 * at + 1) < count; at = child) {                             \
            if (child + 1 < count && topk_worse_##suffix(x, step, heap[child + 1], heap[child], largest)) child++; \
            if (!topk_worse_##suffix(x, step, heap[child], moving, largest)) break;                \
            heap[at] = heap[child];                                                                \
        }                                                                                          \
        heap[at] = moving;                                                                         \
    }                                                                                              \
    EDGE_KERNEL(topk_##suffix) {                                                                   \
        const size_t n = (size_t)a->n, inner = (size_t)a->inner, k = (size_t)a->k;                 \
        int32_t *heap = t->scratch;                                                                \
        size_t lo, hi;                                                                             \
        edge_share(t, (size_t)a->outer * inner, &lo, &hi);                                         \
        for (size_t column = lo; column < hi && k; column++) {                                     \
            const size_t row = column / inner, i = column % inner;                                 \
            const type *x = a->x + row * n * inner + i;                                            \
            for (size_t j = 0; j < k; j++) heap[j] = (int32_t)j;                                   \
            for (size_t j = k / 2; j-- > 0;) topk_sink_##suffix(heap, k, j, x, inner, a->largest); \
            for (size_t j = k; j < n; j++) {                                                       \
                if (!topk_worse_##suffix(x, inner, heap[0], (int32_t)j, a->largest)) continue;     \
                heap[0] = (int32_t)j;                                                              \
                topk_sink_##suffix(heap, k, 0, x, inner, a->largest);                              \
            }                                                                                      \
            for (size_t left = k; left-- > 0;) {                                                   \
                const size_t at = (row * k + left) * inner + i;                                    \
                a->places[at] = heap[0];                                                           \
                a->y[at] = x[(size_t)heap[0] * inner];                                             \
                heap[0] = heap[left];                                                              \
                topk_sink_##suffix(heap, left, 0, x, inner, a->largest);                           \
            }                                                                                      \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }
TOPK(f32, float)
TOPK(f64, double)
TOPK(i8, int8_t)
TOPK(i32, int32_t)
TOPK(i64, int64_t)
TOPK(u64, uint64_t)
