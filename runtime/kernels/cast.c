/* Conversion between any two element types: a block at a time into double, int64 or uint64, all of which hold every
 * value of the types behind them, and from there into the target. Rounding happens once, except into bf16 from
 * integers and f64, which pass through f32. No half-precision instruction is needed. */
#include "../kernel.h"

/* numbered in order of size, as in ops/cast.py */
enum cast_type { CAST_BOOL, CAST_I8, CAST_U8, CAST_I16, CAST_U16, CAST_F16, CAST_BF16, CAST_I32, CAST_U32, CAST_F32,
                 CAST_I64, CAST_U64, CAST_F64 };
enum { CAST_BLOCK = 128 };

static size_t cast_size(int32_t type) {
    return type < CAST_I16 ? 1 : type < CAST_I32 ? 2 : type < CAST_I64 ? 4 : 8;
}
static double cast_from_half(uint16_t h) {
    int exponent = h >> 10 & 31;
    uint64_t fraction = h & 1023u, sign = (uint64_t)(h >> 15) << 63, bits;
    double d;
    if (exponent == 0) { /* zero or denormal: fraction * 2^-24 */
        d = (double)fraction * 0x1p-24;
        return sign ? -d : d;
    }
    bits = sign | (exponent == 31 ? (uint64_t)2047 : (uint64_t)(exponent + 1008)) << 52 | fraction << 42;
    memcpy(&d, &bits, 8);
    return d;
}
static uint16_t cast_to_half(double d) {
    uint64_t bits;
    memcpy(&bits, &d, 8);
    uint16_t sign = (uint16_t)(bits >> 48 & 0x8000u);
    bits &= ~(UINT64_C(1) << 63);
    memcpy(&d, &bits, 8);
    if (d != d) return (uint16_t)(sign | 0x7e00u | (bits >> 42 & 0x3ffu));
    if (d >= 65520.0) return (uint16_t)(sign | 0x7c00u);
    if (d < 0x1p-14) { /* adding 2^28 leaves units of 2^-24, rounded to nearest even */
        volatile double up = d + 0x1p28;
        return (uint16_t)(sign | (uint16_t)(uint32_t)((up - 0x1p28) * 0x1p24));
    }
    bits += (UINT64_C(1) << 41) - 1 + (bits >> 42 & 1);
    return (uint16_t)(sign | (uint16_t)((bits >> 42) - (UINT64_C(1008) << 10)));
}
static float cast_from_bf16(uint16_t h) {
    uint32_t bits = (uint32_t)h << 16;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}
static uint16_t cast_to_bf16(float f) {
    uint32_t bits;
    memcpy(&bits, &f, 4);
    if (f != f) return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}
static int64_t cast_whole(double d, double low, double high) { /* toward zero, within [low, high]; NaN is 0 */
    if (!(d == d)) return 0;
    return d >= high ? (int64_t)high : d <= low ? (int64_t)low : (int64_t)d;
}
static int64_t cast_to_i64(double d) {
    if (d >= 0x1p63) return INT64_MAX;
    return d < -0x1p63 ? INT64_MIN : d == d ? (int64_t)d : 0;
}
static uint64_t cast_to_u64(double d) {
    if (d >= 0x1p64) return UINT64_MAX;
    return d > 0.0 ? (uint64_t)d : 0;
}

#define CAST_EACH(from, to, expression)                                                            \
    for (size_t i = 0; i < n; i++) {                                                               \
        from v;                                                                                    \
        memcpy(&v, x + i * sizeof(from), sizeof(from));                                            \
        to w = (to)(expression);                                                                   \
        memcpy(y + i * sizeof(to), &w, sizeof(to));                                                \
    }                                                                                              \
    break;

