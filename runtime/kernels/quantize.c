/* float32 to integers and back, per tensor (one channel) or per channel. */
#include "../simd/tile_i8.h"
#include "requantize.h"

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(EDGE_ONE_LANE)
/* Whole blocks of x / scale to int8, without a division: x times 1 / scale in steps of 2^-16, to which a half is added, is
 * within 3 steps of the quotient where that does not saturate. So what has NEAR steps more rounds alike, unless its fraction
 * is less than twice that; such a block is divided, and one with numbers that no int32 holds, or that are none: their
 * fraction is 0, or they are the most that there is. How many elements were done. */
static size_t quantize_i8_blocks(int8_t *y, const float *x, float scale, int32_t zero, size_t n) {
    enum { BLOCK = 4 * VF, NEAR = 4 };
    if (!(scale > 0x1p-100f && scale < 0x1p100f) || zero < -128 || zero > 127) return 0; /* 1 / scale may be no usual number */
    const vf steps = vf_set(1.0f / scale * 65536.0f), half = vf_set(32768.0f + NEAR);
    const vi fraction = vi_set(65536 - 2 * NEAR), none = vi_set(0), z = vi_set(zero);
    const struct i8_range range = i8_range(zero, -128, 127);
    size_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK) {
        vi q[4];
        vm close[4];
        EDGE_UNROLL
        for (int v = 0; v < 4; v++) {
            q[v] = vf_to_vi(vf_fma(vf_load(x + i + (size_t)v * VF), steps, half));
            close[v] = vi_eq(vi_and(q[v], fraction), none);
            q[v] = vi_sra(q[v], 16);
        }
        if (vm_any(vm_or(vm_or(close[0], close[1]), vm_or(close[2], close[3])))) {
            for (size_t k = i; k < i + BLOCK; k += VF)
                vi_store_i8(y + k, settle(vf_div(vf_load(x + k), vf_set(scale)), z, -128, 127));
        } else {
            tile_put(1, 4, y + i, VF, VF, i8_narrow(q[0], q[1], q[2], q[3], &range));
        }
    }
    return i;
}
#else
/* Whole blocks of x / scale to int8, without a division: x times 1 / scale is within 2^-14 of the quotient up to 256, and
 * beyond that both saturate. So they round alike where the product is not that close to a half; else the block is divided.
 * How many elements were done. */
static size_t quantize_i8_blocks(int8_t *y, const float *x, float scale, int32_t zero, size_t n) {
    enum { BLOCK = TILE_VECS * VF };
    if (!(scale > 0x1p-100f && scale < 0x1p100f)) return 0; /* 1 / scale may not be a usual number */
    const vf inverse = vf_set(1.0f / scale), least = vf_set((float)(-128 - zero)), most = vf_set((float)(127 - zero));
    const vf near = vf_set(0.5f - 0x1p-14f), up = vf_set(0x1.8p23f); /* what has it added is a whole number in its low bits */
    const vi z = vi_set(zero), down = vi_sub(z, vf_as_vi(up));
    size_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK) {
        vi q[TILE_VECS];
        vm clear[TILE_VECS];
        EDGE_UNROLL
        for (int v = 0; v < TILE_VECS; v++) {
            const vf p = vf_min(most, vf_max(least, vf_mul(vf_load(x + i + (size_t)v * VF), inverse)));
            const vf raised = vf_add(p, up);
            clear[v] = vf_lt(vf_abs(vf_sub(p, vf_sub(raised, up))), near); /* not so where p is not a number */
            q[v] = vi_add(vf_as_vi(raised), down);
            if (v) clear[0] = vm_and(clear[0], clear[v]);
        }
        if (vm_any(vm_not(clear[0]))) {
            EDGE_UNROLL
            for (int v = 0; v < TILE_VECS; v++)
                q[v] = settle(vf_div(vf_load(x + i + (size_t)v * VF), vf_set(scale)), z, -128, 127);
        }
        tile_store_i8(y + i, q);
    }
    return i;
}
#endif
#define quantize_u8_blocks(y, x, scale, zero, n) 0
#define quantize_i16_blocks(y, x, scale, zero, n) 0

