/* The words of NEON; the dot-product extension (Armv8.2, optional; Cortex-A55 and A76 on) adds `sdot` to the tiles. */
#define EDGE_BYTE_DOT
#include "neon.h"

#define I8_IN_PLACE
#define I8_STEP 4
enum { I8_BIAS = 0 };
typedef int8_t i8_act;
typedef int8x16_t i8_w, i8_a;
static inline i8_w i8_load_w(const int8_t *p) { return vld1q_s8(p); }
static inline i8_a i8_set_a(const i8_act *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}
static inline i8_a i8_load_a(const i8_act *p) { return vld1q_s8(p); }
static inline vi i8_dot(vi acc, i8_a a, i8_w w) { return vdotq_s32(acc, a, w); }
enum { I8_BLOCK = 16 };
static inline void i8_gather_block(int8_t *to, const int8_t *from) { vst1q_s8(to, vld1q_s8(from)); }
EDGE_INLINE void i8_prefetch(uintptr_t at) { __builtin_prefetch((const void *)at); }

/* depthwise: bytes of 4*VF channels; four taps interleaved so that a lane's dot product runs over taps. Lane l of
 * vector v is channel bytes_channel(v, l). */
static inline int bytes_channel(int v, int l) { return 4 * v + l; }
static inline i8_bytes bytes_set(int32_t q) { return vdupq_n_s8((int8_t)q); }
static inline i8_bytes bytes_load(const int8_t *p, size_t n) { /* 1 <= n <= 16 */
    if (n >= 16) return vld1q_s8(p);
    int8_t t[16] = {0};
    for (size_t i = 0; i < n; i++) t[i] = p[i];
    return vld1q_s8(t);
}
static inline void bytes_interleave(i8_bytes a, i8_bytes b, i8_bytes c, i8_bytes d, i8_a *out) {
    int16x8_t ab = vreinterpretq_s16_s8(vzip1q_s8(a, b)), cd = vreinterpretq_s16_s8(vzip1q_s8(c, d));
    out[0] = vreinterpretq_s8_s16(vzip1q_s16(ab, cd)), out[1] = vreinterpretq_s8_s16(vzip2q_s16(ab, cd));
    ab = vreinterpretq_s16_s8(vzip2q_s8(a, b)), cd = vreinterpretq_s16_s8(vzip2q_s8(c, d));
    out[2] = vreinterpretq_s8_s16(vzip1q_s16(ab, cd)), out[3] = vreinterpretq_s8_s16(vzip2q_s16(ab, cd));
}
static inline void bytes_store(int8_t *p, const vi *v, size_t n) {
    int8_t t[16];
    tile_store_i8(n < 16 ? t : p, v);
    for (size_t i = 0; n < 16 && i < n; i++) p[i] = t[i];
}

/* a register holds the channels of one pixel */
#define DW_UNITS 1
static inline i8_bytes bytes_load_pixels(int units, const int8_t *p, ptrdiff_t stride, size_t n) {
    (void)units, (void)stride;
    return bytes_load(p, n);
}
static inline i8_a bytes_shift(int units, i8_a a, i8_a b) { /* never called: there is nothing to shift */
    (void)units, (void)a;
    return b;
}
static inline void bytes_put_pixels(int units, int8_t *y, ptrdiff_t stride, int pixels, size_t n, i8_bytes q) {
    (void)units, (void)stride, (void)pixels;
    tile_put(4, 1, y, 0, n, q);
}
