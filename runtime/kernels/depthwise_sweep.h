/* Depthwise 3x3 int8 windows for instruction sets with the words of bytes: a sweep along the columns of a row, or of two
 * rows at stride 1.
 *
 * The bytes of four rows of x are interleaved, so that a lane holds four pixels of one channel, one below the other, and
 * three dot products make a window. At stride 1 the same four rows serve two rows of outputs: the second has its
 * weights a byte further on. A register takes DW_UNITS times 16 channels; where fewer are left it takes neighbouring
 * pixels, and their neighbours come from shifting registers instead of loading.
 *
 * Weights are packed when the model is loaded, a block of 16, 32 or 64 channels after the other: biases and multipliers
 * [4][VF], then weights [rows of outputs][3 columns][4][VF][4 rows of x]. */
#ifndef EDGE_KERNELS_DEPTHWISE_SWEEP_H
#define EDGE_KERNELS_DEPTHWISE_SWEEP_H
#include "gemm_i8.h"

enum { SWEEP_BYTES = 4 * VF, SWEEP_ROW = 12 * SWEEP_BYTES };

static inline int sweep_fits(const struct edge_depthwise_i8 *a) {
    if (VF == 8 && (a->C < 16 || a->Q < 8)) return 0; /* nearly all would be at an edge: columns of int32 are faster */
    if (DW_UNITS == 1 && a->C < 8) return 0;
    const int dense = a->dilation_h == 1 && a->dilation_w == 1;
    return a->M == 1 && a->KH == 3 && a->KW == 3 && a->stride_h == a->stride_w && a->stride_h <= 1 + dense && !a->w_zero && !gemm_i8_wild(a->multiplier, (size_t)a->C) &&
           bytes_fit(a->w, 9 * (size_t)a->C);
}

/* Channels first .. first + n of a block, and the units of 16 of them that a pixel has in a register. The last block
 * begins before the end of the one before where that makes it whole: those channels are computed twice. */
struct sweep_block {
    size_t first, n;
    int units;
};
static inline struct sweep_block sweep_from(size_t done, size_t C) {
    struct sweep_block b = {done, C - done, 1};
    while (b.units < DW_UNITS && b.n > (size_t)b.units * 16 && C >= (size_t)b.units * 32) b.units *= 2;
    const size_t width = (size_t)b.units * 16;
    if (b.n && b.n < width && C >= width) b.first = C - width;
    b.n = b.n && C >= width && b.first + width <= C ? width : b.n;
    return b;
}
static inline struct sweep_block sweep_first(size_t C) { return sweep_from(0, C); }
static inline struct sweep_block sweep_next(struct sweep_block b, size_t C) { return sweep_from(b.first + b.n, C); }
/* The channel whose sum is at a place of a register; it may not exist. */
static inline size_t sweep_channel(const struct sweep_block *b, int slot) {
    const int v = slot / VF, lane = slot % VF;
    return b->first + (size_t)(16 * (lane / 4 % b->units) + 4 * v + lane % 4);
}
static inline size_t sweep_block(int stride) {
    return 8 * SWEEP_BYTES + (stride == 1 ? 2 : 1) * SWEEP_ROW;
}

static size_t sweep_pack(const struct edge_depthwise_i8 *a, int8_t *out) {
    const size_t C = (size_t)a->C, bytes = sweep_block(a->stride_h);
    size_t used = 0;
    for (struct sweep_block b = sweep_first(C); b.n; b = sweep_next(b, C), used += bytes) {
        int8_t *block = out ? out + used : NULL;
        if (block) memset(block, 0, bytes);
        for (int slot = 0; block && slot < SWEEP_BYTES; slot++) {
            size_t channel = sweep_channel(&b, slot);
            if (DW_UNITS == 4 && C == 8) channel %= C; /* two pixels are a unit */
            if (DW_UNITS == 1 && C < 16 && slot >= 8) channel = C - 16 + (size_t)slot; /* see depthwise_halves.h */
            if (channel >= C) continue;
            uint32_t taps[3] = {0, 0, 0}, sum = 0; /* of a column, one below the other */
            for (int row = 0; row < 3; row++)
                for (int column = 0; column < 3; column++) {
                    const int8_t w = a->w[(size_t)(3 * row + column) * C + channel];
                    sum += (uint32_t)w, taps[column] |= (uint32_t)(uint8_t)w << 8 * row;
                }
#ifdef HALF_PAIRS /* bytes of eight channels, tap after tap */
            for (int tap = 0; tap < 9; tap++)
                block[8 * SWEEP_BYTES + (slot / 8 * 9 + tap) * 8 + slot % 8] = a->w[(size_t)tap * C + channel];
#else
            for (int k = 0; k < (a->stride_h == 1 ? 2 : 1); k++)
                for (int column = 0; column < 3; column++) {
                    const uint32_t word = taps[column] << 8 * k;
                    memcpy(block + 8 * SWEEP_BYTES + k * SWEEP_ROW + (column * SWEEP_BYTES + slot) * 4, &word, 4);
                }
#endif
            const uint32_t bias = (a->bias ? (uint32_t)a->bias[channel] : 0) - (uint32_t)(a->x_zero + BYTES_BIAS) * sum;
            memcpy(block + 4 * slot, &bias, 4);
            memcpy(block + 4 * (SWEEP_BYTES + slot), a->multiplier + channel, 4);
        }
    }
    return used;
}

