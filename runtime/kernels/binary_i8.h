/* Binary operations of int8 that give four vectors at once as bytes: add_q, sub_q and mul_q. */
#ifndef EDGE_KERNELS_BINARY_I8_H
#define EDGE_KERNELS_BINARY_I8_H
#include "rows.h"
#include "../simd/tile_i8.h"

/* What i8_range can hold. */
static inline int binary_i8_fits(int32_t zero, int32_t lo, int32_t hi) {
    return zero >= -128 && zero <= 127 && lo >= -128 && hi <= 127 && lo <= hi;
}

/* f of the vectors 0..3 that begin at i */
#define LEFT(v) (a_dense ? vi_load_i8(p + i + (v) * VF) : one_p)
#define RIGHT(v) (b_dense ? vi_load_i8(q + i + (v) * VF) : one_q)
#define FOUR(f) f(LEFT(0), RIGHT(0), a), f(LEFT(1), RIGHT(1), a), f(LEFT(2), RIGHT(2), a), f(LEFT(3), RIGHT(3), a)

/* As BINARY_Q_LOOP, as a function: `four` gives four vectors at once as bytes, where the numbers are `usual`. The last four
 * of a row may overlap those before them: they are computed first, for y may be an operand. The arguments are copied: for all
 * that a compiler knows, storing y may change them. */
#define BINARY_I8(name, usual, four)                                                               \
    static int name##_i8_rows(const struct edge_##name##_i8 *given, const struct edge_task *t) {   \
        const struct edge_##name##_i8 copy = *given, *const a = &copy;                             \
        const int a_dense = a->a_strides[7] != 0, b_dense = a->b_strides[7] != 0, fast = usual;    \
        const struct i8_range range = i8_range(a->zero_y, a->lo, a->hi);                           \
        for (struct rows r = rows_begin(a->dims, a->a_strides, a->b_strides, t); r.left; rows_next(&r)) { \
            const int8_t *p = a->a + r.a, *q = a->b + r.b;                                         \
            int8_t *y = a->y + r.y;                                                                \
            const vi one_p = vi_set(*p), one_q = vi_set(*q);                                       \
            const size_t n = r.n, last = n - 4 * VF;                                               \
            size_t i = 0;                                                                          \
            if (fast && n >= 4 * VF) {                                                             \
                i = last;                                                                          \
                const i8_bytes rest = four;                                                        \
                for (i = 0; i < last; i += 4 * VF) tile_put(1, 4, y + i, VF, VF, four);            \
                tile_put(1, 4, y + last, VF, VF, rest);                                            \
                continue;                                                                          \
            }                                                                                      \
            for (; i + VF <= n; i += VF) vi_store_i8(y + i, name##_i8_vi(LEFT(0), RIGHT(0), a));   \
            if (i < n)                                                                             \
                vi_store_i8_n(y + i, name##_i8_vi(a_dense ? vi_load_i8_n(p + i, n - i) : one_p,    \
                                                  b_dense ? vi_load_i8_n(q + i, n - i) : one_q, a), n - i); \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }
#endif
