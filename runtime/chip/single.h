/* Words for cores that multiply one number by another: Armv6-M, RV32IMC, and any other in plain C.
 *
 * One multiplication makes two products. A tile is two pixels by two columns of weights, and a word of its activations
 * holds both pixels: the first plus 2^16 times the second. Such words times weights, summed, are the first pixel's sum
 * plus 2^16 times the second's. Two products at a time, both are between -32512 and 32768, so that with CHIP_APART added
 * to either, the upper half of a word is the second pixel's sum alone, and nothing has been borrowed from it. */
#ifndef EDGE_CHIP_SINGLE_H
#define EDGE_CHIP_SINGLE_H
#include "compiler.h"
#include "settle.h"
#include <stdint.h>
#include <string.h>

enum { CHIP_ROWS = 2, CHIP_COLUMNS = 2, CHIP_LINE_COLUMNS = 4, CHIP_STEP = 4, CHIP_PLANES = 1 };
#define CHIP_APART 32640u
typedef int16_t chip_act; /* two make a word */
typedef uint8_t chip_plane;
#include "tile.h"

/* n bytes of an image, by words where both lie so; or n times what lies outside it. */
EDGE_INLINE int8_t *chip_copy(int8_t *to, const int8_t *from, int32_t n) {
    int8_t *const end = to + n;
    if ((((uintptr_t)to | (uintptr_t)from) & 3) == 0)
        for (; end - to > 3; to += 4, from += 4) *(chip_pair *)(void *)to = *(const chip_pair *)(const void *)from;
    while (to < end) *to++ = *from++;
    return end;
}
EDGE_INLINE int8_t *chip_fill(int8_t *to, int8_t value, int32_t n) {
    for (; n > 0; n--) *to++ = value;
    return to;
}

/* 4 * steps bytes of pixel `row` (0 or 1) to their places in a tile's activations: the first as they are, the second onto
 * them. */
EDGE_INLINE void chip_spread(chip_act *to, int row, const int8_t *from, int32_t steps) {
    chip_pair *at = (chip_pair *)(void *)to, *const end = at + CHIP_STEP * steps;
    if (row)
        for (; at != end; at += 2, from += 2) at[0] += (uint32_t)from[0] << 16, at[1] += (uint32_t)from[1] << 16;
    else
        for (; at != end; at += 2, from += 2) at[0] = (uint32_t)from[0], at[1] = (uint32_t)from[1];
}
/* Where weights have a zero point, activations come three times, to be multiplied by the halves of it too. */
EDGE_INLINE int32_t chip_chunk_steps(int32_t K) { return (K + CHIP_STEP - 1) / CHIP_STEP * 2; }
CHIP_KERNEL void chip_spread_sums(chip_act *to, int row, const int8_t *from, int32_t K) {
    const int32_t steps = (K + CHIP_STEP - 1) / CHIP_STEP;
    chip_spread(to, row, from, steps);
    chip_spread(to + CHIP_ROWS * CHIP_STEP * steps, row, from, steps);
}

#if defined(__ARM_ARCH_6M__)
#include "armv6m.h"
#else
/* Sums of both columns of a block, of the first pixel in sums[0] and sums[1], of the second in sums[2] and sums[3]; what is
 * behind the weights is returned. */
EDGE_INLINE const uint32_t *chip_products(const chip_pair *x, const chip_pair *x_end, const uint32_t *w, uint32_t *sums) {
    const int32_t K = (int32_t)(x_end - x);
    const int8_t *w0 = (const int8_t *)(w + 2), *w1 = w0 + K;
    uint32_t all0 = 0, all1 = 0, second0 = 0, second1 = 0;
    for (; x != x_end; x += 4, w0 += 4, w1 += 4) {
        uint32_t both;
        EDGE_UNROLL
        for (int i = 0; i < 4; i += 2) {
            both = x[i] * (uint32_t)w0[i] + x[i + 1] * (uint32_t)w0[i + 1] + (CHIP_APART << 16 | CHIP_APART);
            all0 += both, second0 += both >> 16;
            both = x[i] * (uint32_t)w1[i] + x[i + 1] * (uint32_t)w1[i + 1] + (CHIP_APART << 16 | CHIP_APART);
            all1 += both, second1 += both >> 16;
        }
    }
    const uint32_t added = (uint32_t)K / 2 * CHIP_APART, bias0 = w[0] - added, bias1 = w[1] - added;
    sums[0] = all0 - (second0 << 16) + bias0, sums[1] = all1 - (second1 << 16) + bias1;
    sums[2] = second0 + bias0, sums[3] = second1 + bias1;
    return (const uint32_t *)(const void *)w1;
}
/* Sums of the four columns of a block with a row of activations; what is behind the weights is returned. */
EDGE_INLINE const uint32_t *chip_line_products(const int8_t *x, const int8_t *x_end, const uint32_t *w, uint32_t *sums) {
    const int32_t K = (int32_t)(x_end - x);
    const int8_t *w0 = (const int8_t *)(w + 4), *w1 = w0 + K, *w2 = w1 + K, *w3 = w2 + K;
    uint32_t all0 = w[0], all1 = w[1], all2 = w[2], all3 = w[3];
    for (; x != x_end; x += 4, w0 += 4, w1 += 4, w2 += 4, w3 += 4) {
        EDGE_UNROLL
        for (int i = 0; i < 4; i++) {
            const uint32_t byte = (uint32_t)x[i];
            all0 += byte * (uint32_t)w0[i], all1 += byte * (uint32_t)w1[i];
            all2 += byte * (uint32_t)w2[i], all3 += byte * (uint32_t)w3[i];
        }
    }
    sums[0] = all0, sums[1] = all1, sums[2] = all2, sums[3] = all3;
    return (const uint32_t *)(const void *)w3;
}
#endif

CHIP_KERNEL void chip_blocks(struct chip_tile *b) {
    const chip_pair *const x = (const chip_pair *)(const void *)b->x, *const x_end = (const chip_pair *)(const void *)b->x_end;
    int8_t *y0 = b->y0, *y1 = b->y1;
    for (const uint32_t *w = b->w; w != b->w_end; w += 2) {
        uint32_t sums[4];
        w = chip_products(x, x_end, w, sums);
        const chip_float *multiplier = (const chip_float *)(const void *)w;
        for (int i = 0; i < 2; i++) {
            *y1++ = (int8_t)chip_settle((int32_t)sums[2 + i], multiplier[i], b->zero);
            *y0++ = (int8_t)chip_settle((int32_t)sums[i], multiplier[i], b->zero);
        }
    }
}

CHIP_KERNEL void chip_lines(struct chip_line *l) {
    int8_t *y = l->y;
    for (const uint32_t *w = l->w; w != l->w_end; w += 4) {
        uint32_t sums[4];
        w = chip_line_products(l->x, l->x_end, w, sums);
        const chip_float *multiplier = (const chip_float *)(const void *)w;
        for (int i = 0; i < 4; i++) *y++ = (int8_t)chip_settle((int32_t)sums[i], multiplier[i], l->zero);
    }
}
#endif