/* With inner == 1 the channels run along a row and each element has its own scale; else a row has one. */
#define QUANTIZE(suffix, type, lo, hi)                                                             \
    static inline vi quantize_##suffix##_vi(vf x, vf scale, vi zero) { return settle(vf_div(x, scale), zero, lo, hi); } \
    static void quantize_##suffix##_row(type *y, const float *x, const float *scale, const int32_t *zero, size_t n) { \
        vf s = vf_set(*scale);                                                                     \
        vi z = vi_set(*zero);                                                                      \
        size_t i = quantize_##suffix##_blocks(y, x, *scale, *zero, n);                             \
        for (; i + VF <= n; i += VF) vi_store_##suffix(y + i, quantize_##suffix##_vi(vf_load(x + i), s, z)); \
        if (i < n) vi_store_##suffix##_n(y + i, quantize_##suffix##_vi(vf_load_n(x + i, n - i), s, z), n - i); \
    }                                                                                              \
    static void quantize_##suffix##_each(type *y, const float *x, const float *scale, const int32_t *zero, size_t n) { \
        size_t i = 0;                                                                              \
        for (; i + VF <= n; i += VF)                                                               \
            vi_store_##suffix(y + i, quantize_##suffix##_vi(vf_load(x + i), vf_load(scale + i), vi_load(zero + i))); \
        if (i < n)                                                                                 \
            vi_store_##suffix##_n(y + i, quantize_##suffix##_vi(vf_load_n(x + i, n - i), vf_load_n(scale + i, n - i), \
                                                                vi_load_n(zero + i, n - i)), n - i); \
    }                                                                                              \
    static void dequantize_##suffix##_row(float *y, const type *x, const float *scale, const int32_t *zero, size_t n) { \
        vf s = vf_set(*scale);                                                                     \
        vi z = vi_set(*zero);                                                                      \
        size_t i = 0;                                                                              \
        for (; i + VF <= n; i += VF) vf_store(y + i, vf_mul(vi_to_vf(vi_sub(vi_load_##suffix(x + i), z)), s)); \
        if (i < n) vf_store_n(y + i, vf_mul(vi_to_vf(vi_sub(vi_load_##suffix##_n(x + i, n - i), z)), s), n - i); \
    }                                                                                              \
    static void dequantize_##suffix##_each(float *y, const type *x, const float *scale, const int32_t *zero, size_t n) { \
        size_t i = 0;                                                                              \
        for (; i + VF <= n; i += VF)                                                               \
            vf_store(y + i, vf_mul(vi_to_vf(vi_sub(vi_load_##suffix(x + i), vi_load(zero + i))), vf_load(scale + i))); \
        if (i < n)                                                                                 \
            vf_store_n(y + i, vf_mul(vi_to_vf(vi_sub(vi_load_##suffix##_n(x + i, n - i), vi_load_n(zero + i, n - i))), \
                                     vf_load_n(scale + i, n - i)), n - i);                         \
    }                                                                                              \
    QUANTIZE_ROWS(quantize_##suffix)                                                               \
    QUANTIZE_ROWS(dequantize_##suffix)

#define QUANTIZE_ROWS(name)                                                                        \
    EDGE_KERNEL(name) {                                                                            \
        size_t channels = (size_t)a->channels, inner = (size_t)a->inner, outer = (size_t)a->outer; \
        int each = inner == 1;                                                                     \
        size_t width = each ? channels : inner;                                                    \
        struct part p = part_of(t, each ? outer : outer * channels, width);                        \
        for (size_t r = p.lo; r < p.hi && p.first < p.last; r++) {                                 \
            size_t at = r * width + p.first, n = p.last - p.first;                                 \
            if (each) name##_each(a->y + at, a->x + at, a->scale + p.first, a->zero + p.first, n); \
            else name##_row(a->y + at, a->x + at, a->scale + r % channels, a->zero + r % channels, n); \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }

QUANTIZE(i8, int8_t, -128, 127)
QUANTIZE(u8, uint8_t, 0, 255)
QUANTIZE(i16, int16_t, -32768, 32767)

/* The scale and the zero point that hold a row and 0: a part of every row, but the whole range, where rows are few. */
static void quantize_rows_range(const float *x, size_t n, float *scale, int32_t *zero) {
    vf lo = vf_set(0.0f), hi = vf_set(0.0f);
    size_t i = 0;
    for (; i + VF <= n; i += VF) { /* the second operand counts where the first is not a number */
        const vf v = vf_load(x + i);
        lo = vf_min(v, lo), hi = vf_max(v, hi);
    }
    if (i < n) {
        const vf v = vf_load_n(x + i, n - i);
        lo = vf_min(v, lo), hi = vf_max(v, hi);
    }
    const float least = vf_hmin(lo), step = (vf_hmax(hi) - least) / 255.0f;
    *scale = step >= 0x1p-126f ? step : 1.0f;
    const float z = -least / *scale;
    *zero = vi_hmax(vf_to_vi(vf_set(z > 0.0f ? z < 255.0f ? z : 255.0f : 0.0f))) - 128;
}

EDGE_KERNEL(quantize_rows_f32) {
    const size_t rows = (size_t)a->rows, n = (size_t)a->n;
    const struct part p = part_of(t, rows, n);
    for (size_t r = p.lo; r < p.hi; r++) {
        float scale;
        int32_t zero;
        quantize_rows_range(a->x + r * n, n, &scale, &zero);
        if (p.hi - p.lo < rows || t->index == 0) a->scale[r] = scale, a->zero[r] = zero;
        if (p.first < p.last)
            quantize_i8_row(a->q + r * n + p.first, a->x + r * n + p.first, &scale, &zero, p.last - p.first);
    }
    return EDGE_OK;
}
