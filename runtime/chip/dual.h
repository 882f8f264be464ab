/* Words for cores that multiply two pairs of 16-bit numbers at once (Armv7E-M: SMLAD and its kin) and have an FPU.
 *
 * A tile is two pixels by two columns of weights. Activations are spread to 16 bits, four of the first pixel, four of the
 * second, and so on; of each four, elements 0 and 2 come before 1 and 3, as SXTB16 takes them from a word of weights. */
#ifndef EDGE_CHIP_DUAL_H
#define EDGE_CHIP_DUAL_H
#include "compiler.h"
#include "settle.h"
#include <arm_acle.h>
#include <stdint.h>
#include <string.h>

enum { CHIP_ROWS = 2, CHIP_COLUMNS = 2, CHIP_LINE_COLUMNS = 4, CHIP_STEP = 4, CHIP_PLANES = 4 };
typedef int16_t chip_act, chip_plane;
#include "tile.h"

EDGE_INLINE uint32_t chip_word(const void *p) { /* any alignment */
    uint32_t word;
    memcpy(&word, p, 4);
    return word;
}

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

/* Of bytes 0, 1, 2, 3: the pairs 0 and 1, and 1 and 2. */
EDGE_INLINE uint32_t chip_first(uint32_t bytes) { return chip_lows(chip_even(bytes), chip_odd(bytes)); }
EDGE_INLINE uint32_t chip_second(uint32_t bytes) { return chip_highs(chip_odd(bytes) << 16, chip_even(bytes)); }

/* 4 * steps bytes of pixel `row` (0 or 1), at least 4, to their places in a tile's activations. */
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

#include "armv7em.h"
#endif
