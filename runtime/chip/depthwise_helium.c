/* y[P,Q,C] = int8 depthwise convolution of x[H,W,C] with windows of KH by KW: channels side by side, as they lie.
 *
 * A window is a list of how far each tap lies from the first; taps outside the image lie in a line of x_zero. What is
 * packed, for every sixteen channels (eight for wide weights): biases, less x_zero times the sum of the weights, and
 * multipliers, in the order in which products come out of a register, and the weights, a vector for each tap, of an even
 * number of taps. Up to fifteen bytes beyond the last channel are read, and count nothing. */
#include "compiler.h"
#include "dual.h"

struct chip_depthwise_i8 {
    const int8_t *x;
    int8_t *y;
    const uint32_t *w;
    int32_t *scratch; /* two lists of taps, and a line of x_zero */
    int16_t H, W, C, P, Q, KH, KW, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
    int8_t x_zero, y_zero;
};

/* Where the taps of the window lie that begins at row `top` and column `left`, counted from its first. */
static void chip_taps(const struct chip_depthwise_i8 *a, int32_t top, int32_t left, int32_t outside, int32_t *taps) {
    int32_t row = 0;
    for (int32_t i = 0; i < a->KH; i++, top += a->dilation_h, row += a->dilation_h * a->W * a->C)
        for (int32_t j = 0, at = left, tap = row; j < a->KW; j++, at += a->dilation_w, tap += a->dilation_w * a->C)
            *taps++ = top >= 0 && top < a->H && at >= 0 && at < a->W ? tap : outside;
    *taps = outside;
}

static inline int32x4_t chip_read(const int8_t *w) { return vldrwq_s32((const int32_t *)(const void *)w); }
static inline float32x4_t chip_read_f32(const int8_t *w) { return vldrwq_f32((const float *)(const void *)w); }

/* Sixteen channels: products of bytes are added in pairs as 16-bit numbers, which hold them since no weight is -128. */
EDGE_INLINE const int8_t *chip_lanes(const int8_t *x, const int32_t *taps, const int32_t *end, const int8_t *w,
                                     int32_t zero, int32_t channels, int8_t *y) {
    int32x4_t a = chip_read(w), b = chip_read(w + 16), c = chip_read(w + 32), d = chip_read(w + 48);
    const int8_t *scale = w + 64;
    for (w += 128; taps != end; taps += 2, w += 32) {
        const int8x16_t x0 = vldrbq_s8(x + taps[0]), w0 = vldrbq_s8(w);
        int16x8_t even = vmullbq_int_s8(x0, w0), odd = vmulltq_int_s8(x0, w0);
        const int8x16_t x1 = vldrbq_s8(x + taps[1]), w1 = vldrbq_s8(w + 16);
        even = vaddq_s16(even, vmullbq_int_s8(x1, w1)), odd = vaddq_s16(odd, vmulltq_int_s8(x1, w1));
        a = vaddq_s32(a, vmovlbq_s16(even)), b = vaddq_s32(b, vmovltq_s16(even));
        c = vaddq_s32(c, vmovlbq_s16(odd)), d = vaddq_s32(d, vmovltq_s16(odd));
    }
    int16x8_t even = vqmovnbq_s32(vdupq_n_s16(0), chip_scale(a, chip_read_f32(scale), zero));
    even = vqmovntq_s32(even, chip_scale(b, chip_read_f32(scale + 16), zero));
    int16x8_t odd = vqmovnbq_s32(vdupq_n_s16(0), chip_scale(c, chip_read_f32(scale + 32), zero));
    odd = vqmovntq_s32(odd, chip_scale(d, chip_read_f32(scale + 48), zero));
    const int8x16_t q = vqmovntq_s16(vqmovnbq_s16(vdupq_n_s8(0), even), odd);
    vstrbq_p_s8(y, q, vctp8q((uint32_t)channels));
    return w;
}

/* Eight channels with weights of 16 bits. */
EDGE_INLINE const int8_t *chip_wide_lanes(const int8_t *x, const int32_t *taps, const int32_t *end, const int8_t *w,
                                          int32_t zero, int32_t channels, int8_t *y) {
    int32x4_t even = chip_read(w), odd = chip_read(w + 16);
    const int8_t *scale = w + 32;
    for (w += 64; taps != end; taps++, w += 16) {
        const int16x8_t bytes = vldrbq_s16(x + *taps), tap = vldrhq_s16((const int16_t *)(const void *)w);
        even = vaddq_s32(even, vmullbq_int_s16(bytes, tap)), odd = vaddq_s32(odd, vmulltq_int_s16(bytes, tap));
    }
    int16x8_t q = vqmovnbq_s32(vdupq_n_s16(0), chip_scale(even, chip_read_f32(scale), zero));
    q = vqmovntq_s32(q, chip_scale(odd, chip_read_f32(scale + 16), zero));
    q = vmaxq_s16(vminq_s16(q, vdupq_n_s16(127)), vdupq_n_s16(-128));
    vstrbq_p_s16(y, q, vctp16q((uint32_t)channels));
    return w;
}

EDGE_INLINE void chip_depthwise(const struct chip_depthwise_i8 *a, int wide) {
    const int32_t down = (a->KH - 1) * a->dilation_h, across = (a->KW - 1) * a->dilation_w, C = a->C;
    const int32_t count = (a->KH * a->KW + 1) & ~1, zero = a->y_zero;
    int32_t *whole = a->scratch, *part = whole + count + 1;
    int8_t *line = (int8_t *)(part + count + 1), *y = a->y;
    chip_fill(line, a->x_zero, C);
    for (int32_t p = 0, top = -a->pad_top; p < a->P; p++, top += a->stride_h) {
        const int middle = top >= 0 && top + down < a->H;
        int ready = 0;
        for (int32_t q = 0, left = -a->pad_left; q < a->Q; q++, left += a->stride_w, y += C) {
            const int inside = middle && left >= 0 && left + across < a->W;
            const int8_t *first = a->x + (top * a->W + left) * C, *w = (const int8_t *)a->w;
            int32_t *taps = inside ? whole : part;
            if (!inside || !ready) chip_taps(a, top, left, (int32_t)(line - first), taps);
            if (inside) taps[a->KH * a->KW] = 0, ready = 1;
            for (int32_t c = 0; c < C; c += wide ? 8 : 16)
                w = wide ? chip_wide_lanes(first + c, taps, taps + count, w, zero, C - c, y + c)
                         : chip_lanes(first + c, taps, taps + count, w, zero, C - c, y + c);
        }
    }
}
CHIP_KERNEL void chip_depthwise_lanes_i8(const struct chip_depthwise_i8 *a) { chip_depthwise(a, 0); }
CHIP_KERNEL void chip_depthwise_wide_lanes_i8(const struct chip_depthwise_i8 *a) { chip_depthwise(a, 1); }
