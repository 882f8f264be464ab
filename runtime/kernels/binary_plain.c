/* y = f(a, b) for the types without SIMD words. Integers wrap around: sums and products are formed unsigned.
 *
 * No input traps: dividing by zero gives 0, as does a remainder by zero; the lowest number divided by -1 is itself. */
#include <math.h>

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

#define EACH_SIGNED(name, expression)                                                              \
    BINARY(name, i32, int32_t, int32_t, expression)                                                \
    BINARY(name, i64, int64_t, int64_t, expression)
#define EACH_INTEGER(name, signed_expression, unsigned_expression)                                 \
    EACH_SIGNED(name, signed_expression)                                                           \
    BINARY(name, u64, uint64_t, uint64_t, unsigned_expression)

/* integer arithmetic, in the widest type: narrowing wraps */
static inline int64_t plain_div(int64_t a, int64_t b) { /* toward zero */
    if (b == 0) return 0;
    return b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}
static inline int64_t plain_fmod(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }
static inline int64_t plain_mod(int64_t a, int64_t b) { /* the sign of b */
    int64_t r = plain_fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
static inline int64_t plain_floor_div(int64_t a, int64_t b) {
    int64_t r = plain_fmod(a, b);
    return plain_div(a, b) - (r != 0 && (r < 0) != (b < 0));
}
static inline uint64_t plain_power(uint64_t base, uint64_t exponent) {
    uint64_t y = 1;
    for (; exponent; exponent >>= 1, base *= base)
        if (exponent & 1) y *= base;
    return y;
}
static inline int64_t plain_pow(int64_t base, int64_t exponent) { /* a negative exponent: the fraction, toward zero */
    if (exponent >= 0) return (int64_t)plain_power((uint64_t)base, (uint64_t)exponent);
    if (base == 1) return 1;
    return base == -1 ? (exponent & 1 ? -1 : 1) : 0;
}
/* a shift by a negative count, or by the width or more, moves every bit out */
static inline int64_t plain_shift_left(int64_t a, int64_t count, int bits) {
    return count < 0 || count >= bits ? 0 : (int64_t)((uint64_t)a << count);
}
static inline int64_t plain_shift_right(int64_t a, int64_t count, int bits) {
    return a >> (count < 0 || count >= bits ? bits - 1 : (int)count);
}
/* float remainders: exact in any precision, so that double serves both */
static inline double plain_mod_float(double a, double b) {
    double r = fmod(a, b);
    if (r == 0.0) return copysign(0.0, b);
    return (r < 0.0) != (b < 0.0) ? r + b : r;
}

BINARY(add, f64, double, double, a + b)
BINARY(sub, f64, double, double, a - b)
BINARY(mul, f64, double, double, a * b)
BINARY(div, f64, double, double, a / b)
BINARY(floor_div, f64, double, double, floor(a / b))
BINARY(pow, f64, double, double, pow(a, b))
BINARY(atan2, f64, double, double, atan2(a, b))
BINARY(minimum, f64, double, double, a < b || a != a ? a : b)
BINARY(maximum, f64, double, double, a > b || a != a ? a : b)
BINARY(squared_difference, f64, double, double, (a - b) * (a - b))
BINARY(prelu, f64, double, double, a < 0.0 ? a * b : a)
BINARY(fmod, f64, double, double, fmod(a, b))
BINARY(fmod, f32, float, float, fmod((double)a, (double)b))
BINARY(mod, f64, double, double, plain_mod_float(a, b))
BINARY(mod, f32, float, float, plain_mod_float((double)a, (double)b))

EACH_INTEGER(add, (uint64_t)a + (uint64_t)b, a + b)
EACH_INTEGER(sub, (uint64_t)a - (uint64_t)b, a - b)
EACH_INTEGER(mul, (uint64_t)a * (uint64_t)b, a * b)
EACH_INTEGER(div, plain_div(a, b), b ? a / b : 0)
EACH_INTEGER(floor_div, plain_floor_div(a, b), b ? a / b : 0)
EACH_INTEGER(mod, plain_mod(a, b), b ? a % b : 0)
EACH_INTEGER(fmod, plain_fmod(a, b), b ? a % b : 0)
EACH_INTEGER(pow, plain_pow(a, b), plain_power(a, b))
EACH_INTEGER(minimum, a < b ? a : b, a < b ? a : b)
EACH_INTEGER(maximum, a > b ? a : b, a > b ? a : b)
EACH_INTEGER(squared_difference, ((uint64_t)a - (uint64_t)b) * ((uint64_t)a - (uint64_t)b), (a - b) * (a - b))
EACH_SIGNED(prelu, a < 0 ? (uint64_t)a * (uint64_t)b : (uint64_t)a)

#define BITS(name, operation)                                                                      \
    EACH_INTEGER(name, a operation b, a operation b)                                               \
    BINARY(name, bool, uint8_t, uint8_t, (a != 0) operation (b != 0))
BITS(bitwise_and, &)
BITS(bitwise_or, |)
BITS(bitwise_xor, ^)
BINARY(shift_left, i32, int32_t, int32_t, plain_shift_left(a, b, 32))
BINARY(shift_left, i64, int64_t, int64_t, plain_shift_left(a, b, 64))
BINARY(shift_left, u64, uint64_t, uint64_t, b < 64 ? a << b : 0)
BINARY(shift_right, i32, int32_t, int32_t, plain_shift_right(a, b, 32))
BINARY(shift_right, i64, int64_t, int64_t, plain_shift_right(a, b, 64))
BINARY(shift_right, u64, uint64_t, uint64_t, b < 64 ? a >> b : 0)

BINARY(logical_and, bool, uint8_t, uint8_t, (a != 0) & (b != 0))
BINARY(logical_or, bool, uint8_t, uint8_t, (a != 0) | (b != 0))
BINARY(logical_xor, bool, uint8_t, uint8_t, (a != 0) ^ (b != 0))

#define COMPARE(name, operation)                                                                   \
    BINARY(name, f64, double, uint8_t, a operation b)                                              \
    BINARY(name, i32, int32_t, uint8_t, a operation b)                                             \
    BINARY(name, i64, int64_t, uint8_t, a operation b)                                             \
    BINARY(name, u64, uint64_t, uint8_t, a operation b)                                            \
    BINARY(name, bool, uint8_t, uint8_t, (a != 0) operation (b != 0))
COMPARE(equal, ==)
COMPARE(not_equal, !=)
COMPARE(less, <)
COMPARE(less_equal, <=)
COMPARE(greater, >)
COMPARE(greater_equal, >=)
