/* Softmax of rows of bytes. A row has at most 256 distances from its largest byte: their exponentials, integers in steps
 * of 2^-24, are computed once, and each one's share of the row's sum once a row. The sum is exact.
 *
 * Tables run backwards, so that what a byte x stands for in a row whose largest is `top` lies at SOFTMAX_I8_LAST - top + x:
 * for each row they are the same bytes from another address, and all bytes of a block are looked up at once. */
#ifndef EDGE_KERNELS_SOFTMAX_Q_I8_H
#define EDGE_KERNELS_SOFTMAX_Q_I8_H
#include "../simd/lookup.h"
#include "../simd/tile_i8.h"
#include "requantize.h"

enum { SOFTMAX_I8_LAST = 255, SOFTMAX_I8_TABLE = 2 * (SOFTMAX_I8_LAST + 1), SOFTMAX_I8_PLANES = 4,
       SOFTMAX_I8_BLOCK = 1 << 16,
       SOFTMAX_I8_LOOKUP = LOOKUP_SHORT }; /* else tables are read element by element */

struct softmax_i8 {
    int32_t whole[SOFTMAX_I8_TABLE];                     /* exponentials: that of distance d at SOFTMAX_I8_LAST - d */
    uint8_t plane[SOFTMAX_I8_PLANES][SOFTMAX_I8_TABLE];  /* their bytes, the lowest first */
    float per_step;
    int32_t zero;
    int usual; /* no share leaves what i8_finish can do */
    struct i8_range range;
};

static inline vi softmax_i8_whole(const float *coarse, const float *fine) {
    const vf most = vf_set(16777216.0f), none = vf_set(0.0f), all = vf_mul(vf_set(coarse[0]), vf_load(fine));
    /* A table of a hostile file may hold anything: what is no exponential counts as 0. */
    return vf_to_vi(vf_select(vm_and(vf_ge(all, none), vf_le(all, most)), all, none));
}

static void softmax_i8_prepare(struct softmax_i8 *s, const float *coarse, const float *fine, float per_step, int32_t zero) {
    memset(s, 0, sizeof *s);
    for (size_t d = 0; d <= SOFTMAX_I8_LAST; d += VF) {
        int32_t whole[VF];
        vi_store(whole, softmax_i8_whole(coarse, fine + d));
        for (size_t i = 0; i < VF; i++) {
            s->whole[SOFTMAX_I8_LAST - d - i] = whole[i];
            for (int p = 0; p < SOFTMAX_I8_PLANES; p++) s->plane[p][SOFTMAX_I8_LAST - d - i] = (uint8_t)(whole[i] >> 8 * p);
        }
    }
    s->per_step = per_step, s->zero = zero;
    s->usual = per_step >= 0.0f && per_step <= 1048576.0f && zero >= -128 && zero <= 127;
    s->range = i8_range(s->usual ? zero : 0, -128, 127);
}

static int32_t softmax_i8_largest(const int8_t *x, size_t n, size_t step) {
    int32_t top = -128;
    size_t i = 0;
    if (step == 1 && n >= VF) {
        vi most = vi_load_i8(x);
        for (; i + VF <= n; i += VF) most = vi_max(most, vi_load_i8(x + i));
        top = vi_hmax(most);
    }
    for (; i < n; i++) top = x[i * step] > top ? x[i * step] : top;
    return top;
}

/* The sum of whole[x], x being neighbours, of as many as whole blocks cover; *done says how many those are. */
static uint64_t softmax_i8_blocks(const struct softmax_i8 *s, size_t offset, const int8_t *x, size_t n, size_t *done) {
    uint64_t total = 0;
    size_t i = 0;
    if (SOFTMAX_I8_LOOKUP) {
        struct lookup planes[SOFTMAX_I8_PLANES];
        EDGE_UNROLL
        for (int p = 0; p < SOFTMAX_I8_PLANES; p++) planes[p] = lookup_load(s->plane[p] + offset, 0x80);
        while (i + LOOKUP_BYTES <= n) {
            const size_t stop = n - i < SOFTMAX_I8_BLOCK ? n : i + SOFTMAX_I8_BLOCK;
            vi sum[SOFTMAX_I8_PLANES];
            EDGE_UNROLL
            for (int p = 0; p < SOFTMAX_I8_PLANES; p++) sum[p] = vi_set(0);
            for (; i + LOOKUP_BYTES <= stop; i += LOOKUP_BYTES) {
                EDGE_UNROLL
                for (int p = 0; p < SOFTMAX_I8_PLANES; p++) {
                    uint8_t found[LOOKUP_BYTES];
                    lookup_block(&planes[p], x + i, found);
                    for (size_t k = 0; k < LOOKUP_BYTES; k += VF) sum[p] = vi_add(sum[p], vi_load_u8(found + k));
                }
            }
            EDGE_UNROLL
            for (int p = 0; p < SOFTMAX_I8_PLANES; p++) total += (uint64_t)vi_sum(sum[p]) << 8 * p;
        }
    }
    *done = i;
    return total;
}

