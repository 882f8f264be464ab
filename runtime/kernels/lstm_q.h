/* What both forms of the integer LSTM share: a step of one row of the batch, once the products are known. */
#ifndef EDGE_KERNELS_LSTM_Q_H
#define EDGE_KERNELS_LSTM_Q_H
#include "fixed_point.h"

enum lstm_q_gates { INPUT, OUTPUT, FORGET, CELL };
enum lstm_q_scale { FROM_X = 0, FROM_H = 4, NORM = 8, PEEPHOLE = 12, HIDDEN = 15, PROJECTION = 16 };
enum { LSTM_Q_SLACK = 32 }; /* elements that whole vectors may read or write behind what lies in the scratch */

struct lstm_q {
    size_t units;
    const int32_t *mantissa, *shift, *least_variance, *norm_bias;
    const int16_t *peephole, *norm; /* or NULL */
    int coupled, cell_bits, cell_clip, zero_hidden;
    int16_t *gates, *fresh, *seen; /* i, o, f; c; tanh of the cell: in the scratch, LSTM_Q_SLACK behind each */
};
#define LSTM_Q(a)                                                                                                      \
    {(size_t)(a)->units, (a)->mantissa, (a)->shift, (a)->least_variance, (a)->bias, (a)->peephole, (a)->norm,          \
     (a)->coupled, (a)->cell_bits, (a)->cell_clip, (a)->zero_hidden, NULL, NULL, NULL}

/* The arrays of int16, from `at` on; returns what follows them. */
static inline int16_t *lstm_q_place(struct lstm_q *s, int16_t *at) {
    s->gates = at, s->fresh = at + CELL * s->units + LSTM_Q_SLACK, s->seen = s->fresh + s->units + LSTM_Q_SLACK;
    return s->seen + s->units + LSTM_Q_SLACK;
}

/* Sum plus zero, in int8 from lo to hi. */
static inline vi lstm_q_bytes(vi sum, int32_t zero, int32_t lo, int32_t hi) {
    return vi_add(vi_min(vi_max(sum, vi_set(lo - zero)), vi_set(hi - zero)), vi_set(zero));
}
static inline vi lstm_q_load(const int16_t *p, size_t n) { return n >= VF ? vi_load_i16(p) : vi_load_i16_n(p, n); }
static inline void lstm_q_store(int16_t *p, vi x, size_t n) {
    if (n >= VF) vi_store_i16(p, x);
    else vi_store_i16_n(p, x, n);
}
static inline void lstm_q_put(int8_t *p, vi x, size_t n) {
    if (n >= VF) vi_store_i8(p, x);
    else vi_store_i8_n(p, x, n);
}

/* What a scaled sum adds to an int16 that is saturated after it. */
static inline vi lstm_q_more(vi sum, const struct fixed_scale *by) {
    return vi_min(vi_max(fixed_scaled(sum, by), vi_set(-(1 << 16))), vi_set(1 << 16));
}
/* A gate from its sums, before its activation: every operand counts after the one before has been saturated. */
static inline vi lstm_q_sum(vi x, vi h, const struct fixed_scale *by_x, const struct fixed_scale *by_h) {
    return vi_add(fixed_clamp(fixed_scaled(x, by_x)), lstm_q_more(h, by_h));
}
/* Gate `place` before its activation, and something where the next begins; sums lie `units` apart, with LSTM_Q_SLACK at
 * the end. */
static void lstm_q_gate(const struct lstm_q *s, const int32_t *from_x, const int32_t *from_h, const int16_t *c,
                        size_t place) {
    const size_t units = s->units, at = place * units;
    const struct fixed_scale by_x = fixed_scale(s->mantissa[FROM_X + place], s->shift[FROM_X + place]);
    const struct fixed_scale by_h = fixed_scale(s->mantissa[FROM_H + place], s->shift[FROM_H + place]);
    int16_t *gate = place == CELL ? s->fresh : s->gates + at;
    for (size_t j = 0; j < units; j += VH) {
        const int32_t *x = from_x + at + j, *h = from_h + at + j;
        const vi low = lstm_q_sum(vi_load(x), vi_load(h), &by_x, &by_h);
        const int more = (int)VH > (int)VF && j + VF < units;
        const vi high = more ? lstm_q_sum(vi_load(x + VF), vi_load(h + VF), &by_x, &by_h) : low;
        vh_store(gate + j, vh_narrow(low, high));
    }
    if (s->peephole && place < CELL) {
        const struct fixed_scale by = fixed_scale(s->mantissa[PEEPHOLE + place], s->shift[PEEPHOLE + place]);
        for (size_t j = 0; j < units; j += VF) {
            const vi product = vi_mul(lstm_q_load(s->peephole + at + j, units - j), lstm_q_load(c + j, units - j));
            lstm_q_store(gate + j, fixed_clamp(vi_add(vi_load_i16(gate + j), lstm_q_more(product, &by))), units - j);
        }
    }
    if (s->norm)
        fixed_normalize(gate, s->norm + at, s->norm_bias + at, units, s->mantissa[NORM + place], s->shift[NORM + place],
                        s->least_variance[place]);
}
static void lstm_q_sigmoid(int16_t *x, size_t n) {
    for (size_t j = 0; j < n; j += VH) vh_store(x + j, fixed_sigmoid(vh_load(x + j)));
}
static void lstm_q_tanh(int16_t *x, size_t n, int bits) {
    for (size_t j = 0; j < n; j += VH) vh_store(x + j, fixed_tanh(vh_load(x + j), bits));
}

/* The cell c, and what goes to `to`, from the sums. */
static void lstm_q_cell(const struct lstm_q *s, const int32_t *from_x, const int32_t *from_h, int16_t *c, int8_t *to) {
    const size_t units = s->units, first = s->coupled ? OUTPUT : INPUT;
    int16_t *const i = s->gates, *const o = i + units, *const f = o + units;
    const int32_t clip = s->cell_clip > 0 ? s->cell_clip : 32768;
    const struct fixed_scale by = fixed_scale(s->mantissa[HIDDEN], s->shift[HIDDEN]);
    for (size_t place = first; place <= CELL; place++) lstm_q_gate(s, from_x, from_h, c, place);
    lstm_q_sigmoid(i + first * units, (CELL - first) * units);
    lstm_q_tanh(s->fresh, units, 3);
    for (size_t j = 0; j < units; j += VF) {
        const vi forget = vi_load_i16(f + j), fresh = vi_load_i16(s->fresh + j);
        const vi enter = s->coupled ? vi_sub(vi_set(FIXED_ONE), forget) : vi_load_i16(i + j);
        const vi kept = fixed_halves(vi_mul(forget, lstm_q_load(c + j, units - j)), 15);
        const vi sum = fixed_clamp(vi_add(kept, fixed_halves(vi_mul(enter, fresh), 15 + s->cell_bits)));
        const vi next = vi_min(vi_max(sum, vi_set(-clip)), vi_set(clip));
        vi_store_i16(s->seen + j, next);
        lstm_q_store(c + j, next, units - j);
    }
    lstm_q_tanh(s->seen, units, s->cell_bits);
    if (s->peephole) { /* the output gate sees the new cell */
        lstm_q_gate(s, from_x, from_h, c, OUTPUT);
        lstm_q_sigmoid(o, units);
    }
    for (size_t j = 0; j < units; j += VF) {
        const vi product = vi_mul(vi_load_i16(o + j), vi_load_i16(s->seen + j));
        lstm_q_put(to + j, lstm_q_bytes(fixed_scaled(product, &by), s->zero_hidden, -128, 127), units - j);
    }
}

#endif
