/* Depthwise 3x3 int8 windows where a register holds one pixel: half of its channels at a time.
 *
 * So the weights of both rows of outputs stay in registers beside a window, and a turn loads nothing but one new column.
 * Eight outputs of each of two rows, or at stride 2 of two neighbouring pixels, are rounded together. Rows, columns and
 * packed weights are those of depthwise_sweep.h, which includes this. */
#ifndef EDGE_KERNELS_DEPTHWISE_HALVES_H
#define EDGE_KERNELS_DEPTHWISE_HALVES_H

enum { HALF = 8 };
/* Where the other half of a block begins: two overlap where there are fewer than sixteen channels, at least eight. */
static inline int64_t halves_second(size_t n) { return n < 2 * HALF ? (int64_t)n - HALF : HALF; }

struct halves {
    struct sweep_cursor c; /* at the next column, which is column x */
    int64_t x;
};
EDGE_INLINE struct halves halves_begin(const struct sweep *s, int64_t first) {
    struct halves h = {sweep_begin(s), s->ix};
    EDGE_UNROLL
    for (int k = 0; k < 4; k++) h.c.at[k] += (uintptr_t)first;
    return h;
}
/* The column `ahead`, where it is known to lie in the image. */
EDGE_INLINE void halves_inside(const int rows, const struct sweep *s, const struct halves *h, const int ahead,
                               bytes_half_column *to) {
    const int8_t *at[4];
    EDGE_UNROLL
    for (int k = 0; k < rows; k++) at[k] = (const int8_t *)(h->c.at[k] + (uintptr_t)(ahead * s->step[k]));
    bytes_half_load(rows, at, to);
}
/* The next column, wherever it is. */
EDGE_INLINE void halves_next(const int rows, const struct sweep *s, struct halves *h, bytes_half_column *to) {
    if (h->x >= 0 && h->x < s->W) halves_inside(rows, s, h, 0, to);
    else bytes_half_fill(s->x_zero, to);
    sweep_advance(s, &h->c, rows, 1), h->x++;
}

/* Sums of two times eight outputs to int8, and where they go; `bend` is known to be NULL, or not to be. */
EDGE_INLINE i8_bytes halves_finish(vi (*sum)[2], const vf *m, const struct i8_range *range, const struct i8_bend *bend) {
    return bend ? i8_finish_bent(sum[0][0], sum[0][1], sum[1][0], sum[1][1], m, range, bend)
                : i8_finish_straight(sum[0][0], sum[0][1], sum[1][0], sum[1][1], m, range);
}
EDGE_INLINE void halves_multipliers(const int8_t *block, int half, vf *m) {
    const float *from = (const float *)(const void *)(block + 4 * SWEEP_BYTES) + HALF * half;
    m[0] = m[2] = vf_load(from), m[1] = m[3] = vf_load(from + VF);
}

/* Stride 1: one column of one or two rows of outputs, whose window is the columns a, b and c. */
EDGE_INLINE i8_bytes halves_one(const int rows, const bytes_half_column *a, const bytes_half_column *b,
                                const bytes_half_column *c, const bytes_half_weights *w, const int32_t *bias, const vf *m,
                                const struct i8_range *range, const struct i8_bend *bend) {
    vi sum[2][2];
    bytes_half_window(0, a, b, c, w, bias, sum[0]);
    if (rows == 2) bytes_half_window(1, a, b, c, w, bias, sum[1]);
    else sum[1][0] = sum[0][0], sum[1][1] = sum[0][1];
    return halves_finish(sum, m, range, bend);
}
EDGE_INLINE void halves_single(const int rows, const struct i8_bend *bend, const struct sweep *s, int half,
                               const int8_t *block, int8_t *y0, int8_t *y1) {
    const struct sweep own = *s; /* for all that a compiler knows, storing y may change s */
    const int32_t *bias = (const int32_t *)(const void *)block + HALF * half;
    const int64_t C = own.C, first = half ? halves_second(own.n) : 0;
    struct halves h = halves_begin(&own, first);
    bytes_half_weights w;
    bytes_half_column x[3];
    vf m[4];
    bytes_half_load_weights(rows, block + 8 * SWEEP_BYTES, half, &w);
    halves_multipliers(block, half, m);
    y0 += first, y1 = rows == 2 ? y1 + first : y0;
    halves_next(4, &own, &h, x), halves_next(4, &own, &h, x + 1);
    const int64_t inside = own.W - own.ix - 2 < own.Q ? own.W - own.ix - 2 : own.Q;
    for (int64_t q = 0; q < own.Q; q++) {
        if (h.x >= 0)
            for (; q + 3 <= inside; q += 3, h.x += 3) {
                EDGE_UNROLL
                for (int i = 0; i < 3; i++) {
                    halves_inside(4, &own, &h, i, x + (i + 2) % 3);
                    EDGE_AGAIN(bias);
                    bytes_put_halves(y0, y1, halves_one(rows, x + i, x + (i + 1) % 3, x + (i + 2) % 3, &w, bias, m,
                                                              &own.range, bend));
                    y0 += C, y1 += C;
                }
                sweep_advance(&own, &h.c, 4, 3);
            }
        if (q == own.Q) break;
        halves_next(4, &own, &h, x + 2);
        bytes_put_halves(y0, y1, halves_one(rows, x, x + 1, x + 2, &w, bias, m, &own.range, bend));
        y0 += C, y1 += C;
        x[0] = x[1], x[1] = x[2];
    }
}

