/* quantize and dequantize for the types without SIMD words. */
#include "settle_wide.h"

#define QUANTIZE_PLAIN(suffix, type, lo, hi)                                                       \
    EDGE_KERNEL(quantize_##suffix) {                                                               \
        size_t channels = (size_t)a->channels, inner = (size_t)a->inner, first, last;              \
        edge_share(t, (size_t)a->outer * channels * inner, &first, &last);                         \
        for (size_t i = first; i < last; i++) {                                                    \
            size_t c = i / inner % channels;                                                       \
            a->y[i] = (type)settle_wide(a->x[i] / a->scale[c], a->zero[c], lo, hi);                \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }                                                                                              \
    EDGE_KERNEL(dequantize_##suffix) {                                                             \
        size_t channels = (size_t)a->channels, inner = (size_t)a->inner, first, last;              \
        edge_share(t, (size_t)a->outer * channels * inner, &first, &last);                         \
        for (size_t i = first; i < last; i++) {                                                    \
            size_t c = i / inner % channels;                                                       \
            a->y[i] = (float)((int64_t)a->x[i] - a->zero[c]) * a->scale[c];                        \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }

QUANTIZE_PLAIN(u16, uint16_t, 0, 65535)
QUANTIZE_PLAIN(i32, int32_t, INT32_MIN, INT32_MAX)
