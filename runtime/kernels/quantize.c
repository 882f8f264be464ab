/* float32 to integers and back, per tensor (one channel) or per channel. */
#include "requantize.h"

/* With inner == 1 the channels run along a row and each element has its own scale; else a row has one. */
#define QUANTIZE(suffix, type, lo, hi)                                                             \
    static inline vi quantize_##suffix##_vi(vf x, vf scale, vi zero) { return settle(vf_div(x, scale), zero, lo, hi); } \
    static void quantize_##suffix##_row(type *y, const float *x, const float *scale, const int32_t *zero, size_t n) { \
        vf s = vf_set(*scale);                                                                     \
        vi z = vi_set(*zero);                                                                      \
        size_t i = 0;                                                                              \
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
