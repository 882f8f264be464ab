/* Depthwise 5x5 int8 windows for instruction sets with the words of bytes: seven dot products of four taps for each.
 *
 * Rows of x are copied once, with their borders, into a ring of five. Of each window, four rows are interleaved as in
 * depthwise_sweep.h and make five products, a column each. The fifth row is taken along the row: four neighbouring
 * pixels are interleaved, and the last column is the first of the four that begin there. So a row of outputs is swept
 * twice, half of the channels at a time, whose weights and sums in flight just fit into registers.
 *
 * A register holds one pixel, or several of fewer channels; the columns of the next register's windows begin `apart`
 * columns on. At stride 2 even and odd pixels lie apart in the ring.
 *
 * Packed weights: a block of channels after the other (depthwise_sweep.h), biases and multipliers [4][VF], then weights
 * [7][4][VF][4]. */
#ifndef EDGE_KERNELS_DEPTHWISE_SWEEP5_H
#define EDGE_KERNELS_DEPTHWISE_SWEEP5_H
#include "depthwise_sweep.h"

enum {
    SWEEP5_BLOCK = (8 + 28) * SWEEP_BYTES,
    SWEEP5_PIECE = 56, /* registers of outputs that a ring can serve, or half of them at stride 2 */
    SWEEP5_WIDTH = SWEEP5_PIECE + 16, /* rows of a power of two would share their places in the cache */
};

static inline int sweep5_fits(const struct edge_depthwise_i8 *a) {
    return a->M == 1 && a->KH == 5 && a->KW == 5 && a->dilation_h == 1 && a->dilation_w == 1 &&
           a->stride_h == a->stride_w && a->stride_h <= 2 && !a->w_zero && !gemm_i8_wild(a->multiplier, (size_t)a->C) &&
           bytes_fit(a->w, 25 * (size_t)a->C);
}

static size_t sweep5_pack(const struct edge_depthwise_i8 *a, int8_t *out) {
    const size_t C = (size_t)a->C;
    size_t used = 0;
    for (struct sweep_block b = sweep_first(C); b.n; b = sweep_next(b, C), used += SWEEP5_BLOCK) {
        int8_t *block = out ? out + used : NULL;
        if (block) memset(block, 0, SWEEP5_BLOCK);
        for (int slot = 0; block && slot < SWEEP_BYTES; slot++) {
            const size_t channel = sweep_channel(&b, slot);
            if (channel >= C) continue;
            uint32_t bias = a->bias ? (uint32_t)a->bias[channel] : 0;
            for (int tap = 0; tap < 25; tap++) {
                const int8_t w = a->w[(size_t)tap * C + channel];
                const int row = tap / 5, column = tap % 5, dot = row < 4 ? column : 5 + column / 4;
                bias -= (uint32_t)(a->x_zero + BYTES_BIAS) * (uint32_t)w;
                block[((8 + dot * 4) * SWEEP_BYTES) + slot * 4 + (row < 4 ? row : column % 4)] = w;
            }
            memcpy(block + 4 * slot, &bias, 4);
            memcpy(block + 4 * (SWEEP_BYTES + slot), a->multiplier + channel, 4);
        }
    }
    return used;
}

/* A block's part of a piece of five rows: registers of pixels, even ones and, at stride 2, odd ones. */
typedef i8_bytes sweep5_ring[6][SWEEP5_WIDTH]; /* the last is a row of zero points */
struct sweep5 {
    const int8_t *x;   /* of the block's first channel */
    int64_t H, W, C;
    int64_t ix, count; /* the first window's first column; registers of outputs */
    int64_t pixels;    /* of outputs */
    int64_t plane;     /* registers of even pixels, and of odd ones */
    size_t n;
    int32_t x_zero;
    struct i8_range range;
    const struct i8_bend *bend; /* or NULL */
};

/* Columns of a register that are its own, windows in flight, registers of a plane. */
EDGE_INLINE int sweep5_own(int apart) { return apart < 5 ? apart : 5; }
EDGE_INLINE int sweep5_flight(int apart) { return 4 / apart + 1; }
static inline int64_t sweep5_plane(int apart, int64_t count) { return count + sweep5_flight(apart) + 3 / apart; }

