/* Depthwise 5x5 int8 windows for instruction sets with the words of bytes: two rows of outputs at a time.
 *
 * The bytes of rows 0-3 and of rows 4-7 of x, counted from the first window's top, are interleaved as in
 * depthwise_sweep.h: two registers of four taps each hold all that both rows of outputs need, at stride 1 or 2. The
 * interleaved columns do not fit into registers; a piece of the row keeps them in a buffer.
 *
 * Packed weights: a block of SWEEP_BYTES channels after the other, biases and multipliers [4][VF], then weights [2 rows
 * of outputs][2 fours of rows of x][5 columns][4][VF][4]. */
#ifndef EDGE_KERNELS_DEPTHWISE_SWEEP5_H
#define EDGE_KERNELS_DEPTHWISE_SWEEP5_H
#include "depthwise_sweep.h"

enum {
    SWEEP5_TURN = 4,                       /* outputs that are computed at once, or two */
    SWEEP5_PIECE = 4 * SWEEP5_TURN,        /* outputs that share a buffer */
    SWEEP5_COLUMNS = 2 * SWEEP5_PIECE + 3, /* columns in it, at stride 2 */
    SWEEP5_ROW = 40 * SWEEP_BYTES,         /* weights of a row of outputs */
    SWEEP5_BLOCK = 8 * SWEEP_BYTES + 2 * SWEEP5_ROW,
};

static inline int sweep5_fits(const struct edge_depthwise_i8 *a) {
    return a->M == 1 && a->KH == 5 && a->KW == 5 && a->dilation_h == 1 && a->dilation_w == 1 &&
           a->stride_h == a->stride_w && a->stride_h <= 2 && !a->w_zero && !gemm_i8_wild(a->multiplier, (size_t)a->C) &&
           bytes_fit(a->w, 25 * (size_t)a->C);
}

static size_t sweep5_pack(const struct edge_depthwise_i8 *a, int8_t *out) {
    const size_t C = (size_t)a->C, blocks = tile_round(C, SWEEP_BYTES) / SWEEP_BYTES;
    for (size_t c = 0; out && c < C; c += SWEEP_BYTES, out += SWEEP5_BLOCK) {
        memset(out, 0, SWEEP5_BLOCK);
        for (size_t slot = 0; slot < SWEEP_BYTES; slot++) {
            const size_t channel = c + (size_t)bytes_channel((int)(slot / VF), (int)(slot % VF));
            if (channel >= C) continue;
            uint32_t bias = a->bias ? (uint32_t)a->bias[channel] : 0;
            for (size_t tap = 0; tap < 25; tap++) {
                const int8_t w = a->w[tap * C + channel];
                bias -= (uint32_t)(a->x_zero + BYTES_BIAS) * (uint32_t)w;
                for (size_t row = 0; row < 2; row++) {
                    const size_t y = tap / 5 + row * (size_t)a->stride_h, x = y / 4 * 5 + tap % 5;
                    out[8 * SWEEP_BYTES + row * SWEEP5_ROW + (x * SWEEP_BYTES + slot) * 4 + y % 4] = w;
                }
            }
            memcpy(out + 4 * slot, &bias, 4);
            memcpy(out + 4 * (SWEEP_BYTES + slot), a->multiplier + channel, 4);
        }
    }
    return blocks * SWEEP5_BLOCK;
}

/* A block's part of eight rows of x; a row outside the image is one pixel of zero points, and its step is 0. */
struct sweep5 {
    const int8_t *row[8];
    ptrdiff_t step[8];
    int64_t W, C, Q, ix;
    int level;           /* no row is outside */
    size_t n;
    int32_t x_zero;
    struct i8_range range;
    const struct i8_bend *bend; /* or NULL */
};
typedef bytes_taps sweep5_column[2][4];

/* Columns x .. x + count into the buffer. */
EDGE_INLINE void sweep5_fill(const int level, const struct sweep5 *s, int64_t x, int64_t count, sweep5_column *to) {
    const i8_bytes zero = bytes_set(s->x_zero);
    const size_t n = s->n;
    const int8_t *first = s->row[0] + x * s->step[0];
    const ptrdiff_t below = s->step[0] * s->W;
    for (; count; count--, x++, to++, first += s->step[0]) {
        i8_bytes q[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
        if (x >= 0 && x < s->W) {
            EDGE_UNROLL
            for (int k = 0; k < 7; k++) q[k] = bytes_load(level ? first + k * below : s->row[k] + x * s->step[k], n);
        }
        bytes_interleave(q[0], q[1], q[2], q[3], to[0][0]);
        bytes_interleave(q[4], q[5], q[6], q[7], to[0][1]);
    }
}
static void sweep5_fill_level(const struct sweep5 *s, int64_t x, int64_t count, sweep5_column *to) {
    sweep5_fill(1, s, x, count, to);
}
static void sweep5_fill_border(const struct sweep5 *s, int64_t x, int64_t count, sweep5_column *to) {
    sweep5_fill(0, s, x, count, to);
}

/* `count` neighbouring outputs of `rows` rows; x is the first column of the first window. A quarter of the channels at a
 * time, all its weights stay in registers, and each column is loaded once for all windows that it is in. */
EDGE_INLINE void sweep5_windows(const int rows, const int count, const int stride, sweep5_column *x, const int8_t *block,
                                const struct i8_range *range, const struct i8_bend *bend, i8_bytes (*out)[SWEEP5_TURN]) {
    const float *multiplier = (const float *)(const void *)(block + 4 * SWEEP_BYTES);
    int32_t sums[2][SWEEP5_TURN][4][VF];
    vf m[4];
    for (int v = 0; v < 4; v++) {
        const int8_t *w = block + (8 + v) * SWEEP_BYTES;
        const vi bias = vi_load((const int32_t *)(const void *)block + v * VF);
        vi sum[2][SWEEP5_TURN];
        bytes_taps wv[2][10];
        EDGE_UNROLL
        for (int r = 0; r < rows; r++) {
            EDGE_UNROLL
            for (int k = 0; k < 10; k++) wv[r][k] = bytes_weights(w + r * SWEEP5_ROW + k * 4 * SWEEP_BYTES);
            EDGE_UNROLL
            for (int i = 0; i < count; i++) sum[r][i] = bias;
        }
        EDGE_UNROLL
        for (int c = 0; c < (count - 1) * stride + 5; c++) {
            EDGE_UNROLL
            for (int h = 0; h < 2; h++) {
                const bytes_taps xv = x[c][h][v];
                EDGE_UNROLL
                for (int i = 0; i < count; i++) {
                    if (c < i * stride || c >= i * stride + 5) continue;
                    EDGE_UNROLL
                    for (int r = 0; r < rows; r++) sum[r][i] = bytes_dot(sum[r][i], xv, wv[r][5 * h + c - i * stride]);
                }
            }
        }
        EDGE_UNROLL
        for (int r = 0; r < rows; r++) {
            EDGE_UNROLL
            for (int i = 0; i < count; i++) vi_store(sums[r][i][v], sum[r][i]);
        }
    }
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) m[v] = vf_load(multiplier + v * VF);
    EDGE_UNROLL
    for (int r = 0; r < rows; r++) {
        EDGE_UNROLL
        for (int i = 0; i < count; i++) {
            vi sum[4];
            EDGE_UNROLL
            for (int v = 0; v < 4; v++) sum[v] = vi_load(sums[r][i][v]);
            out[r][i] = bend ? i8_finish_bent(sum[0], sum[1], sum[2], sum[3], m, range, bend)
                             : i8_finish(sum[0], sum[1], sum[2], sum[3], m, range);
        }
    }
}

