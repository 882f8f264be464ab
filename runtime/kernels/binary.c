/* y = f(a, b) in float32, with broadcasting: along a row each operand is dense or one element. */
#include "rows.h"

#define BINARY_F32(name, expression)                                                               \
    static inline vf name##_vf(vf a, vf b) { return expression; }                                  \
    EDGE_KERNEL(name##_f32) {                                                                      \
        const int a_dense = a->a_strides[7] != 0, b_dense = a->b_strides[7] != 0;                  \
        for (struct rows r = rows_begin(a->dims, a->a_strides, a->b_strides, t); r.left; rows_next(&r)) { \
            const float *p = a->a + r.a, *q = a->b + r.b;                                          \
            float *y = a->y + r.y;                                                                 \
            vf one_p = vf_set(*p), one_q = vf_set(*q);                                             \
            size_t i = 0, n = r.n;                                                                 \
            for (; i + VF <= n; i += VF)                                                           \
                vf_store(y + i, name##_vf(a_dense ? vf_load(p + i) : one_p, b_dense ? vf_load(q + i) : one_q)); \
            if (i < n)                                                                             \
                vf_store_n(y + i, name##_vf(a_dense ? vf_load_n(p + i, n - i) : one_p,             \
                                            b_dense ? vf_load_n(q + i, n - i) : one_q), n - i);    \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }

BINARY_F32(add, vf_add(a, b))
BINARY_F32(sub, vf_sub(a, b))
BINARY_F32(mul, vf_mul(a, b))
