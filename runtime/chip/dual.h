/* Words for cores that multiply two pairs of 16-bit numbers at once (Armv7E-M: SMLAD and its kin), and in plain C for
 * those that do not: the layouts are the same, so that one body serves both, and a desk can test it.
 *
 * A tile is two pixels by two columns of weights. Activations are spread to 16 bits, four of the first pixel, four of the
 * second, and so on; of each four, elements 0 and 2 come before 1 and 3, as SXTB16 takes them from a word of weights. */
#ifndef EDGE_CHIP_DUAL_H
#define EDGE_CHIP_DUAL_H
#include "compiler.h"
#include "settle.h"
#include <stdint.h>
#include <string.h>

enum { CHIP_ROWS = 2, CHIP_COLUMNS = 2, CHIP_LINE_COLUMNS = 4, CHIP_STEP = 4 };
typedef int16_t chip_act;

EDGE_INLINE uint32_t chip_word(const void *p) { /* any alignment */
    uint32_t word;
    memcpy(&word, p, 4);
    return word;
}

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
#include <arm_acle.h>
EDGE_INLINE uint32_t chip_even(uint32_t bytes) { return (uint32_t)__sxtb16(bytes); }
EDGE_INLINE uint32_t chip_odd(uint32_t bytes) {
    uint32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(bytes));
    return pair;
}
EDGE_INLINE uint32_t chip_lows(uint32_t a, uint32_t b) {
    uint32_t pair;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(a), "r"(b));
    return pair;
}
EDGE_INLINE uint32_t chip_highs(uint32_t a, uint32_t b) {
    uint32_t pair;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(pair) : "r"(b), "r"(a));
    return pair;
}
EDGE_INLINE int32_t chip_dot(uint32_t a, uint32_t b, int32_t sum) { return __smlad(a, b, sum); }
EDGE_INLINE int32_t chip_low_high(uint32_t a, uint32_t b, int32_t sum) {
    return __smlabt((int32_t)a, (int32_t)b, sum);
}
EDGE_INLINE int32_t chip_high_low(uint32_t a, uint32_t b, int32_t sum) {
    return __smlatb((int32_t)a, (int32_t)b, sum);
}
#else
EDGE_INLINE int32_t chip_low(uint32_t pair) { return (int16_t)(uint16_t)(pair & 0xffff); }
EDGE_INLINE int32_t chip_high(uint32_t pair) { return (int16_t)(uint16_t)(pair >> 16); }
EDGE_INLINE uint32_t chip_byte(uint32_t bytes, int at) { return (uint32_t)(int8_t)(uint8_t)(bytes >> at & 255) & 0xffff; }
EDGE_INLINE uint32_t chip_even(uint32_t bytes) { return chip_byte(bytes, 0) | chip_byte(bytes, 16) << 16; }
EDGE_INLINE uint32_t chip_odd(uint32_t bytes) { return chip_byte(bytes, 8) | chip_byte(bytes, 24) << 16; }
EDGE_INLINE uint32_t chip_lows(uint32_t a, uint32_t b) { return (a & 0xffff) | b << 16; } /* of two pairs */
EDGE_INLINE uint32_t chip_highs(uint32_t a, uint32_t b) { return a >> 16 | (b & 0xffff0000u); }
EDGE_INLINE int32_t chip_add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
EDGE_INLINE int32_t chip_dot(uint32_t a, uint32_t b, int32_t sum) {
    return chip_add(chip_add(sum, chip_low(a) * chip_low(b)), chip_high(a) * chip_high(b));
}
EDGE_INLINE int32_t chip_low_high(uint32_t a, uint32_t b, int32_t sum) {
    return chip_add(sum, chip_low(a) * chip_high(b));
}
EDGE_INLINE int32_t chip_high_low(uint32_t a, uint32_t b, int32_t sum) {
    return chip_add(sum, chip_high(a) * chip_low(b));
}
#endif

/* Of bytes 0, 1, 2, 3: the pairs 0 and 1, and 1 and 2. */
EDGE_INLINE uint32_t chip_first(uint32_t bytes) { return chip_lows(chip_even(bytes), chip_odd(bytes)); }
EDGE_INLINE uint32_t chip_second(uint32_t bytes) { return chip_highs(chip_odd(bytes) << 16, chip_even(bytes)); }

/* 4 * steps bytes of pixel `row` (0 or 1), at least 4, to their places in a tile's activations. */
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
EDGE_INLINE void chip_spread(chip_act *to, int row, const int8_t *from, int32_t steps) {
    chip_act *at = to + 4 * row;
    __asm__ volatile("1: ldr r4, [%[from]], #4\n"
                     "subs %[steps], %[steps], #1\n"
                     "sxtb16 r5, r4\n"
                     "sxtb16 r4, r4, ror #8\n"
                     "strd r5, r4, [%[at]], #16\n"
                     "bne 1b\n"
                     : [from] "+r"(from), [at] "+r"(at), [steps] "+r"(steps)
                     :
                     : "r4", "r5", "cc", "memory");
}
#else
EDGE_INLINE void chip_spread(chip_act *to, int row, const int8_t *from, int32_t steps) {
    chip_pair *at = (chip_pair *)(void *)to + 2 * row;
    for (; steps; steps--, from += 4, at += 4) {
        const uint32_t bytes = chip_word(from);
        at[0] = chip_even(bytes), at[1] = chip_odd(bytes);
    }
}
#endif

/* Where weights have a zero point, activations are followed by sums of CHIP_CHUNK of them at a time, twice each, that are
 * multiplied by the halves of the zero point, negated. */