/* Stride 2: two neighbouring outputs, whose windows are the columns x[0..2] and x[2..4]. */
EDGE_INLINE i8_bytes halves_pair(bytes_half_column *x, const bytes_half_weights *w, const int32_t *bias, const vf *m,
                                 const struct i8_range *range, const struct i8_bend *bend) {
    vi sum[2][2];
    bytes_half_window(0, x, x + 1, x + 2, w, bias, sum[0]);
    bytes_half_window(0, x + 2, x + 3, x + 4, w, bias, sum[1]);
    x[0] = x[4];
    return halves_finish(sum, m, range, bend);
}
EDGE_INLINE void halves_two(const struct i8_bend *bend, const struct sweep *s, int half, const int8_t *block, int8_t *y) {
    const struct sweep own = *s;
    const int32_t *bias = (const int32_t *)(const void *)block + HALF * half;
    const int64_t C = own.C, first = half ? halves_second(own.n) : 0;
    struct halves h = halves_begin(&own, first);
    bytes_half_weights w;
    bytes_half_column x[5];
    vf m[4];
    bytes_half_load_weights(1, block + 8 * SWEEP_BYTES, half, &w);
    halves_multipliers(block, half, m);
    y += first;
    halves_next(3, &own, &h, x);
    const int64_t whole = (own.W - own.ix - 1) / 2, inside = whole < own.Q ? whole : own.Q;
    for (int64_t q = 0; q < own.Q; q += 2, y += 2 * C) {
        if (h.x >= 0)
            for (; q + 2 <= inside; q += 2, h.x += 4, y += 2 * C) {
                EDGE_UNROLL
                for (int i = 0; i < 4; i++) halves_inside(3, &own, &h, i, x + 1 + i);
                sweep_advance(&own, &h.c, 3, 4);
                bytes_put_halves(y, y + C, halves_pair(x, &w, bias, m, &own.range, bend));
            }
        if (q >= own.Q) break;
        EDGE_UNROLL
        for (int i = 0; i < 4; i++) halves_next(3, &own, &h, x + 1 + i);
        bytes_put_halves(y, q + 1 < own.Q ? y + C : y, halves_pair(x, &w, bias, m, &own.range, bend));
    }
}

/* Each of them with a function before rounding and without. y1 is for two rows at a time. */
#define HALVES_EACH(name, call)                                                                                        \
    static void name##_plain(const struct sweep *s, int half, const int8_t *block, int8_t *y0, int8_t *y1) {           \
        (void)y1;                                                                                                      \
        const struct i8_bend *const bend = NULL;                                                                       \
        call;                                                                                                          \
    }                                                                                                                  \
    static void name##_bent(const struct sweep *s, int half, const int8_t *block, int8_t *y0, int8_t *y1) {            \
        (void)y1;                                                                                                      \
        const struct i8_bend own = *s->bend, *const bend = &own;                                                       \
        call;                                                                                                          \
    }
HALVES_EACH(halves_row, halves_single(1, bend, s, half, block, y0, NULL))
HALVES_EACH(halves_rows, halves_single(2, bend, s, half, block, y0, y1))
HALVES_EACH(halves_apart, halves_two(bend, s, half, block, y0))

static void halves_run(int stride, const struct sweep *s, const int8_t *block, int8_t *y0, int8_t *y1) {
    for (int half = 0; HALF * (size_t)half < s->n; half++) {
        if (stride == 2) (s->bend ? halves_apart_bent : halves_apart_plain)(s, half, block, y0, NULL);
        else if (y1) (s->bend ? halves_rows_bent : halves_rows_plain)(s, half, block, y0, y1);
        else (s->bend ? halves_row_bent : halves_row_plain)(s, half, block, y0, NULL);
    }
}
#endif