/* A block's part of up to four rows of x, from the first window's first column on, which may lie outside. A row outside
 * the image is one pixel of zero points, and its step is 0. */
struct sweep {
    uintptr_t row[4];
    ptrdiff_t step[4];   /* from column to column */
    int64_t W, C, Q, ix; /* ix: the first window's first column */
    size_t n;            /* channels */
    int32_t x_zero;
    struct i8_range range;
    const struct i8_bend *bend; /* or NULL */
};

struct sweep_cursor {
    uintptr_t at[4];
};
static inline struct sweep_cursor sweep_begin(const struct sweep *s) {
    return (struct sweep_cursor){{s->row[0], s->row[1], s->row[2], s->row[3]}};
}
EDGE_INLINE void sweep_advance(const struct sweep *s, struct sweep_cursor *c, const int rows, const int columns) {
    EDGE_UNROLL
    for (int k = 0; k < rows; k++) c->at[k] += (uintptr_t)(columns * s->step[k]);
}

#if DW_UNITS == 1
#include "depthwise_halves.h"
#else
static void sweep_edge(int units, int rows, int stride, const struct sweep *s, const struct sweep_cursor *c, int ahead,
                       int64_t x, int8_t (*to)[SWEEP_BYTES]) {
    for (int k = 0; k < rows; k++) {
        memset(to[k], s->x_zero, SWEEP_BYTES);
        for (int p = 0; p < DW_UNITS / units; p++) {
            const int64_t on = ahead + p * stride;
            const int8_t *from = (const int8_t *)(c->at[k] + (uintptr_t)(on * s->step[k]));
            if (x + on >= 0 && x + on < s->W) memcpy(to[k] + p * units * 16, from, s->n);
        }
    }
}
/* Columns that lie `ahead` of the cursor, and those after it at steps of `stride`, as many as a register takes, of all
 * rows, interleaved. The cursor stands at column x. `inside`: they are known to lie in the image. */
EDGE_INLINE void sweep_load(const int units, const int rows, const int stride, const int inside, const struct sweep *s,
                            const struct sweep_cursor *c, const int ahead, int64_t x, bytes_taps *out) {
    i8_bytes row[4];
    if (inside || (x + ahead >= 0 && x + ahead + (DW_UNITS / units - 1) * stride < s->W)) {
        EDGE_UNROLL
        for (int k = 0; k < rows; k++)
            row[k] = bytes_load_pixels(units, (const int8_t *)(c->at[k] + (uintptr_t)(ahead * s->step[k])),
                                       stride * s->step[k], s->n);
    } else if (units == DW_UNITS) {
        EDGE_UNROLL
        for (int k = 0; k < rows; k++) row[k] = bytes_set(s->x_zero);
    } else {
        int8_t edge[4][SWEEP_BYTES];
        const struct sweep_cursor here = *c; /* so that the cursor itself can stay in registers */
        sweep_edge(units, rows, stride, s, &here, ahead, x, edge);
        EDGE_UNROLL
        for (int k = 0; k < rows; k++) row[k] = bytes_load(edge[k], SWEEP_BYTES);
    }
    bytes_interleave(row[0], row[1], row[2], row[rows == 4 ? 3 : 2], out);
}

/* Two registers of outputs, whose windows are the columns p[0..2] and q[0..2]: weights are loaded once for both. Here
 * and below, `bend` is known to be NULL, or not to be, where it is inlined. */
