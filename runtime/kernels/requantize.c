/* Between quantized types that have SIMD words: clamp(rne((x - zero_x) * multiplier) + zero_y). */
#include "requantize.h"

#define REQUANTIZE(from, from_type, to, to_type, lo, hi)                                           \
    EDGE_KERNEL(requantize_##from##_##to) {                                                        \
        const vi zero_x = vi_set(a->zero_x), zero_y = vi_set(a->zero_y);                           \
        const vf multiplier = vf_set(a->multiplier);                                               \
        const from_type *x = a->x;                                                                 \
        to_type *y = a->y;                                                                         \
        size_t i, n;                                                                               \
        edge_share(t, (size_t)a->n, &i, &n);                                                       \
        for (; i + VF <= n; i += VF) {                                                             \
            vf real = vi_to_vf(vi_sub(vi_load_##from(x + i), zero_x));                             \
            vi_store_##to(y + i, settle(vf_mul(real, multiplier), zero_y, lo, hi));                \
        }                                                                                          \
        if (i < n) {                                                                               \
            vf real = vi_to_vf(vi_sub(vi_load_##from##_n(x + i, n - i), zero_x));                  \
            vi_store_##to##_n(y + i, settle(vf_mul(real, multiplier), zero_y, lo, hi), n - i);     \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }
#define REQUANTIZE_FROM(from, from_type)                                                           \
    REQUANTIZE(from, from_type, i8, int8_t, -128, 127)                                             \
    REQUANTIZE(from, from_type, u8, uint8_t, 0, 255)                                               \
    REQUANTIZE(from, from_type, i16, int16_t, -32768, 32767)

REQUANTIZE_FROM(i8, int8_t)
REQUANTIZE_FROM(u8, uint8_t)
REQUANTIZE_FROM(i16, int16_t)
