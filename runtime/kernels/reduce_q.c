/* Sums of x - zero_x over the middle of (outer, length, inner), times a multiplier, rounded once. */
#include "requantize.h"

/* Sums over rows of four vectors of neighbouring columns, without the zero point. */
#define REDUCE_Q_WIDE(suffix, type)                                                                \
    static void reduce_q_##suffix##_wide(const type *x, size_t length, size_t inner, vi *sum) {    \
        vi s0 = vi_set(0), s1 = s0, s2 = s0, s3 = s0;                                              \
        for (size_t k = 0; k < length; k++, x += inner) {                                          \
            s0 = vi_add(s0, vi_load_##suffix(x)), s1 = vi_add(s1, vi_load_##suffix(x + VF));       \
            s2 = vi_add(s2, vi_load_##suffix(x + 2 * VF)), s3 = vi_add(s3, vi_load_##suffix(x + 3 * VF)); \
        }                                                                                          \
        sum[0] = s0, sum[1] = s1, sum[2] = s2, sum[3] = s3;                                        \
    }
REDUCE_Q_WIDE(i16, int16_t)
#ifdef EDGE_ONE_LANE
REDUCE_Q_WIDE(i8, int8_t)
#else
#include "../simd/shorts.h"
static void reduce_q_i8_wide(const int8_t *x, size_t length, size_t inner, vi *sum) { /* in 16 bits */
    enum { ROWS = 256, PARTS = 4 * VF / VH }; /* as many bytes as int16 surely holds the sum of */
    for (int v = 0; v < 4; v++) sum[v] = vi_set(0);
    for (size_t k = 0, end; k < length; k = end) {
        end = length - k < ROWS ? length : k + ROWS;
        vh part[PARTS];
        int16_t sums[4 * VF];
        for (int i = 0; i < PARTS; i++) part[i] = vh_set(0);
        for (size_t row = k; row < end; row++, x += inner) {
            EDGE_UNROLL
            for (int i = 0; i < PARTS; i++) part[i] = vh_add_i8(part[i], x + i * VH);
        }
        for (int i = 0; i < PARTS; i++) vh_store(sums + i * VH, part[i]);
        for (int v = 0; v < 4; v++) sum[v] = vi_add(sum[v], vi_load_i16(sums + v * VF));
    }
}
#endif

#ifndef EDGE_ONE_LANE
/* Sums over rows of so few columns that four vectors hold several rows, to what `sums` has; how many columns, or 0
 * where they do not. */
static size_t reduce_q_i8_narrow(const int8_t *x, size_t length, size_t inner, int32_t *sums) {
    enum { WIDE = 4 * VF };
    int32_t part[WIDE];
    vi sum[4];
    if (inner < 2 || inner >= WIDE || WIDE % inner || length < WIDE / inner) return 0;
    const size_t whole = length * inner / WIDE;
    reduce_q_i8_wide(x, whole, WIDE, sum);
    for (int v = 0; v < 4; v++) vi_store(part + v * VF, sum[v]);
    for (size_t i = 0; i < length * inner - whole * WIDE; i++) part[i] += x[whole * WIDE + i];
    for (size_t i = 0; i < WIDE; i++) sums[i % inner] += part[i];
    return inner;
}
#else
#define reduce_q_i8_narrow(x, length, inner, sums) 0
#endif
#define reduce_q_i16_narrow(x, length, inner, sums) 0

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
        const vi zeros = vi_set((int32_t)((uint32_t)length * (uint32_t)a->zero_x)), zero_y = vi_set(a->zero_y); \
        const vf multiplier = vf_set(a->multiplier);                                               \
        struct part p = part_of(t, (size_t)a->outer, inner);                                       \
        for (size_t row = p.lo; row < p.hi; row++) {                                               \
            const type *x = a->x + row * length * inner;                                           \
            type *y = a->y + row * inner;                                                          \
            size_t i = p.first;                                                                    \
            int32_t few[4 * VF] = {0};                                                             \
            const size_t narrow = !i && p.last == inner ? reduce_q_##suffix##_narrow(x, length, inner, few) : 0; \
            while (inner > 1 && p.last - p.first >= 4 * VF && i < p.last) {                        \
                vi sum[4];                                                                         \
                i = i + 4 * VF < p.last ? i : p.last - 4 * VF; /* the last may overlap those before */ \
                reduce_q_##suffix##_wide(x + i, length, inner, sum);                               \
                for (int v = 0; v < 4; v++) {                                                      \
                    const vf real = vf_mul(vi_to_vf(vi_sub(sum[v], zeros)), multiplier);           \
                    vi_store_##suffix(y + i + v * VF, settle(real, zero_y, low, high));            \
                }                                                                                  \
                i += 4 * VF;                                                                       \
            }                                                                                      \
            for (; i < p.last; i += VF) {                                                          \
                size_t n = p.last - i;                                                             \
                vi sum = vi_set(0);                                                                \
                if (inner == 1)                                                                    \
                    sum = vi_add(zeros, vi_set(reduce_q_##suffix##_dense(x, length, a->zero_x)));  \
                else if (narrow)                                                                   \
                    sum = vi_load(few + i);                                                        \
                else if (n >= VF)                                                                  \
                    for (size_t k = 0; k < length; k++) sum = vi_add(sum, vi_load_##suffix(x + k * inner + i)); \
                else                                                                               \
                    for (size_t k = 0; k < length; k++) sum = vi_add(sum, vi_load_##suffix##_n(x + k * inner + i, n)); \
                vi q = settle(vf_mul(vi_to_vf(vi_sub(sum, zeros)), multiplier), zero_y, low, high); \
                if (n >= VF) vi_store_##suffix(y + i, q);                                          \
                else vi_store_##suffix##_n(y + i, q, n);                                           \
            }                                                                                      \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }

REDUCE_Q(i8, int8_t, -128, 127)
REDUCE_Q(i16, int16_t, -32768, 32767)