EDGE_INLINE void sweep_windows(const int count, bytes_taps (*p)[4], bytes_taps (*q)[4], const int8_t *block, const int8_t *w,
                               const struct i8_range *range, const struct i8_bend *bend, i8_bytes *out) {
    const float *multiplier = (const float *)(const void *)(block + 4 * SWEEP_BYTES);
    vi sum[2][4];
    vf m[4];
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) {
        sum[0][v] = sum[1][v] = vi_load((const int32_t *)(const void *)block + v * VF);
        EDGE_UNROLL
        for (int k = 0; k < 3; k++) {
            const bytes_taps wv = bytes_weights(w + (k * 4 + v) * SWEEP_BYTES);
            sum[0][v] = bytes_dot(sum[0][v], p[k][v], wv);
            if (count > 1) sum[1][v] = bytes_dot(sum[1][v], q[k][v], wv);
        }
        m[v] = vf_load(multiplier + v * VF);
    }
    EDGE_UNROLL
    for (int i = 0; i < count; i++)
        out[i] = bend ? i8_finish_bent(sum[i][0], sum[i][1], sum[i][2], sum[i][3], m, range, bend)
                      : i8_finish_straight(sum[i][0], sum[i][1], sum[i][2], sum[i][3], m, range);
}

/* The outputs of `count` registers from q on, as many as the row has, or all where it is known to have them. */
EDGE_INLINE void sweep_put(const int count, const int units, const int inside, const struct sweep *s, int8_t *y, int64_t q,
                           const i8_bytes *out) {
    const int pixels = DW_UNITS / units;
    const int64_t left = inside ? 2 * pixels : s->Q - q;
    y += q * s->C;
    bytes_put_pixels(units, y, s->C, left < pixels ? (int)left : pixels, s->n, out[0]);
    if (count > 1 && left > pixels)
        bytes_put_pixels(units, y + pixels * s->C, s->C, left < 2 * pixels ? (int)left - pixels : pixels, s->n, out[1]);
}

/* Stride 1, a pixel per register. y1 is NULL where there is no second row. */
EDGE_INLINE void sweep_single(const int units, const struct i8_bend *bend, const struct sweep *s, const int8_t *block,
                              int8_t *y0, int8_t *y1) {
    const int8_t *w = block + 8 * SWEEP_BYTES;
    const struct i8_range range = s->range;
    struct sweep_cursor c = sweep_begin(s);
    bytes_taps x[4][4];
    i8_bytes out[2];
    sweep_load(units, 4, 1, 0, s, &c, 0, s->ix, x[0]);
    sweep_load(units, 4, 1, 0, s, &c, 1, s->ix, x[1]);
    for (int64_t q = 0; q < s->Q; q += 2) {
        sweep_advance(s, &c, 4, 2);
        sweep_load(units, 4, 1, 0, s, &c, 0, s->ix + q + 2, x[2]);
        sweep_load(units, 4, 1, 0, s, &c, 1, s->ix + q + 2, x[3]);
        sweep_windows(2, x, x + 1, block, w, &range, bend, out);
        sweep_put(2, units, 0, s, y0, q, out);
        if (y1) {
            sweep_windows(2, x, x + 1, block, w + SWEEP_ROW, &range, bend, out);
            sweep_put(2, units, 0, s, y1, q, out);
        }
        EDGE_UNROLL
        for (int v = 0; v < 4; v++) x[0][v] = x[2][v], x[1][v] = x[3][v];
    }
}

