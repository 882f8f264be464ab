/* Words for cores with Helium (Armv8.1-M MVE with floats). A tile is two pixels by four columns of weights, sixteen
 * products at a time: sixteen activations of the first pixel, sixteen of the second, and so on. */
#ifndef EDGE_CHIP_HELIUM_H
#define EDGE_CHIP_HELIUM_H
#include "compiler.h"
#include "settle.h"
#include <arm_mve.h>
#include <stdint.h>
#include <string.h>

enum { CHIP_ROWS = 2, CHIP_COLUMNS = 4, CHIP_LINE_COLUMNS = 4, CHIP_STEP = 16 };
typedef int8_t chip_act;
#include "tile.h"

/* Four sums to whole numbers, plus the zero point: as chip_settle, but not cut to int8. */
EDGE_INLINE int32x4_t chip_scale(int32x4_t sums, float32x4_t multiplier, int32_t zero) {
    const float32x4_t real = vmulq_f32(vcvtq_f32_s32(sums), multiplier);
    return vqaddq_n_s32(vcvtnq_s32_f32(real), zero);
}
EDGE_INLINE void chip_store_four(int8_t *y, int32x4_t q) {
    q = vmaxq_s32(vminq_s32(q, vdupq_n_s32(127)), vdupq_n_s32(-128));
    vstrbq_s32(y, q);
}
EDGE_INLINE int32x4_t chip_four(int32_t a, int32_t b, int32_t c, int32_t d) {
    int32x4_t all = vdupq_n_s32(a);
    all = vsetq_lane_s32(b, all, 1);
    return vsetq_lane_s32(d, vsetq_lane_s32(c, all, 2), 3);
}

/* n bytes of an image, or n times what lies outside it. */
EDGE_INLINE int8_t *chip_copy(int8_t *to, const int8_t *from, int32_t n) {
    for (int32_t i = 0; i < n; i += 16) {
        const mve_pred16_t some = vctp8q((uint32_t)(n - i));
        vstrbq_p_s8(to + i, vldrbq_z_s8(from + i, some), some);
    }
    return to + n;
}
EDGE_INLINE int8_t *chip_fill(int8_t *to, int8_t value, int32_t n) {
    for (int32_t i = 0; i < n; i += 16) vstrbq_p_s8(to + i, vdupq_n_s8(value), vctp8q((uint32_t)(n - i)));
    return to + n;
}

/* 16 * steps bytes of pixel `row` (0 or 1) to their places in a tile's activations. */
EDGE_INLINE void chip_spread(chip_act *to, int row, const int8_t *from, int32_t steps) {
    for (to += 16 * row; steps; steps--, from += 16, to += 32) vstrbq_s8(to, vldrbq_s8(from));
}
/* Where weights have a zero point, activations come three times, to be multiplied by the halves of it too. */
EDGE_INLINE int32_t chip_chunk_steps(int32_t K) { return (K + 15) / 16 * 2; }
CHIP_KERNEL void chip_spread_sums(chip_act *to, int row, const int8_t *from, int32_t K) {
    const int32_t steps = (K + 15) / 16;
    chip_spread(to, row, from, steps);
    chip_spread(to + 32 * steps, row, from, steps);
}

/* By hand: accumulators must be even registers, of which all eight are in use. r1, r3: activations and weights; r11: where
 * activations end; r7, r5: y1 and y0; r9: the zero point; on the stack where activations begin and weights end. */
CHIP_ASM void chip_blocks(struct chip_tile *b __attribute__((unused))) {
    __asm__("push {r4-r11, lr}\n"
            "ldrd r1, r11, [r0]\n"
            "ldrd r3, r2, [r0, #8]\n"
            "push {r1, r2}\n"
            "ldrd r5, r7, [r0, #16]\n"
            "ldr r9, [r0, #24]\n"
            "1: ldr r1, [sp]\n"
            "ldrd r2, r4, [r3], #8\n"
            "ldrd r6, r8, [r3], #8\n"
            "mov r10, r2\n"
            "mov r12, r4\n"
            "mov lr, r6\n"
            "mov r0, r8\n"
            "2: vldrb.8 q0, [r1], #16\n"
            "vldrb.8 q1, [r1], #16\n"
            "vldrb.8 q2, [r3], #16\n"
            "vmladava.s8 r2, q0, q2\n"
            "vmladava.s8 r10, q1, q2\n"
            "vldrb.8 q3, [r3], #16\n"
            "vmladava.s8 r4, q0, q3\n"
            "vmladava.s8 r12, q1, q3\n"
            "vldrb.8 q2, [r3], #16\n"
            "vmladava.s8 r6, q0, q2\n"
            "vmladava.s8 lr, q1, q2\n"
            "vldrb.8 q3, [r3], #16\n"
            "vmladava.s8 r8, q0, q3\n"
            "vmladava.s8 r0, q1, q3\n"
            "cmp r1, r11\n"
            "bne 2b\n"
            "vldrw.32 q2, [r3], #16\n"
            "vmov q0[2], q0[0], r2, r6\n"
            "vmov q0[3], q0[1], r4, r8\n"
            "vmov q1[2], q1[0], r10, lr\n"
            "vmov q1[3], q1[1], r12, r0\n"
            "vcvt.f32.s32 q0, q0\n"
            "vcvt.f32.s32 q1, q1\n"
            "vmul.f32 q0, q0, q2\n"
            "vmul.f32 q1, q1, q2\n"
            "vcvtn.s32.f32 q0, q0\n"
            "vcvtn.s32.f32 q1, q1\n"
            "vqadd.s32 q0, q0, r9\n"
            "vqadd.s32 q1, q1, r9\n"
            "vqmovnb.s32 q3, q1\n" /* pixel 1 in the lower halves, pixel 0 in the upper ones */
            "vqmovnt.s32 q3, q0\n"
            "vqmovnb.s16 q3, q3\n"
            "vstrb.32 q3, [r7], #4\n"
            "vshr.u32 q3, q3, #16\n"
            "vstrb.32 q3, [r5], #4\n"
            "ldr r0, [sp, #4]\n"
            "cmp r3, r0\n"
            "bne 1b\n"
            "pop {r0, r1, r4-r11, pc}\n");
}

CHIP_KERNEL void chip_lines(struct chip_line *l) {
    const int8_t *w = (const int8_t *)l->w, *w_end = (const int8_t *)l->w_end;
    for (int8_t *y = l->y; w != w_end; y += 4) {
        const int32x4_t bias = vldrwq_s32((const int32_t *)(const void *)w);
        int32_t a = 0, b = 0, c = 0, d = 0;
        w += 16;
        for (const int8_t *x = l->x; x != l->x_end; x += 16, w += 64) {
            const int8x16_t bytes = vldrbq_s8(x);
            a = vmladavaq_s8(a, bytes, vldrbq_s8(w)), b = vmladavaq_s8(b, bytes, vldrbq_s8(w + 16));
            c = vmladavaq_s8(c, bytes, vldrbq_s8(w + 32)), d = vmladavaq_s8(d, bytes, vldrbq_s8(w + 48));
        }
        const float32x4_t multiplier = vldrwq_f32((const float *)(const void *)w);
        w += 16;
        chip_store_four(y, chip_scale(vaddq_s32(chip_four(a, b, c, d), bias), multiplier, l->zero));
    }
}
#endif