EDGE_INLINE void sweep5_row(const int rows, const int stride, const struct sweep5 *s, const int8_t *block, int8_t *y0, int8_t *y1) {
    sweep5_column columns[SWEEP5_COLUMNS];
    const struct i8_range range = s->range;
    for (int64_t q0 = 0; q0 < s->Q; q0 += SWEEP5_PIECE) {
        const int64_t count = s->Q - q0 < SWEEP5_PIECE ? s->Q - q0 : SWEEP5_PIECE;
        const int64_t filled = (count + count % 2 - 1) * stride + 5;
        if (s->level) sweep5_fill_level(s, s->ix + q0 * stride, filled, columns);
        else sweep5_fill_border(s, s->ix + q0 * stride, filled, columns);
        for (int64_t i = 0; i < count; i += SWEEP5_TURN) {
            i8_bytes out[2][SWEEP5_TURN];
            if (count - i > 2) sweep5_windows(rows, SWEEP5_TURN, stride, columns + i * stride, block, &range, s->bend, out);
            else sweep5_windows(rows, 2, stride, columns + i * stride, block, &range, s->bend, out);
            for (int64_t k = 0; k < SWEEP5_TURN && i + k < count; k++) {
                tile_put(4, 1, y0 + (q0 + i + k) * s->C, 0, s->n, out[0][k]);
                if (rows > 1) tile_put(4, 1, y1 + (q0 + i + k) * s->C, 0, s->n, out[1][k]);
            }
        }
    }
}
#define SWEEP5_ROWS(rows, stride)                                                                                      \
    static void sweep5_##rows##_##stride(const struct sweep5 *s, const int8_t *block, int8_t *y0, int8_t *y1) {        \
        sweep5_row(rows, stride, s, block, y0, y1);                                                                    \
    }
SWEEP5_ROWS(1, 1) SWEEP5_ROWS(1, 2) SWEEP5_ROWS(2, 1) SWEEP5_ROWS(2, 2)

/* Rows p .. p_end of one image, two at a time, a block of channels after the other: its weights stay in the cache. */
static void sweep5_image(const struct edge_depthwise_i8 *a, const struct i8_bend *bend, const int8_t *x, int8_t *y, int64_t p_begin, int64_t p_end) {
    int8_t outside[SWEEP_BYTES];
    const int8_t *block = a->packed;
    const size_t C = (size_t)a->C;
    memset(outside, a->x_zero, sizeof outside);
    for (size_t c = 0; c < C; c += SWEEP_BYTES, block += SWEEP5_BLOCK) {
        struct sweep5 s = {.W = a->W, .C = a->C, .Q = a->Q, .ix = -(int64_t)a->pad_left,
                           .n = C - c < SWEEP_BYTES ? C - c : SWEEP_BYTES, .x_zero = a->x_zero,
                           .range = i8_range(a->y_zero, a->lo, a->hi), .bend = bend};
        for (int64_t p = p_begin; p < p_end; p += 2) {
            s.level = 1;
            for (int k = 0; k < 8; k++) {
                const int64_t at = p * a->stride_h - a->pad_top + k;
                const int inside = at >= 0 && at < a->H;
                s.row[k] = inside ? x + at * a->W * a->C + c : outside;
                s.step[k] = inside ? a->C : 0;
                if (k < 7) s.level &= inside;
            }
            int8_t *y0 = y + p * a->Q * a->C + c, *y1 = p + 1 < p_end ? y0 + (int64_t)a->Q * a->C : NULL;
            if (y1 && a->stride_w == 1) sweep5_2_1(&s, block, y0, y1);
            else if (y1) sweep5_2_2(&s, block, y0, y1);
            else if (a->stride_w == 1) sweep5_1_1(&s, block, y0, NULL);
            else sweep5_1_2(&s, block, y0, NULL);
        }
    }
}
#endif
