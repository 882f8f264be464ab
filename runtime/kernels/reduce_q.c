/* Sums of x - zero_x over the middle of (outer, length, inner), times a multiplier, rounded once. */
#include "requantize.h"

#define REDUCE_Q(suffix, type, low, high)                                                          \
    /* one output; x is dense */                                                                   \
    static int32_t reduce_q_##suffix##_dense(const type *x, size_t n, int32_t zero) {              \
        vi sum = vi_set(0), z = vi_set(zero);                                                      \
        size_t i = 0;                                                                              \
        for (; i + VF <= n; i += VF) sum = vi_add(sum, vi_sub(vi_load_##suffix(x + i), z));        \
        int32_t total = vi_sum(sum);                                                               \
        for (; i < n; i++) total += x[i] - zero;                                                   \
        return total;                                                                              \
    }                                                                                              \
    EDGE_KERNEL(reduce_q_##suffix) {                                                               \
        size_t length = (size_t)a->length, inner = (size_t)a->inner;                               \
        const vi zero_x = vi_set(a->zero_x), zero_y = vi_set(a->zero_y);                           \
        const vf multiplier = vf_set(a->multiplier);                                               \
        struct part p = part_of(t, (size_t)a->outer, inner);                                       \
        for (size_t row = p.lo; row < p.hi; row++) {                                               \
            const type *x = a->x + row * length * inner;                                           \
            type *y = a->y + row * inner;                                                          \
            for (size_t i = p.first; i < p.last; i += VF) {                                        \
                size_t n = p.last - i;                                                             \
                vi sum = vi_set(0);                                                                \
                if (inner == 1)                                                                    \
                    sum = vi_set(reduce_q_##suffix##_dense(x, length, a->zero_x));                 \
                else if (n >= VF)                                                                  \
                    for (size_t k = 0; k < length; k++)                                            \
                        sum = vi_add(sum, vi_sub(vi_load_##suffix(x + k * inner + i), zero_x));    \
                else                                                                               \
                    for (size_t k = 0; k < length; k++)                                            \
                        sum = vi_add(sum, vi_sub(vi_load_##suffix##_n(x + k * inner + i, n), zero_x)); \
                vi q = settle(vf_mul(vi_to_vf(sum), multiplier), zero_y, low, high);                \
                if (n >= VF) vi_store_##suffix(y + i, q);                                          \
                else vi_store_##suffix##_n(y + i, q, n);                                           \
            }                                                                                      \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }

REDUCE_Q(i8, int8_t, -128, 127)
REDUCE_Q(i16, int16_t, -32768, 32767)
