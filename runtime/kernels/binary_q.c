/* y = f(a, b) for quantized operands, with broadcasting: along a row each operand is dense or one element.
 * A and B are the operands less their zero points, in float32; no operation is fused. */
#include "binary_i8.h"
#include "requantize.h"

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
    BINARY_I8(name, binary_i8_fits(a->zero_y, a->lo, a->hi), i8_narrow(FOUR(name##_i8_sum), &range)) \
    EDGE_KERNEL(name##_i8) { return name##_i8_rows(a, t); }

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