/* A register of pixels x, x + stride, ..., not all of which lie in the image. */
EDGE_INLINE i8_bytes sweep5_edge(const int units, const int stride, const struct sweep5 *s, const int8_t *row,
                                 int64_t x) {
    const int pixels = DW_UNITS / units;
    if (pixels == 1 || x >= s->W || x + (pixels - 1) * stride < 0) return bytes_set(s->x_zero);
    int8_t edge[SWEEP_BYTES];
    memset(edge, s->x_zero, sizeof edge);
    for (int k = 0; k < pixels; k++)
        if (x + k * stride >= 0 && x + k * stride < s->W)
            memcpy(edge + k * units * 16, row + (x + k * stride) * s->C, s->n);
    return bytes_load(edge, SWEEP_BYTES);
}
/* A row of x, with the zero points beside it. */
EDGE_INLINE void sweep5_copy(const int units, const int stride, const struct sweep5 *s, const int8_t *row,
                             i8_bytes *to) {
    const int pixels = DW_UNITS / units, last = (pixels - 1) * stride;
    const ptrdiff_t step = stride * s->C;
    const size_t n = s->n;
    for (int odd = 0; odd < stride; odd++) {
        i8_bytes *const end = to + s->plane;
        int64_t x = s->ix + odd;
        for (; to < end && x < 0; x += pixels * stride) *to++ = sweep5_edge(units, stride, s, row, x);
        const int8_t *from = row + x * s->C;
        for (; to < end && x + last < s->W; x += pixels * stride, from += pixels * step)
            *to++ = bytes_load_pixels(units, from, step, n);
        for (; to < end; x += pixels * stride) *to++ = sweep5_edge(units, stride, s, row, x);
    }
}

/* Column c of the windows of a register, whose columns begin in `at`. */
EDGE_INLINE i8_bytes sweep5_column(const int units, const int stride, const int8_t *at, int64_t plane, const int c) {
    i8_bytes q;
    memcpy(&q, at + (c % stride) * plane * SWEEP_BYTES + c / stride * units * 16, sizeof q);
    return q;
}

/* All products with the columns of one register for the windows in flight, of which there are `young`. `half` of the
 * channels. */
EDGE_INLINE void sweep5_step(const int units, const int stride, const int half, const int young,
                             const int8_t *const *row, int64_t at, int64_t plane, bytes_taps (*w)[5],
                             const int8_t *block, vi (*sum)[2]) {
    const int apart = stride * DW_UNITS / units;
    const int8_t *more = block + 2 * half * SWEEP_BYTES;
    EDGE_AGAIN(more); /* with all weights and sums there would be more than there are registers */
    EDGE_UNROLL
    for (int u = 0; u < 2; u++) {
        EDGE_UNROLL
        for (int i = young - 1; i > 0; i--) sum[i][u] = sum[i - 1][u];
        sum[0][u] = vi_load((const int32_t *)(const void *)(more + u * SWEEP_BYTES));
    }
    EDGE_UNROLL
    for (int c = 0; c < sweep5_own(apart); c++) {
        bytes_taps below[4], along[4];
        i8_bytes q[4];
        EDGE_UNROLL
        for (int k = 0; k < 4; k++) q[k] = sweep5_column(units, stride, row[k] + at, plane, c);
        bytes_interleave(q[0], q[1], q[2], q[3], below);
        if (c % 4 == 0) {
            EDGE_UNROLL
            for (int k = 0; k < 4; k++) q[k] = sweep5_column(units, stride, row[4] + at, plane, c + (c ? 0 : k));
            bytes_interleave(q[0], q[1], q[2], q[3], along);
        }
        EDGE_UNROLL
        for (int i = 0; i < young; i++) {
            const int k = c + i * apart;
            if (k > 4) continue;
            EDGE_UNROLL
            for (int u = 0; u < 2; u++) {
                sum[i][u] = bytes_dot(sum[i][u], below[2 * half + u], w[u][k]);
                if (k % 4) continue;
                const bytes_taps fifth = bytes_weights(more + (28 + k + u) * SWEEP_BYTES);
                sum[i][u] = bytes_dot(sum[i][u], along[2 * half + u], fifth);
            }
        }
    }
}
/* Sums of a row of outputs for half of the channels. */
EDGE_INLINE void sweep5_half(const int units, const int stride, const int half, int64_t plane, int64_t count,
                             const int8_t *const *row, const int8_t *block, int32_t (*sums)[4][VF]) {
    const int flight = sweep5_flight(stride * DW_UNITS / units);
    bytes_taps w[2][5];
    vi sum[5][2];
    EDGE_UNROLL
    for (int u = 0; u < 2; u++) {
        EDGE_UNROLL
        for (int k = 0; k < 5; k++) w[u][k] = bytes_weights(block + (8 + k * 4 + 2 * half + u) * SWEEP_BYTES);
    }
    int64_t at = 0;
    /* not a loop: clang would unroll it too late to keep sums in registers */
    if (flight > 1) sweep5_step(units, stride, half, 1, row, at, plane, w, block, sum), at += SWEEP_BYTES;
    if (flight > 2) sweep5_step(units, stride, half, 2, row, at, plane, w, block, sum), at += SWEEP_BYTES;
    if (flight > 3) sweep5_step(units, stride, half, 3, row, at, plane, w, block, sum), at += SWEEP_BYTES;
    if (flight > 4) sweep5_step(units, stride, half, 4, row, at, plane, w, block, sum), at += SWEEP_BYTES;
    for (int64_t j = 0; j < count; j++, at += SWEEP_BYTES) {
        sweep5_step(units, stride, half, flight, row, at, plane, w, block, sum);
        EDGE_UNROLL
        for (int u = 0; u < 2; u++) vi_store(sums[j][2 * half + u], sum[flight - 1][u]);
    }
}
EDGE_INLINE void sweep5_end(const int units, const struct sweep5 *s, const struct i8_bend *bend, const int8_t *block,
                            int32_t (*sums)[4][VF], int8_t *y) {
    const int pixels = DW_UNITS / units;
    const struct i8_range range = s->range;
    const int64_t C = s->C;
    const size_t n = s->n;
    vf m[4];
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) m[v] = vf_load((const float *)(const void *)(block + 4 * SWEEP_BYTES) + v * VF);
    for (int64_t left = s->pixels; left > 0; left -= pixels, sums++, y += pixels * C) {
        vi sum[4];
        EDGE_UNROLL
        for (int v = 0; v < 4; v++) sum[v] = vi_load((*sums)[v]);
        const i8_bytes out = bend ? i8_finish_bent(sum[0], sum[1], sum[2], sum[3], m, &range, bend)
                                  : i8_finish_straight(sum[0], sum[1], sum[2], sum[3], m, &range);
        bytes_put_pixels(units, y, C, left < pixels ? (int)left : pixels, n, out);
    }
}
/* Rows p .. p_end of a piece. */
EDGE_INLINE void sweep5_piece(const int units, const int stride, const struct sweep5 *s, int64_t top, int64_t rows,
                              int64_t pitch, const int8_t *block, int8_t *y) {
    sweep5_ring ring;
    int32_t sums[SWEEP5_PIECE][4][VF];
    const i8_bytes outside = bytes_set(s->x_zero);
    int64_t ready = top < 0 ? 0 : top; /* the first row that is not in the ring */
    for (int64_t i = 0; i < stride * s->plane; i++) ring[5][i] = outside;
    for (int64_t p = 0; p < rows; p++, top += stride, y += pitch) {
        const int8_t *row[5];
        if (ready < top) ready = top;
        for (; ready < top + 5 && ready < s->H; ready++)
            sweep5_copy(units, stride, s, s->x + ready * s->W * s->C, ring[ready % 5]);
        for (int k = 0; k < 5; k++)
            row[k] = (const int8_t *)ring[top + k >= 0 && top + k < s->H ? (top + k) % 5 : 5];
        sweep5_half(units, stride, 0, s->plane, s->count, row, block, sums);
        sweep5_half(units, stride, 1, s->plane, s->count, row, block, sums);
        if (s->bend) sweep5_end(units, s, s->bend, block, sums, y);
        else sweep5_end(units, s, NULL, block, sums, y);
    }
}
#define SWEEP5_PIECES(units)                                                                                           \
    static void sweep5_##units(const struct sweep5 *s, int stride, int64_t top, int64_t rows, int64_t pitch,           \
                               const int8_t *block, int8_t *y) {                                                       \
        if (stride == 1) sweep5_piece(units, 1, s, top, rows, pitch, block, y);                                        \
        else sweep5_piece(units, 2, s, top, rows, pitch, block, y);                                                    \
    }