/* Floats to double, unsigned long integers as they are, other integers to int64. */
static void cast_widen(uint8_t *y, const uint8_t *x, size_t n, int32_t type) {
    switch (type) {
    case CAST_BOOL: CAST_EACH(uint8_t, int64_t, v != 0)
    case CAST_I8: CAST_EACH(int8_t, int64_t, v)
    case CAST_U8: CAST_EACH(uint8_t, int64_t, v)
    case CAST_I16: CAST_EACH(int16_t, int64_t, v)
    case CAST_U16: CAST_EACH(uint16_t, int64_t, v)
    case CAST_I32: CAST_EACH(int32_t, int64_t, v)
    case CAST_U32: CAST_EACH(uint32_t, int64_t, v)
    case CAST_F16: CAST_EACH(uint16_t, double, cast_from_half(v))
    case CAST_BF16: CAST_EACH(uint16_t, double, cast_from_bf16(v))
    case CAST_F32: CAST_EACH(float, double, v)
    default: memcpy(y, x, n * 8);
    }
}
static void cast_from_double(uint8_t *y, const uint8_t *x, size_t n, int32_t type) {
    switch (type) {
    case CAST_BOOL: CAST_EACH(double, uint8_t, v != 0.0)
    case CAST_I8: CAST_EACH(double, int8_t, cast_whole(v, -128, 127))
    case CAST_U8: CAST_EACH(double, uint8_t, cast_whole(v, 0, 255))
    case CAST_I16: CAST_EACH(double, int16_t, cast_whole(v, -32768, 32767))
    case CAST_U16: CAST_EACH(double, uint16_t, cast_whole(v, 0, 65535))
    case CAST_I32: CAST_EACH(double, int32_t, cast_whole(v, -2147483648.0, 2147483647.0))
    case CAST_U32: CAST_EACH(double, uint32_t, cast_whole(v, 0, 4294967295.0))
    case CAST_I64: CAST_EACH(double, int64_t, cast_to_i64(v))
    case CAST_U64: CAST_EACH(double, uint64_t, cast_to_u64(v))
    case CAST_F16: CAST_EACH(double, uint16_t, cast_to_half(v))
    case CAST_BF16: CAST_EACH(double, uint16_t, cast_to_bf16((float)v))
    case CAST_F32: CAST_EACH(double, float, v)
    default: memcpy(y, x, n * 8);
    }
}
#define CAST_FROM(name, type)                                                                      \
    static void name(uint8_t *y, const uint8_t *x, size_t n, int32_t target) {                     \
        switch (target) {                                                                          \
        case CAST_BOOL: CAST_EACH(type, uint8_t, v != 0)                                           \
        case CAST_I8: case CAST_U8: CAST_EACH(type, uint8_t, v)                                    \
        case CAST_I16: case CAST_U16: CAST_EACH(type, uint16_t, v)                                 \
        case CAST_I32: case CAST_U32: CAST_EACH(type, uint32_t, v)                                 \
        case CAST_F16: CAST_EACH(type, uint16_t, cast_to_half((double)(float)v))                   \
        case CAST_BF16: CAST_EACH(type, uint16_t, cast_to_bf16((float)v))                          \
        case CAST_F32: CAST_EACH(type, float, v)                                                   \
        case CAST_F64: CAST_EACH(type, double, v)                                                  \
        default: memcpy(y, x, n * 8);                                                              \
        }                                                                                          \
    }
CAST_FROM(cast_from_signed, int64_t)
CAST_FROM(cast_from_unsigned, uint64_t)

EDGE_KERNEL(cast) {
    const size_t from = cast_size(a->source), to = cast_size(a->target);
    const int is_float = a->source == CAST_F16 || a->source == CAST_BF16 || a->source == CAST_F32 || a->source == CAST_F64;
    size_t lo, hi;
    edge_share(t, (size_t)a->n, &lo, &hi);
    for (size_t i = lo; i < hi; i += CAST_BLOCK) {
        uint8_t wide[CAST_BLOCK * 8];
        size_t n = hi - i < CAST_BLOCK ? hi - i : CAST_BLOCK;
        cast_widen(wide, a->x + i * from, n, a->source);
        if (is_float) cast_from_double(a->y + i * to, wide, n, a->target);
        else if (a->source == CAST_U64) cast_from_unsigned(a->y + i * to, wide, n, a->target);
        else cast_from_signed(a->y + i * to, wide, n, a->target);
    }
    return EDGE_OK;
}
