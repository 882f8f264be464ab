/* y = f(a, b) in float32, with broadcasting: along a row each operand is dense or one element. */
#include "rows.h"
#include "mask.h"
#include "math.h"

/* The loop of every member: `store` is vf_store or mask_store, with its form for the last elements. */
#define BINARY_ROWS(name, out, result, expression, store)                                          \
    static inline result name##_of(vf a, vf b) { return expression; }                              \
    EDGE_KERNEL(name##_f32) {                                                                      \
        const int a_dense = a->a_strides[7] != 0, b_dense = a->b_strides[7] != 0;                  \
        for (struct rows r = rows_begin(a->dims, a->a_strides, a->b_strides, t); r.left; rows_next(&r)) { \
            const float *p = a->a + r.a, *q = a->b + r.b;                                          \
            out *y = a->y + r.y;                                                                   \
            vf one_p = vf_set(*p), one_q = vf_set(*q);                                             \
            size_t i = 0, n = r.n;                                                                 \
            for (; i + VF <= n; i += VF)                                                           \
                store(y + i, name##_of(a_dense ? vf_load(p + i) : one_p, b_dense ? vf_load(q + i) : one_q)); \
            if (i < n)                                                                             \
                store##_n(y + i, name##_of(a_dense ? vf_load_n(p + i, n - i) : one_p,              \
                                           b_dense ? vf_load_n(q + i, n - i) : one_q), n - i);     \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }
#define BINARY_F32(name, expression) BINARY_ROWS(name, float, vf, expression, vf_store)
#define COMPARE_F32(name, expression) BINARY_ROWS(name, uint8_t, vm, expression, mask_store)

static inline vf binary_atan2(vf y, vf x) {
    vf zero = vf_set(0.0f), ax = vf_abs(x), ay = vf_abs(y);
    vm steep = vf_gt(ay, ax), still = vf_eq(vf_max(ax, ay), zero), far = vm_and(vf_eq(ax, ay), vf_gt(ax, vf_set(3.4028235e38f)));
    vf ratio = vf_div(vf_select(steep, ax, ay), vf_select(steep, ay, ax));
    ratio = vf_select(still, zero, vf_select(far, vf_set(1.0f), ratio));
    vf angle = vf_atan(ratio);
    angle = vf_select(steep, vf_sub(vf_set(1.57079637f), angle), angle);
    vm left = vi_lt(vf_as_vi(x), vi_set(0)); /* also -0 */
    angle = vf_select(left, vf_sub(vf_set(3.14159274f), angle), angle);
    vm nan = vm_or(vf_ne(x, x), vf_ne(y, y));
    return vf_select(nan, vf_add(x, y), math_sign(angle, y));
}

BINARY_F32(add, vf_add(a, b))
BINARY_F32(sub, vf_sub(a, b))
BINARY_F32(mul, vf_mul(a, b))
BINARY_F32(div, vf_div(a, b))
BINARY_F32(floor_div, vf_floor(vf_div(a, b)))
BINARY_F32(pow, vf_pow(a, b))
BINARY_F32(atan2, binary_atan2(a, b))
BINARY_F32(minimum, vf_select(vf_ne(a, a), a, vf_min(a, b))) /* vf_min gives b where b is NaN */
BINARY_F32(maximum, vf_select(vf_ne(a, a), a, vf_max(a, b)))
BINARY_F32(squared_difference, vf_mul(vf_sub(a, b), vf_sub(a, b)))
BINARY_F32(prelu, vf_select(vf_lt(a, vf_set(0.0f)), vf_mul(a, b), a))
COMPARE_F32(equal, vf_eq(a, b))
COMPARE_F32(not_equal, vf_ne(a, b))
COMPARE_F32(less, vf_lt(a, b))
COMPARE_F32(less_equal, vf_le(a, b))
COMPARE_F32(greater, vf_gt(a, b))
COMPARE_F32(greater_equal, vf_ge(a, b))
