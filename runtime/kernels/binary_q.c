/* y = f(a, b) for quantized operands, with broadcasting: along a row each operand is dense or one element.
 * A and B are the operands less their zero points, in float32; no operation is fused. */
#include "requantize.h"
#include "rows.h"
#include "../simd/tile_i8.h"

#define BINARY_Q(name, suffix, type, out, out_suffix, result)                                      \
    static inline vi name##_##suffix##_vi(vi a, vi b, const struct edge_##name##_##suffix *s) {    \
        const vf A = vi_to_vf(vi_sub(a, vi_set(s->zero_a))), B = vi_to_vf(vi_sub(b, vi_set(s->zero_b))); \
        const vf ma = vf_set(s->m_a), mb = vf_set(s->m_b), my = vf_set(s->m_y);                    \
        (void)ma, (void)mb, (void)my;                                                              \
        return result;                                                                             \
    }                                                                                              \
    BINARY_Q_LOOP(name, suffix, type, out, out_suffix)

#define BINARY_Q_LOOP(name, suffix, type, out, out_suffix)                                         \
    EDGE_KERNEL(name##_##suffix) {                                                                 \
        const int a_dense = a->a_strides[7] != 0, b_dense = a->b_strides[7] != 0;                  \
        for (struct rows r = rows_begin(a->dims, a->a_strides, a->b_strides, t); r.left; rows_next(&r)) { \
            const type *p = a->a + r.a, *q = a->b + r.b;                                           \
            out *y = a->y + r.y;                                                                   \
            const vi one_p = vi_set(*p), one_q = vi_set(*q);                                       \
            size_t i = 0, n = r.n;                                                                 \
            for (; i + VF <= n; i += VF)                                                           \
                vi_store_##out_suffix(y + i, name##_##suffix##_vi(a_dense ? vi_load_##suffix(p + i) : one_p, \
                                                                  b_dense ? vi_load_##suffix(q + i) : one_q, a)); \
            if (i < n)                                                                             \
                vi_store_##out_suffix##_n(y + i,                                                   \
                    name##_##suffix##_vi(a_dense ? vi_load_##suffix##_n(p + i, n - i) : one_p,     \
                                         b_dense ? vi_load_##suffix##_n(q + i, n - i) : one_q, a), n - i); \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }

#define ARITHMETIC_Q(name, real)                                                                   \
    BINARY_Q(name, i8, int8_t, int8_t, i8, settle(real, vi_set(s->zero_y), s->lo, s->hi))          \
    BINARY_Q(name, i16, int16_t, int16_t, i16, settle(real, vi_set(s->zero_y), s->lo, s->hi))
#define COMPARE_Q(name, mask)                                                                      \
    BINARY_Q(name, i8, int8_t, uint8_t, u8, vi_select(mask, vi_set(1), vi_set(0)))                 \
    BINARY_Q(name, i16, int16_t, uint8_t, u8, vi_select(mask, vi_set(1), vi_set(0)))

static inline vf square_q(vf x) { return vf_mul(x, x); }

/* (A * k_a + B * k_b + half) >> shift: wrapping, as in integers a sum of legal operands never does. What does not depend
 * on the operands is one number. */
#define SUM_I8(name)                                                                               \
    static inline vi name##_i8_sum(vi a, vi b, const struct edge_##name##_i8 *s) {                 \
        const uint32_t zeros = (uint32_t)s->zero_a * (uint32_t)s->k_a + (uint32_t)s->zero_b * (uint32_t)s->k_b; \
        const vi rest = vi_set((int32_t)((1u << (s->shift - 1)) - zeros));                         \
        const vi sum = vi_add(vi_mul(a, vi_set(s->k_a)), vi_mul(b, vi_set(s->k_b)));               \
        return vi_sra(vi_add(sum, rest), s->shift);                                                \
    }                                                                                              \
    static inline vi name##_i8_vi(vi a, vi b, const struct edge_##name##_i8 *s) {                  \
        const vi moved = vi_add(name##_i8_sum(a, b, s), vi_set(s->zero_y));                        \
        return vi_min(vi_max(moved, vi_set(s->lo)), vi_set(s->hi));                                \
    }                                                                                              \
    BINARY_I8(name, binary_i8_fits(a->zero_y, a->lo, a->hi), i8_narrow(FOUR(name##_i8_sum), &range))

/* What i8_range can hold. */
static inline int binary_i8_fits(int32_t zero, int32_t lo, int32_t hi) {
    return zero >= -128 && zero <= 127 && lo >= -128 && hi <= 127 && lo <= hi;
}

/* f of the vectors 0..3 that begin at i */
#define LEFT(v) (a_dense ? vi_load_i8(p + i + (v) * VF) : one_p)
#define RIGHT(v) (b_dense ? vi_load_i8(q + i + (v) * VF) : one_q)
#define FOUR(f) f(LEFT(0), RIGHT(0), a), f(LEFT(1), RIGHT(1), a), f(LEFT(2), RIGHT(2), a), f(LEFT(3), RIGHT(3), a)

/* As BINARY_Q_LOOP, but `four` gives four vectors at once as bytes, where the numbers are `usual`. The last four of a row
 * may overlap those before them: they are computed first, for y may be an operand. */
#define BINARY_I8(name, usual, four)                                                               \
    EDGE_KERNEL(name##_i8) {                                                                       \
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

SUM_I8(add_q)
SUM_I8(sub_q)
BINARY_Q(add_q, i16, int16_t, int16_t, i16, settle(vf_add(vf_mul(A, ma), vf_mul(B, mb)), vi_set(s->zero_y), s->lo, s->hi))
BINARY_Q(sub_q, i16, int16_t, int16_t, i16, settle(vf_sub(vf_mul(A, ma), vf_mul(B, mb)), vi_set(s->zero_y), s->lo, s->hi))
ARITHMETIC_Q(minimum_q, vf_min(vf_mul(A, ma), vf_mul(B, mb)))
ARITHMETIC_Q(maximum_q, vf_max(vf_mul(A, ma), vf_mul(B, mb)))
BINARY_Q(mul_q, i16, int16_t, int16_t, i16, settle(vf_mul(vf_mul(A, B), my), vi_set(s->zero_y), s->lo, s->hi))
ARITHMETIC_Q(prelu_q, vf_select(vf_lt(A, vf_set(0.0f)), vf_mul(vf_mul(A, B), my), vf_mul(A, ma)))
ARITHMETIC_Q(div_q, vf_mul(vf_div(A, B), my))
ARITHMETIC_Q(squared_difference_q, vf_mul(square_q(vf_sub(vf_mul(A, ma), vf_mul(B, mb))), my))
COMPARE_Q(equal_q, vf_eq(vf_mul(A, ma), vf_mul(B, mb)))
COMPARE_Q(not_equal_q, vf_ne(vf_mul(A, ma), vf_mul(B, mb)))
COMPARE_Q(less_q, vf_lt(vf_mul(A, ma), vf_mul(B, mb)))
COMPARE_Q(less_equal_q, vf_le(vf_mul(A, ma), vf_mul(B, mb)))
COMPARE_Q(greater_q, vf_gt(vf_mul(A, ma), vf_mul(B, mb)))
COMPARE_Q(greater_equal_q, vf_ge(vf_mul(A, ma), vf_mul(B, mb)))

/* Products of int8, as factors of squeeze and excitation are: the product of A and B is exact, in int32 as in float32. */
static inline vi mul_q_i8_product(vi a, vi b, const struct edge_mul_q_i8 *s) {
    return vi_mul(vi_sub(a, vi_set(s->zero_a)), vi_sub(b, vi_set(s->zero_b)));
}
static inline vi mul_q_i8_vi(vi a, vi b, const struct edge_mul_q_i8 *s) {
    const vf A = vi_to_vf(vi_sub(a, vi_set(s->zero_a))), B = vi_to_vf(vi_sub(b, vi_set(s->zero_b)));
    return settle(vf_mul(vf_mul(A, B), vf_set(s->m_y)), vi_set(s->zero_y), s->lo, s->hi);
}
static inline int mul_q_i8_fits(const struct edge_mul_q_i8 *s) { /* as what i8_finish may be given */
    return binary_i8_fits(s->zero_y, s->lo, s->hi) && binary_i8_fits(s->zero_a, 0, 0) && binary_i8_fits(s->zero_b, 0, 0) &&
           s->m_y > -1.0f && s->m_y < 1.0f;
}
static inline i8_bytes mul_q_i8_four(vi a, vi b, vi c, vi d, float multiplier, const struct i8_range *range) {
    const vf m = vf_set(multiplier), each[4] = {m, m, m, m};
    return i8_finish(a, b, c, d, each, range);
}
BINARY_I8(mul_q, mul_q_i8_fits(a), mul_q_i8_four(FOUR(mul_q_i8_product), a->m_y, &range))
