/* y[outer][inner] = fold of x[outer][n][inner] over n, in float32.
 *
 * Sums run in short blocks: along a row, blocks are added in double; down columns, in three levels of blocks. So the
 * error does not grow with n. Work is shared out by outputs, never within a sum: threads do not change a bit. */
#include "../kernel.h"
#include "outputs.h"

enum { REDUCE_BLOCK = 32, REDUCE_STRIP = 4 };

#define REDUCE_SUM(name, term)                                                                     \
    static inline vf name##_term(vf x) { return term; }                                            \
    static float name##_row(const float *x, size_t n) {                                            \
        double total = 0.0;                                                                        \
        size_t i = 0;                                                                              \
        while (i + 4 * VF <= n) {                                                                  \
            size_t stop = i + 4 * VF * REDUCE_BLOCK < n ? i + 4 * VF * REDUCE_BLOCK : n;           \
            vf s0 = vf_set(0.0f), s1 = s0, s2 = s0, s3 = s0;                                       \
            for (; i + 4 * VF <= stop; i += 4 * VF) {                                              \
                s0 = vf_add(s0, name##_term(vf_load(x + i)));                                      \
                s1 = vf_add(s1, name##_term(vf_load(x + i + VF)));                                 \
                s2 = vf_add(s2, name##_term(vf_load(x + i + 2 * VF)));                             \
                s3 = vf_add(s3, name##_term(vf_load(x + i + 3 * VF)));                             \
            }                                                                                      \
            total += (double)vf_sum(vf_add(vf_add(s0, s1), vf_add(s2, s3)));                       \
        }                                                                                          \
        vf rest = vf_set(0.0f);                                                                    \
        for (; i + VF <= n; i += VF) rest = vf_add(rest, name##_term(vf_load(x + i)));             \
        if (i < n) rest = vf_add(rest, name##_term(vf_load_n(x + i, n - i)));                      \
        return (float)(total + (double)vf_sum(rest));                                              \
    }                                                                                              \
    /* `width` vectors of columns; the last holds `last` of its lanes */                           \
    EDGE_INLINE void name##_strip(float *y, const float *x, size_t n, size_t step, int width, size_t last) { \
        vf s[3][REDUCE_STRIP];                                                                     \
        EDGE_UNROLL                                                                                \
        for (int k = 0; k < width; k++) s[0][k] = s[1][k] = s[2][k] = vf_set(0.0f);                \
        for (size_t j = 0; j < n; j++, x += step) {                                                \
            EDGE_UNROLL                                                                            \
            for (int k = 0; k < width; k++) {                                                      \
                const float *p = x + (size_t)k * VF;                                               \
                s[0][k] = vf_add(s[0][k], name##_term(k < width - 1 || last == VF ? vf_load(p) : vf_load_n(p, last))); \
            }                                                                                      \
            if (j % REDUCE_BLOCK != REDUCE_BLOCK - 1) continue;                                    \
            EDGE_UNROLL                                                                            \
            for (int k = 0; k < width; k++) s[1][k] = vf_add(s[1][k], s[0][k]), s[0][k] = vf_set(0.0f); \
            if (j % (REDUCE_BLOCK * REDUCE_BLOCK) != REDUCE_BLOCK * REDUCE_BLOCK - 1) continue;    \
            EDGE_UNROLL                                                                            \
            for (int k = 0; k < width; k++) s[2][k] = vf_add(s[2][k], s[1][k]), s[1][k] = vf_set(0.0f); \
        }                                                                                          \
        EDGE_UNROLL                                                                                \
        for (int k = 0; k < width; k++) {                                                          \
            vf sum = vf_add(s[2][k], vf_add(s[1][k], s[0][k]));                                    \
            if (k < width - 1 || last == VF) vf_store(y + (size_t)k * VF, sum);                    \
            else vf_store_n(y + (size_t)k * VF, sum, last);                                        \
        }                                                                                          \
    }                                                                                              \
    REDUCE_KERNEL(name)

#define REDUCE_FOLD(name, start, vectors, scalars)                                                 \
    static inline vf name##_both(vf s, vf x) { return vectors; }                                   \
    static inline float name##_one(float s, float x) { return scalars; }                           \
    static float name##_row(const float *x, size_t n) {                                            \
        vf s0 = vf_set(start), s1 = s0;                                                            \
        float lanes[VF], y = start;                                                                \
        size_t i = 0;                                                                              \
        for (; i + 2 * VF <= n; i += 2 * VF)                                                       \
            s0 = name##_both(s0, vf_load(x + i)), s1 = name##_both(s1, vf_load(x + i + VF));       \
        vf_store(lanes, name##_both(s0, s1));                                                      \
        for (size_t k = 0; k < VF; k++) y = name##_one(y, lanes[k]);                               \
        for (; i < n; i++) y = name##_one(y, x[i]);                                                \
        return y;                                                                                  \
    }                                                                                              \
    EDGE_INLINE void name##_strip(float *y, const float *x, size_t n, size_t step, int width, size_t last) { \
        vf s[REDUCE_STRIP];                                                                        \
        EDGE_UNROLL                                                                                \
        for (int k = 0; k < width; k++) s[k] = vf_set(start);                                      \
        for (size_t j = 0; j < n; j++, x += step)                                                  \
            EDGE_UNROLL                                                                            \
            for (int k = 0; k < width; k++) {                                                      \
                const float *p = x + (size_t)k * VF;                                               \
                s[k] = name##_both(s[k], k < width - 1 || last == VF ? vf_load(p) : vf_load_n(p, last)); \
            }                                                                                      \
        EDGE_UNROLL                                                                                \
        for (int k = 0; k < width; k++)                                                            \
            if (k < width - 1 || last == VF) vf_store(y + (size_t)k * VF, s[k]);                   \
            else vf_store_n(y + (size_t)k * VF, s[k], last);                                       \
    }                                                                                              \
    REDUCE_KERNEL(name)

#define REDUCE_KERNEL(name)                                                                        \
    EDGE_KERNEL(name##_f32) {                                                                      \
        const size_t n = (size_t)a->n, inner = (size_t)a->inner;                                   \
        const struct outputs o = outputs_share((size_t)a->outer, inner, t);                        \
        for (size_t row = o.row; row < o.row_end; row++) {                                         \
            const float *x = a->x + row * n * inner;                                               \
            float *y = a->y + row * inner;                                                         \
            size_t i = o.column;                                                                   \
            if (inner == 1) {                                                                      \
                if (i < o.column_end) *y = name##_row(x, n);                                       \
                continue;                                                                          \
            }                                                                                      \
            for (; i + REDUCE_STRIP * VF <= o.column_end; i += REDUCE_STRIP * VF)                  \
                name##_strip(y + i, x + i, n, inner, REDUCE_STRIP, VF);                            \
            for (; i + VF <= o.column_end; i += VF) name##_strip(y + i, x + i, n, inner, 1, VF);   \
            if (i < o.column_end) name##_strip(y + i, x + i, n, inner, 1, o.column_end - i);       \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }

REDUCE_SUM(reduce_sum, x)
REDUCE_SUM(reduce_l1, vf_abs(x))
REDUCE_SUM(reduce_sum_square, vf_mul(x, x))
/* a NaN stays: vf_max gives its second operand where either is one */
REDUCE_FOLD(reduce_max, -__builtin_inff(), vf_select(vf_ne(s, s), s, vf_max(s, x)), s != s || s > x ? s : x)
REDUCE_FOLD(reduce_min, __builtin_inff(), vf_select(vf_ne(s, s), s, vf_min(s, x)), s != s || s < x ? s : x)
REDUCE_FOLD(reduce_prod, 1.0f, vf_mul(s, x), s * x)
