/* y = f(x) in float64, integers and bool. Integers wrap: the lowest number is its own negative. */
#include <math.h>

#include "map.h"

#define MAP_INTEGERS(name, signed_expression, unsigned_expression)                                 \
    MAP_PLAIN(name, i32, int32_t, int32_t, signed_expression)                                      \
    MAP_PLAIN(name, i64, int64_t, int64_t, signed_expression)                                      \
    MAP_PLAIN(name, u64, uint64_t, uint64_t, unsigned_expression)

MAP_INTEGERS(abs, x < 0 ? 0 - (uint64_t)x : (uint64_t)x, x)
MAP_INTEGERS(neg, 0 - (uint64_t)x, 0 - x)
MAP_INTEGERS(sign, (x > 0) - (x < 0), x > 0)
MAP_INTEGERS(square, (uint64_t)x * (uint64_t)x, x * x)
MAP_INTEGERS(bitwise_not, ~x, ~x)
MAP_PLAIN(bitwise_not, bool, uint8_t, uint8_t, x == 0)
MAP_PLAIN(logical_not, bool, uint8_t, uint8_t, x == 0)
MAP_PLAIN(isnan, f64, double, uint8_t, x != x)
MAP_PLAIN(isinf, f64, double, uint8_t, (a->positive && x == HUGE_VAL) || (a->negative && x == -HUGE_VAL))

MAP_F64(abs, fabs(x))
MAP_F64(neg, -x)
MAP_F64(sign, x > 0 ? 1.0 : x < 0 ? -1.0 : x)
MAP_F64(square, x * x)
MAP_F64(floor, floor(x))
MAP_F64(ceil, ceil(x))
MAP_F64(round, rint(x))
MAP_F64(trunc, trunc(x))
MAP_F64(sqrt, sqrt(x))
MAP_F64(rsqrt, 1.0 / sqrt(x))
MAP_F64(reciprocal, 1.0 / x)
MAP_F64(exp, exp(x))
MAP_F64(expm1, expm1(x))
MAP_F64(log, log(x))
MAP_F64(log1p, log1p(x))
MAP_F64(sin, sin(x))
MAP_F64(cos, cos(x))
MAP_F64(tan, tan(x))
MAP_F64(asin, asin(x))
MAP_F64(acos, acos(x))
MAP_F64(atan, atan(x))
MAP_F64(sinh, sinh(x))
MAP_F64(cosh, cosh(x))
MAP_F64(tanh, tanh(x))
MAP_F64(asinh, asinh(x))
MAP_F64(acosh, acosh(x))
MAP_F64(atanh, atanh(x))
MAP_F64(erf, erf(x))
MAP_F64(sigmoid, x < 0 ? exp(x) / (1.0 + exp(x)) : 1.0 / (1.0 + exp(-x)))