/* Stride 1, several pixels per register. */
EDGE_INLINE void sweep_shifting(const int units, const struct i8_bend *bend, const struct sweep *s, const int8_t *block,
                                int8_t *y0, int8_t *y1) {
    const int pixels = DW_UNITS / units, turn = pixels == 2 ? 2 : 1; /* registers a turn; more would not fit */
    const int8_t *w = block + 8 * SWEEP_BYTES;
    const struct i8_range range = s->range;
    struct sweep_cursor c = sweep_begin(s);
    bytes_taps x[5][4];
    i8_bytes out[2];
    sweep_load(units, 4, 1, 0, s, &c, 0, s->ix, x[0]);
    for (int64_t q = 0; q < s->Q; q += turn * pixels) {
        if (turn == 2) {
            sweep_load(units, 4, 1, 0, s, &c, 2, s->ix + q, x[2]);
            sweep_load(units, 4, 1, 0, s, &c, 4, s->ix + q, x[4]);
            EDGE_UNROLL
            for (int v = 0; v < 4; v++)
                x[1][v] = bytes_shift(units, x[0][v], x[2][v]), x[3][v] = bytes_shift(units, x[2][v], x[4][v]);
        } else {
            sweep_load(units, 4, 1, 0, s, &c, pixels, s->ix + q, x[4]);
            EDGE_UNROLL
            for (int v = 0; v < 4; v++)
                x[1][v] = bytes_shift(units, x[0][v], x[4][v]), x[2][v] = bytes_shift(2 * units, x[0][v], x[4][v]);
        }
        sweep_advance(s, &c, 4, turn * pixels);
        sweep_windows(turn, x, x + 2, block, w, &range, bend, out);
        sweep_put(turn, units, 0, s, y0, q, out);
        if (y1) {
            sweep_windows(turn, x, x + 2, block, w + SWEEP_ROW, &range, bend, out);
            sweep_put(turn, units, 0, s, y1, q, out);
        }
        EDGE_UNROLL
        for (int v = 0; v < 4; v++) x[0][v] = x[4][v];
    }
}

/* Stride 2; the last column of a window is the first of the next where a register holds one pixel. */
EDGE_INLINE void sweep_two_turn(const int units, const int inside, const struct sweep *s, const struct i8_range *range,
                                const struct i8_bend *bend, struct sweep_cursor *c, int64_t q, bytes_taps (*x)[4], const int8_t *block, int8_t *y) {
    const int pixels = DW_UNITS / units, turn = pixels == 1 ? 2 : 1;
    const int64_t at = s->ix + 2 * q;
    i8_bytes out[2];
    if (turn == 1) sweep_load(units, 3, 2, inside, s, c, 0, at, x[0]);
    EDGE_UNROLL
    for (int k = 1; k <= 2 * turn; k++) sweep_load(units, 3, 2, inside, s, c, k, at, x[k]);
    sweep_advance(s, c, 3, 2 * turn * pixels);
    sweep_windows(turn, x, x + 2, block, block + 8 * SWEEP_BYTES, range, bend, out);
    sweep_put(turn, units, inside, s, y, q, out);
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) x[0][v] = x[4][v];
}
EDGE_INLINE void sweep_two(const int units, const struct i8_bend *bend, const struct sweep *s, const int8_t *block, int8_t *y,
                           int8_t *y1) {
    (void)y1; /* a row at a time */
    const int pixels = DW_UNITS / units, turn = pixels == 1 ? 2 : 1, step = turn * pixels;
    const struct sweep own = *s; /* for all that a compiler knows, storing y may change s */
    struct sweep_cursor c = sweep_begin(s);
    bytes_taps x[5][4];
    if (turn == 2) sweep_load(units, 3, 2, 0, s, &c, 0, s->ix, x[0]);
    /* turns before `inside` read and write nothing outside, but the first ones; short rows are not worth a second loop */
    const int64_t end = (own.W - own.ix - 2 * (turn + pixels - 1) + 1) / 2, most = own.Q - step + 1;
    const int64_t inside = own.Q < 8 * step ? 0 : end < most ? end : most;
    for (int64_t q = 0; q < own.Q; q += step) {
        if (own.ix + 2 * q >= 0)
            for (; q < inside; q += step) sweep_two_turn(units, 1, &own, &own.range, bend, &c, q, x, block, y);
        if (q < own.Q) sweep_two_turn(units, 0, s, &own.range, bend, &c, q, x, block, y);
    }
}

/* Each of them with a function before rounding and without. y1 is for two rows at a time. */
#define SWEEP_EACH(name, units)                                                                                        \
    static void name##_##units##_plain(const struct sweep *s, const int8_t *block, int8_t *y0, int8_t *y1) {           \
        name(units, NULL, s, block, y0, y1);                                                                           \
    }                                                                                                                  \
    static void name##_##units##_bent(const struct sweep *s, const int8_t *block, int8_t *y0, int8_t *y1) {            \
        const struct i8_bend bend = *s->bend;                                                                          \
        name(units, &bend, s, block, y0, y1);                                                                          \
    }
#define SWEEP_NAME(name, units) (s->bend ? name##_##units##_bent : name##_##units##_plain)
SWEEP_EACH(sweep_single, DW_UNITS) SWEEP_EACH(sweep_two, 1)
#if DW_UNITS >= 2
SWEEP_EACH(sweep_shifting, 1) SWEEP_EACH(sweep_two, 2)
#endif
#if DW_UNITS == 4
SWEEP_EACH(sweep_shifting, 2) SWEEP_EACH(sweep_two, 4)
#endif