/* What each byte of a row becomes, byte x at x + 128. */
static void softmax_i8_shares(const struct softmax_i8 *s, size_t offset, uint64_t total, int8_t *share) {
    const int32_t *whole = s->whole + offset;
    const vf each = vf_set(s->per_step / (float)total);
    if (s->usual && total) {
        const vf m[4] = {each, each, each, each};
        for (size_t k = 0; k <= SOFTMAX_I8_LAST; k += 4 * VF) {
            const int32_t *from = whole + k;
            tile_put(1, 4, share + k, VF, VF, i8_finish(vi_load(from), vi_load(from + VF), vi_load(from + 2 * VF),
                                                        vi_load(from + 3 * VF), m, &s->range));
        }
        return;
    }
    for (size_t k = 0; k <= SOFTMAX_I8_LAST; k += VF)
        vi_store_i8(share + k, settle(vf_mul(vi_to_vf(vi_load(whole + k)), each), vi_set(s->zero), -128, 127));
}

/* n <= SOFTMAX_I8_FEW bytes whose row has no table: each one's own exponential. */
enum { SOFTMAX_I8_FEW = 64 };
static void softmax_i8_few(const float *coarse, const float *fine, float per_step, int32_t zero, const int8_t *x, int8_t *y,
                           size_t n, size_t step) {
    float power[SOFTMAX_I8_FEW + VF - 1] = {0};
    int32_t whole[SOFTMAX_I8_FEW + VF - 1];
    int8_t share[SOFTMAX_I8_FEW + VF - 1];
    const int32_t top = softmax_i8_largest(x, n, step);
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) power[i] = fine[top - x[i * step]];
    for (size_t i = 0; i < n; i += VF) vi_store(whole + i, softmax_i8_whole(coarse, power + i));
    for (size_t i = 0; i < n; i++) total += (uint32_t)whole[i];
    const vf each = vf_set(per_step / (float)total);
    for (size_t i = 0; i < n; i += VF)
        vi_store_i8(share + i, settle(vf_mul(vi_to_vf(vi_load(whole + i)), each), vi_set(zero), -128, 127));
    for (size_t i = 0; i < n; i++) y[i * step] = share[i];
}

/* Up to SOFTMAX_I8_ROWS rows of n > 0 bytes, `step` apart in them, `pitch` from row to row; y may be x. Rows go through
 * each part together, so that none waits for its own sum or for what it has just stored. */
enum { SOFTMAX_I8_ROWS = 4 };
static void softmax_i8_rows(const struct softmax_i8 *s, const int8_t *x, int8_t *y, size_t rows, size_t n, size_t step,
                            size_t pitch) {
    int8_t share[SOFTMAX_I8_ROWS][SOFTMAX_I8_LAST + 1];
    size_t offset[SOFTMAX_I8_ROWS]; /* of the tables: byte x is at offset + x + 128 */
    uint64_t total[SOFTMAX_I8_ROWS];
    for (size_t r = 0; r < rows; r++) offset[r] = (size_t)(127 - softmax_i8_largest(x + r * pitch, n, step));
    for (size_t r = 0; r < rows; r++) {
        size_t i = 0;
        total[r] = step == 1 ? softmax_i8_blocks(s, offset[r], x + r * pitch, n, &i) : 0;
        for (; i < n; i++) total[r] += (uint32_t)s->whole[offset[r] + (size_t)(x[r * pitch + i * step] + 128)];
    }
    for (size_t r = 0; r < rows; r++) softmax_i8_shares(s, offset[r], total[r], share[r]);
    for (size_t r = 0; r < rows; r++) {
        const int8_t *from = x + r * pitch;
        int8_t *to = y + r * pitch;
        size_t i = 0;
        if (step == 1 && SOFTMAX_I8_LOOKUP) {
            const struct lookup shares = lookup_load(share[r], 0x80);
            for (; i + LOOKUP_BYTES <= n; i += LOOKUP_BYTES) lookup_block(&shares, from + i, to + i);
        }
        for (; i < n; i++) to[i * step] = share[r][from[i * step] + 128];
    }
}
#endif
