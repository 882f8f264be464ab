/* y = f(a, b) for the types without SIMD words. Integers wrap around: sums and products are formed unsigned. */
#include "rows.h"

#define BINARY(name, suffix, type, out, expression)                                                \
    static inline out name##_##suffix##_one(type a, type b) { return (out)(expression); }          \
    EDGE_KERNEL(name##_##suffix) {                                                                 \
        size_t p_step = (size_t)a->a_strides[7], q_step = (size_t)a->b_strides[7];                 \
        for (struct rows r = rows_begin(a->dims, a->a_strides, a->b_strides, t); r.left; rows_next(&r)) \
            for (size_t i = 0; i < r.n; i++)                                                       \
                a->y[r.y + i] = name##_##suffix##_one(a->a[r.a + i * p_step], a->b[r.b + i * q_step]); \
        return EDGE_OK;                                                                            \
    }

#define EACH_INTEGER(name, signed_expression, unsigned_expression)                                 \
    BINARY(name, i32, int32_t, int32_t, signed_expression)                                         \
    BINARY(name, i64, int64_t, int64_t, signed_expression)                                         \
    BINARY(name, u64, uint64_t, uint64_t, unsigned_expression)

BINARY(add, f64, double, double, a + b)
BINARY(sub, f64, double, double, a - b)
BINARY(mul, f64, double, double, a * b)
EACH_INTEGER(add, (uint64_t)a + (uint64_t)b, a + b)
EACH_INTEGER(sub, (uint64_t)a - (uint64_t)b, a - b)
EACH_INTEGER(mul, (uint64_t)a * (uint64_t)b, a * b)