SWEEP5_PIECES(1)
#if DW_UNITS >= 2
SWEEP5_PIECES(2)
#else
#define sweep5_2 sweep5_1
#endif
#if DW_UNITS == 4
SWEEP5_PIECES(4)
#else
#define sweep5_4 sweep5_2
#endif

/* Rows p .. p_end of one image, a block of channels after the other: its weights stay in the cache. */
static void sweep5_image(const struct edge_depthwise_i8 *a, const struct i8_bend *bend, const int8_t *x, int8_t *y,
                         int64_t p_begin, int64_t p_end) {
    const int8_t *block = a->packed;
    const size_t C = (size_t)a->C;
    const int stride = a->stride_w;
    for (struct sweep_block b = sweep_first(C); b.n; b = sweep_next(b, C), block += SWEEP5_BLOCK) {
        const int64_t pixels = DW_UNITS / b.units, most = SWEEP5_PIECE / stride * pixels;
        struct sweep5 s = {.x = x + b.first, .H = a->H, .W = a->W, .C = a->C, .n = b.n, .x_zero = a->x_zero,
                           .range = i8_range(a->y_zero, a->lo, a->hi), .bend = bend};
        for (int64_t q = 0; q < a->Q; q += most) {
            s.ix = q * stride - a->pad_left;
            s.pixels = a->Q - q < most ? a->Q - q : most, s.count = (s.pixels + pixels - 1) / pixels;
            s.plane = sweep5_plane(stride * (int)pixels, s.count);
            (b.units == 1 ? sweep5_1 : b.units == 2 ? sweep5_2 : sweep5_4)(
                &s, stride, p_begin * stride - a->pad_top, p_end - p_begin, (int64_t)a->Q * a->C, block,
                y + (p_begin * a->Q + q) * a->C + b.first);
        }
    }
}
#endif
