/* Depthwise 3x3 int8 windows of images whose pixels are 8, 16 or 32 bytes: rows are read as plain bytes.
 *
 * A register holds whole neighbouring pixels, so that a row is loaded and stored 64 bytes at a time, and what lies left
 * and right of it comes from shifting registers. Outside the image they hold zero points. Otherwise as
 * depthwise_sweep.h, whose weights it takes; those of 8 channels repeat. */
#ifndef EDGE_KERNELS_DEPTHWISE_LINES_H
#define EDGE_KERNELS_DEPTHWISE_LINES_H
#include "depthwise_sweep.h"

static inline int lines_fits(const struct edge_depthwise_i8 *a) {
    const int one = a->stride_w == 1 && a->pad_left == 1 && a->Q <= a->W, two = a->stride_w == 2 && a->pad_left <= 1;
    return (a->C == 8 || a->C == 16 || a->C == 32) && (one || two) && a->dilation_h == 1 && a->dilation_w == 1 &&
           sweep_fits(a);
}

struct lines {
    const int8_t *row[4];
    int64_t inside[4]; /* bytes of each row: 0 outside the image */
    int64_t step[4];   /* from register to register: 0 outside the image, where a register of zero points lies */
    int64_t whole;     /* registers that rows fill */
    int64_t bytes;     /* of a row of outputs */
    int32_t x_zero;
    struct i8_range range;
    const int8_t *block;
};

/* Bytes 64 * at ... of the first rows. `inside`: no row ends there. */
EDGE_INLINE void lines_load(const struct lines *s, const int rows, const int inside, int64_t at, i8_bytes *to) {
    EDGE_UNROLL
    for (int k = 0; k < rows; k++) {
        const int64_t left = s->inside[k] - at * SWEEP_BYTES;
        if (inside) to[k] = bytes_load(s->row[k] + at * s->step[k], SWEEP_BYTES);
        else if (left <= 0) to[k] = bytes_set(s->x_zero);
        else to[k] = bytes_load_inside(s->row[k] + at * SWEEP_BYTES, (size_t)left, s->x_zero);
    }
}
/* The same of four rows, interleaved. */
EDGE_INLINE void lines_four(const struct lines *s, const int inside, int64_t at, bytes_taps *x) {
    i8_bytes row[4];
    lines_load(s, 4, inside, at, row);
    bytes_interleave(row[0], row[1], row[2], row[3], x);
}
/* Of three rows, twice as many bytes: even pixels and odd ones. */
EDGE_INLINE void lines_halves(const int C, const int inside, const struct lines *s, int64_t at, bytes_taps *even,
                              bytes_taps *odd) {
    i8_bytes a[3], b[3], e[3], o[3];
    lines_load(s, 3, inside, 2 * at, a), lines_load(s, 3, inside, 2 * at + 1, b);
    EDGE_UNROLL
    for (int k = 0; k < 3; k++) bytes_part(C, a[k], b[k], e + k, o + k);
    bytes_interleave(e[0], e[1], e[2], e[2], even);
    bytes_interleave(o[0], o[1], o[2], o[2], odd);
}
/* The pixels after those of a, of which the last is b's first; or those before b's, of which the first is a's last. An
 * interleaved register has four bytes of every sixteen. */
EDGE_INLINE void lines_next(const int C, const bytes_taps *a, const bytes_taps *b, bytes_taps *to) {
    EDGE_UNROLL
    for (int v = 0; v < 4; v++)
        to[v] = C == 32 ? bytes_shift(2, a[v], b[v]) : C == 16 ? bytes_shift(1, a[v], b[v])
              : v < 2   ? a[v + 2] : bytes_shift(1, a[v - 2], b[v - 2]);
}
EDGE_INLINE void lines_before(const int C, const bytes_taps *a, const bytes_taps *b, bytes_taps *to) {
    EDGE_UNROLL
    for (int v = 0; v < 4; v++)
        to[v] = C == 32 ? bytes_shift(2, a[v], b[v]) : C == 16 ? bytes_shift(3, a[v], b[v])
              : v < 2   ? bytes_shift(3, a[v + 2], b[v + 2]) : b[v - 2];
}

/* 64 bytes of outputs, or as many as the row has. */
EDGE_INLINE void lines_put(const struct lines *s, const int inside, bytes_taps (*x)[4], const int8_t *w, int8_t *y,
                           int64_t at) {
    i8_bytes out;
    sweep_windows(1, x, x, s->block, w, &s->range, NULL, &out);
    tile_put(4, 1, y + at * SWEEP_BYTES, 0, inside ? SWEEP_BYTES : (size_t)(s->bytes - at * SWEEP_BYTES), out);
}
/* Registers of outputs before the one whose inputs, or the next `ahead` ones, end with the row. */
static inline int64_t lines_inside(const struct lines *s, int64_t ahead, int stride) {
    const int64_t in = (s->whole - ahead) / stride, out = s->bytes / SWEEP_BYTES;
    return in < out ? in : out;
}

