/* y = f(x) in float32; the functions themselves are in math.h, with their errors. */
#include "map.h"
#include "mask.h"
#include "math.h"

MAP_F32(abs, vf_abs(x))
MAP_F32(neg, vf_neg(x))
MAP_F32(sign, vf_select(vf_gt(x, vf_set(0.0f)), vf_set(1.0f), vf_select(vf_lt(x, vf_set(0.0f)), vf_set(-1.0f), x)))
MAP_F32(square, vf_mul(x, x))
MAP_F32(floor, vf_floor(x))
MAP_F32(ceil, vf_ceil(x))
MAP_F32(round, vf_round(x))
MAP_F32(trunc, vf_trunc(x))
MAP_F32(sqrt, vf_sqrt(x))
MAP_F32(rsqrt, vf_div(vf_set(1.0f), vf_sqrt(x)))
MAP_F32(reciprocal, vf_div(vf_set(1.0f), x))
MAP_F32(exp, vf_exp(x))
MAP_F32(expm1, vf_expm1(x))
MAP_F32(log, vf_log(x))
MAP_F32(log1p, vf_log1p(x))
MAP_F32(sin, vf_sin(x))
MAP_F32(cos, vf_cos(x))
MAP_F32(tan, vf_tan(x))
MAP_F32(asin, vf_asin(x))
MAP_F32(acos, vf_acos(x))
MAP_F32(atan, vf_atan(x))
MAP_F32(sinh, vf_sinh(x))
MAP_F32(cosh, vf_cosh(x))
MAP_F32(tanh, vf_tanh(x))
MAP_F32(asinh, vf_asinh(x))
MAP_F32(acosh, vf_acosh(x))
MAP_F32(atanh, vf_atanh(x))
MAP_F32(erf, vf_erf(x))
MAP_F32(sigmoid, vf_sigmoid(x))
MAP_VECTOR(isnan, vm, vf_ne(x, x), mask_store)
MAP_VECTOR(isinf, vm,
           vm_or(vf_eq(x, vf_set(a->positive ? __builtin_inff() : __builtin_nanf(""))),
                 vf_eq(x, vf_set(a->negative ? -__builtin_inff() : __builtin_nanf("")))), mask_store)
