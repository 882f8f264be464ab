/* requantize where one type has no SIMD words; and the flip of the top bit between i8 and u8. */
#include "settle_wide.h"

#define REQUANTIZE_PLAIN(from, to, to_type, lo, hi)                                                \
    EDGE_KERNEL(requantize_##from##_##to) {                                                        \
        size_t i, n;                                                                               \
        edge_share(t, (size_t)a->n, &i, &n);                                                       \
        for (; i < n; i++) {                                                                       \
            float real = (float)((int64_t)a->x[i] - a->zero_x) * a->multiplier;                    \
            a->y[i] = (to_type)settle_wide(real, a->zero_y, lo, hi);                               \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }
#define REQUANTIZE_WIDE(from)                                                                      \
    REQUANTIZE_PLAIN(from, u16, uint16_t, 0, 65535)                                                \
    REQUANTIZE_PLAIN(from, i32, int32_t, INT32_MIN, INT32_MAX)
#define REQUANTIZE_NARROW(from)                                                                    \
    REQUANTIZE_PLAIN(from, i8, int8_t, -128, 127)                                                  \
    REQUANTIZE_PLAIN(from, u8, uint8_t, 0, 255)                                                    \
    REQUANTIZE_PLAIN(from, i16, int16_t, -32768, 32767)

REQUANTIZE_WIDE(i8)
REQUANTIZE_WIDE(u8)
REQUANTIZE_WIDE(i16)
REQUANTIZE_WIDE(u16)
REQUANTIZE_WIDE(i32)
REQUANTIZE_NARROW(u16)
REQUANTIZE_NARROW(i32)

EDGE_KERNEL(flip_sign) {
    size_t i, n;
    edge_share(t, (size_t)a->n, &i, &n);
    for (; i + 64 <= n; i += 64) { /* eight bytes at a time, in a loop of known length, which compilers vectorise */
        uint64_t part[8];
        memcpy(part, a->x + i, sizeof part);
        for (int k = 0; k < 8; k++) part[k] ^= 0x8080808080808080u;
        memcpy(a->y + i, part, sizeof part);
    }
    for (; i < n; i++) a->y[i] = a->x[i] ^ 0x80;
    return EDGE_OK;
}