static void sweep_run(int units, int stride, const struct sweep *s, const int8_t *block, int8_t *y0, int8_t *y1) {
    if (stride == 1 && units == DW_UNITS) SWEEP_NAME(sweep_single, DW_UNITS)(s, block, y0, y1);
#if DW_UNITS == 4
    else if (stride == 1 && units == 2) SWEEP_NAME(sweep_shifting, 2)(s, block, y0, y1);
    else if (units == 4) SWEEP_NAME(sweep_two, 4)(s, block, y0, y1);
#endif
#if DW_UNITS >= 2
    else if (stride == 1) SWEEP_NAME(sweep_shifting, 1)(s, block, y0, y1);
    else if (units == 2) SWEEP_NAME(sweep_two, 2)(s, block, y0, y1);
#endif
    else SWEEP_NAME(sweep_two, 1)(s, block, y0, y1);
}
#endif

/* Of dilated windows, those that begin in column `aside` and others in steps of the dilation see an image of every so
 * many columns, `skip` columns on. */
static void sweep_columns(const struct edge_depthwise_i8 *a, struct sweep *s, int64_t aside, int64_t *skip) {
    const int64_t dilation = a->dilation_w, first = aside - a->pad_left;
    *skip = (first % dilation + dilation) % dilation;
    s->C = a->C * dilation, s->ix = (first - *skip) / dilation;
    s->W = (a->W - *skip + dilation - 1) / dilation, s->Q = (a->Q - aside + dilation - 1) / dilation;
}

/* Row p, and with it the one that lies `below` it before p_end, of such columns of x and y. */
static void sweep_at(const struct edge_depthwise_i8 *a, struct sweep *s, struct sweep_block b, const int8_t *block,
                     const int8_t *outside, const int8_t *x, int64_t skip, int8_t *y, int64_t p, int64_t p_end) {
    const int64_t below = a->dilation_h, step = a->C * (int64_t)a->dilation_w;
    for (int k = 0; k < 4; k++) {
        const int64_t at = p * a->stride_h - a->pad_top + k * below;
        const int inside = at >= 0 && at < a->H;
        s->step[k] = inside ? step : 0;
        s->row[k] = (uintptr_t)outside;
        if (inside) s->row[k] = (uintptr_t)(x + at * a->W * a->C + b.first) + (uintptr_t)(skip * a->C);
        s->row[k] += (uintptr_t)s->ix * (uintptr_t)s->step[k]; /* which may be far outside, where nothing is read */
    }
    int8_t *to = y + p * a->Q * a->C + b.first;
#if DW_UNITS == 1
    halves_run(a->stride_h, s, block, to, p + below < p_end ? to + below * a->Q * a->C : NULL);
#else
    sweep_run(b.units, a->stride_h, s, block, to, p + below < p_end ? to + below * a->Q * a->C : NULL);
#endif
}

/* Rows p .. p_end of one image, a block of channels after the other: its weights stay in the cache. */
static void sweep_image(const struct edge_depthwise_i8 *a, const struct i8_bend *bend, const int8_t *x, int8_t *y,
                        int64_t p_begin, int64_t p_end) {
    int8_t outside[SWEEP_BYTES];
    const int8_t *block = a->packed;
    const int64_t below = a->dilation_h;
    const int rows = a->stride_h == 1 ? 2 : 1;
    struct sweep s = {.W = a->W, .C = a->C, .Q = a->Q, .ix = -(int64_t)a->pad_left, .x_zero = a->x_zero,
                      .range = i8_range(a->y_zero, a->lo, a->hi), .bend = bend};
    memset(outside, a->x_zero, sizeof outside);
    for (struct sweep_block b = sweep_first((size_t)a->C); b.n;
         b = sweep_next(b, (size_t)a->C), block += sweep_block(a->stride_h)) {
        s.n = b.n;
        for (int64_t aside = 0, skip = 0; aside < a->dilation_w && aside < a->Q; aside++) {
            if (a->dilation_w > 1) sweep_columns(a, &s, aside, &skip);
            for (int64_t from = p_begin; from < p_end; from += rows * below)
                for (int64_t p = from; p < p_end && p < from + below; p++)
                    sweep_at(a, &s, b, block, outside, x, skip, y + aside * a->C, p, p_end);
        }
    }
}
#endif