/* A register of two rows of outputs at stride 1; y1 is NULL where there is no second row. */
EDGE_INLINE void lines_single_at(const int C, const int inside, const struct lines *s, int64_t at, bytes_taps (*x)[4],
                                 bytes_taps *last, int8_t *y0, int8_t *y1) {
    const int8_t *w = s->block + 8 * SWEEP_BYTES;
    bytes_taps next[4];
    lines_four(s, inside, at + 1, next);
    lines_before(C, last, x[1], x[0]);
    lines_next(C, x[1], next, x[2]);
    lines_put(s, inside, x, w, y0, at);
    if (y1) lines_put(s, inside, x, w + SWEEP_ROW, y1, at);
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) last[v] = x[1][v], x[1][v] = next[v];
}
EDGE_INLINE void lines_single(const int C, const struct lines *from, int8_t *y0, int8_t *y1) {
    const struct lines s = *from; /* its own: for all that a compiler knows, storing y may change the other */
    const i8_bytes outside = bytes_set(s.x_zero);
    const int64_t inside = lines_inside(&s, 1, 1);
    bytes_taps x[3][4], last[4]; /* the window's columns; what is before the middle one */
    int64_t at = 0;
    bytes_interleave(outside, outside, outside, outside, last);
    lines_four(&s, 0, 0, x[1]);
    for (; at < inside; at++) lines_single_at(C, 1, &s, at, x, last, y0, y1);
    for (; at * SWEEP_BYTES < s.bytes; at++) lines_single_at(C, 0, &s, at, x, last, y0, y1);
}
/* A register of a row at stride 2, whose first window begins at the first pixel or `pad` pixels before. */
EDGE_INLINE void lines_two_at(const int C, const int pad, const int inside, const struct lines *s, int64_t at,
                              bytes_taps (*x)[4], bytes_taps *other, int8_t *y) {
    bytes_taps odd[4];
    lines_halves(C, inside, s, pad ? at : at + 1, pad ? x[1] : other, pad ? x[2] : odd);
    if (pad) lines_before(C, other, x[2], x[0]);
    else lines_next(C, x[0], other, x[2]);
    lines_put(s, inside, x, s->block + 8 * SWEEP_BYTES, y, at);
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) {
        if (pad) other[v] = x[2][v];
        else x[0][v] = other[v], x[1][v] = odd[v];
    }
}
EDGE_INLINE void lines_two(const int C, const int pad, const struct lines *from, int8_t *y) {
    const struct lines s = *from;
    const i8_bytes outside = bytes_set(s.x_zero);
    const int64_t inside = lines_inside(&s, pad ? 0 : 2, 2);
    bytes_taps x[3][4], other[4]; /* odd pixels before, or even ones after */
    int64_t at = 0;
    if (pad) bytes_interleave(outside, outside, outside, outside, other);
    else lines_halves(C, 0, &s, 0, x[0], x[1]);
    for (; at < inside; at++) lines_two_at(C, pad, 1, &s, at, x, other, y);
    for (; at * SWEEP_BYTES < s.bytes; at++) lines_two_at(C, pad, 0, &s, at, x, other, y);
}
#define LINES(C)                                                                                                       \
    static void lines_single_##C(const struct lines *s, int8_t *y0, int8_t *y1) { lines_single(C, s, y0, y1); }        \
    static void lines_two_##C(const struct lines *s, int8_t *y, int pad) {                                             \
        if (pad) lines_two(C, 1, s, y);                                                                                \
        else lines_two(C, 0, s, y);                                                                                    \
    }
LINES(8) LINES(16) LINES(32)

/* Rows p_begin .. p_end of one image. */
static void lines_image(const struct edge_depthwise_i8 *a, const int8_t *x, int8_t *y, int64_t p_begin, int64_t p_end) {
    const int64_t width = (int64_t)a->W * a->C, bytes = (int64_t)a->Q * a->C;
    const int rows = a->stride_h == 1 ? 2 : 1;
    int8_t outside[SWEEP_BYTES];
    memset(outside, a->x_zero, sizeof outside);
    struct lines s = {.bytes = bytes, .whole = width / SWEEP_BYTES, .x_zero = a->x_zero,
                      .range = i8_range(a->y_zero, a->lo, a->hi), .block = a->packed};
    for (int64_t p = p_begin; p < p_end; p += rows) {
        for (int k = 0; k < 4; k++) {
            const int64_t at = p * a->stride_h - a->pad_top + k;
            const int inside = at >= 0 && at < a->H;
            s.row[k] = inside ? x + at * width : outside, s.inside[k] = inside ? width : 0;
            s.step[k] = inside ? SWEEP_BYTES : 0;
        }
        int8_t *y0 = y + p * bytes, *y1 = p + 1 < p_end ? y0 + bytes : NULL;
        if (rows == 1) (a->C == 8 ? lines_two_8 : a->C == 16 ? lines_two_16 : lines_two_32)(&s, y0, a->pad_left);
        else (a->C == 8 ? lines_single_8 : a->C == 16 ? lines_single_16 : lines_single_32)(&s, y0, y1);
    }
}
#endif