enum { CHIP_CHUNK = 128 };
EDGE_INLINE int32_t chip_chunk_steps(int32_t K) { return (K + 2 * CHIP_CHUNK - 1) / (2 * CHIP_CHUNK); }
CHIP_KERNEL void chip_spread_sums(chip_act *to, int row, const int8_t *from, int32_t K) {
    for (chip_act *at = to + 4 * row; K > 0; at += 8) {
        int16_t sums[2] = {0, 0};
        for (int i = 0; i < 2; i++)
            for (int32_t n = K < CHIP_CHUNK ? K : CHIP_CHUNK; n > 0; n--, K--) sums[i] = (int16_t)(sums[i] + *from++);
        at[0] = at[2] = sums[0], at[1] = at[3] = sums[1];
    }
}

/* n bytes of an image, and up to three behind them, or n times what lies outside it. */
EDGE_INLINE int8_t *chip_copy(int8_t *to, const int8_t *from, int32_t n) {
    int8_t *const end = to + n;
    for (; to < end; to += 4, from += 4) memcpy(to, from, 4);
    return end;
}
EDGE_INLINE int8_t *chip_fill(int8_t *to, int8_t value, int32_t n) {
    for (; n > 0; n--) *to++ = value;
    return to;
}

/* Some blocks of columns: x to x_end are the activations, w to w_end what is packed, y0 and y1 where the outputs of pixels
 * 0 and 1 go. Pixel 1 is stored first. */
struct chip_tile {
    const chip_act *x, *x_end;
    const uint32_t *w, *w_end;
    int8_t *y0, *y1;
    int32_t zero;
};
/* The same for one row of activations as they lie in memory, of which up to three bytes beyond the last are read. */
struct chip_line {
    const int8_t *x, *x_end;
    const uint32_t *w, *w_end;
    int8_t *y;
    int32_t zero;
};
/* Rows of outputs of a depthwise window of 3 by 3: the pairs of its weights, three rows of activations, where the outputs
 * go and how far apart, how many pairs of them make a row and whether there is one more, and the bytes from where the
 * activations of a row end to where those of the next begin. */
struct chip_rows_3x3 {
    uint32_t w[6];
    const chip_pair *top, *middle, *bottom;
    int32_t zero, bias;
    float multiplier;
    int8_t *y;
    int32_t apart, pairs, odd, skip, rows;
};

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP && defined(__ARM_FP) && (__ARM_FP & 4)
#include "armv7em.h"
#else
CHIP_KERNEL void chip_blocks(struct chip_tile *b) {
    const uint32_t *w = b->w;
    while (w != b->w_end) {
        int32_t sums[4] = {(int32_t)w[0], (int32_t)w[1], (int32_t)w[0], (int32_t)w[1]};
        w += 2;
        for (const chip_act *at = b->x; at != b->x_end; at += 8, w += 2) {
            const chip_pair *x = (const chip_pair *)(const void *)at;
            for (int i = 0; i < 4; i++)
                sums[i] = chip_dot(x[i / 2 * 2 + 1], chip_odd(w[i % 2]), chip_dot(x[i / 2 * 2], chip_even(w[i % 2]), sums[i]));
        }
        const chip_float *multiplier = (const chip_float *)(const void *)w;
        for (int i = 0; i < 2; i++) {
            *b->y1++ = (int8_t)chip_settle(sums[2 + i], multiplier[i], b->zero);
            *b->y0++ = (int8_t)chip_settle(sums[i], multiplier[i], b->zero);
        }
        w += 2;
    }
}

CHIP_KERNEL void chip_lines(struct chip_line *l) {
    const uint32_t *w = l->w;
    while (w != l->w_end) {
        int32_t sums[4];
        memcpy(sums, w, sizeof sums), w += 4;
        for (const int8_t *x = l->x; x != l->x_end; x += 4) {
            const uint32_t bytes = chip_word(x), even = chip_even(bytes), odd = chip_odd(bytes);
            for (int i = 0; i < 4; i++, w++) sums[i] = chip_dot(odd, chip_odd(*w), chip_dot(even, chip_even(*w), sums[i]));
        }
        const chip_float *multiplier = (const chip_float *)(const void *)w;
        for (int i = 0; i < 4; i++) *l->y++ = (int8_t)chip_settle(sums[i], multiplier[i], l->zero);
        w += 4;
    }
}

/* One output, or the second of a pair, from the activations at `at` in the three rows. */
static void chip_window_3x3(const struct chip_rows_3x3 *p, int32_t at, int second, int8_t *y) {
    const chip_pair *const rows[3] = {p->top, p->middle, p->bottom};
    int32_t sum = p->bias;
    for (int r = 0; r < 3; r++) {
        const uint32_t a = rows[r][at], b = rows[r][at + 1], w01 = p->w[2 * r], w12 = p->w[2 * r + 1];
        if (second) sum = chip_high_low(a, w01, chip_dot(b, w12, sum));
        else sum = chip_low_high(b, w12, chip_dot(a, w01, sum));
    }
    *y = (int8_t)chip_settle(sum, p->multiplier, p->zero);
}

static void chip_next_row(struct chip_rows_3x3 *p, int32_t count) {
    const int32_t words = count + p->skip / 4;
    p->top += words, p->middle += words, p->bottom += words;
}

CHIP_KERNEL void chip_pairs(struct chip_rows_3x3 *p) {
    for (; p->rows; p->rows--, chip_next_row(p, p->pairs + p->odd))
        for (int32_t i = 0; i < 2 * p->pairs + p->odd; i++, p->y += p->apart) chip_window_3x3(p, i / 2, i % 2, p->y);
}

CHIP_KERNEL void chip_singles(struct chip_rows_3x3 *p) {
    for (; p->rows; p->rows--, chip_next_row(p, p->pairs))
        for (int32_t i = 0; i < p->pairs; i++, p->y += p->apart) chip_window_3x3(p, i, 0, p->y);
}
#endif
#endif
