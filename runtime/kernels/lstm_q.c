/* Long short-term memory on int8 with an int16 cell. Sums are exact; scales and activations are fixed point. */
#include "fixed_point.h"

enum lstm_q_gates { INPUT, OUTPUT, FORGET, CELL };
enum lstm_q_scale { FROM_X = 0, FROM_H = 4, NORM = 8, PEEPHOLE = 12, HIDDEN = 15, PROJECTION = 16 };

/* What one step of one row of the batch works on; all in the task's scratch. */
struct lstm_q {
    int32_t *from_x, *from_h;      /* 4 units each */
    int16_t *gate[4], *seen;       /* i, o, f, c; tanh of the cell */
    int16_t *x, *h, *hidden;       /* less their zero points */
};

static inline int32_t lstm_q_dot(const int16_t *x, const int8_t *w, size_t n) {
    vi sum = vi_set(0);
    size_t i = 0;
    for (; i + VF <= n; i += VF) sum = vi_add(sum, vi_mul(vi_load_i16(x + i), vi_load_i8(w + i)));
    int32_t total = vi_sum(sum);
    for (; i < n; i++) total += x[i] * w[i];
    return total;
}
static inline int32_t lstm_q_plus(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
static inline void lstm_q_centre(int16_t *to, const int8_t *from, size_t n, int32_t zero) {
    for (size_t i = 0; i < n; i++) to[i] = (int16_t)(from[i] - zero);
}
static inline int8_t lstm_q_byte(int32_t x, int32_t zero, int32_t lo, int32_t hi) {
    const int64_t q = (int64_t)x + zero;
    return (int8_t)(q < lo ? lo : q > hi ? hi : q);
}
static inline vi lstm_q_load(const int16_t *p, size_t n) { return n >= VF ? vi_load_i16(p) : vi_load_i16_n(p, n); }
static inline void lstm_q_store(int16_t *p, vi x, size_t n) {
    if (n >= VF) vi_store_i16(p, x);
    else vi_store_i16_n(p, x, n);
}

/* Gate `place` from its sums, before its activation: every operand counts after the one before has been saturated. */
static void lstm_q_sum(const struct edge_lstm_q_i8 *a, const struct lstm_q *s, const int16_t *c, size_t place) {
    const size_t units = (size_t)a->units, at = place * units;
    const int16_t *peephole = a->peephole && place < 3 ? a->peephole + at : NULL;
    const int32_t *mantissa = a->mantissa, *shift = a->shift;
    int16_t *gate = s->gate[place];
    for (size_t j = 0; j < units; j++) {
        int32_t sum = fixed_multiply(s->from_x[at + j], mantissa[FROM_X + place], shift[FROM_X + place]);
        sum = fixed_narrow(sum);
        sum = fixed_narrow((int64_t)sum + fixed_multiply(s->from_h[at + j], mantissa[FROM_H + place], shift[FROM_H + place]));
        if (peephole) {
            const int32_t seen = fixed_multiply(peephole[j] * c[j], mantissa[PEEPHOLE + place], shift[PEEPHOLE + place]);
            sum = fixed_narrow((int64_t)sum + seen);
        }
        gate[j] = (int16_t)sum;
    }
    if (a->norm)
        fixed_normalize(gate, a->norm + at, a->bias + at, units, mantissa[NORM + place], shift[NORM + place],
                        a->least_variance[place]);
}

static void lstm_q_gate(const struct edge_lstm_q_i8 *a, const struct lstm_q *s, const int16_t *c, size_t place) {
    const size_t units = (size_t)a->units;
    int16_t *gate = s->gate[place];
    lstm_q_sum(a, s, c, place);
    for (size_t j = 0; j < units; j += VF) {
        const vi x = lstm_q_load(gate + j, units - j);
        lstm_q_store(gate + j, place == CELL ? fixed_tanh(x, 3) : fixed_sigmoid(x), units - j);
    }
}

/* Cell and hidden output from the sums; hidden goes to `to`. */
static void lstm_q_cell(const struct edge_lstm_q_i8 *a, const struct lstm_q *s, int16_t *c, int8_t *to) {
    const size_t units = (size_t)a->units;
    const int32_t clip = a->cell_clip > 0 ? a->cell_clip : 32768;
    lstm_q_gate(a, s, c, FORGET);
    if (!a->coupled) lstm_q_gate(a, s, c, INPUT);
    lstm_q_gate(a, s, c, CELL);
    for (size_t j = 0; j < units; j += VF) {
        const size_t n = units - j;
        const vi forget = lstm_q_load(s->gate[FORGET] + j, n), fresh = lstm_q_load(s->gate[CELL] + j, n);
        const vi enter = a->coupled ? vi_sub(vi_set(FIXED_ONE), forget) : lstm_q_load(s->gate[INPUT] + j, n);
        const vi kept = fixed_halves(vi_mul(forget, lstm_q_load(c + j, n)), 15);
        const vi sum = fixed_clamp(vi_add(kept, fixed_halves(vi_mul(enter, fresh), 15 + a->cell_bits)));
        lstm_q_store(c + j, vi_min(vi_max(sum, vi_set(-clip)), vi_set(clip)), n);
        lstm_q_store(s->seen + j, fixed_tanh(lstm_q_load(c + j, n), a->cell_bits), n);
    }
    lstm_q_gate(a, s, c, OUTPUT);
    for (size_t j = 0; j < units; j++) {
        const int32_t real = fixed_multiply(s->gate[OUTPUT][j] * s->seen[j], a->mantissa[HIDDEN], a->shift[HIDDEN]);
        to[j] = lstm_q_byte(real, a->zero_hidden, -128, 127);
    }
}

EDGE_KERNEL(lstm_q_i8) {
    const size_t steps = (size_t)a->steps, batch = (size_t)a->batch, inputs = (size_t)a->inputs;
    const size_t units = (size_t)a->units, out = (size_t)a->out;
    if (!a->projection && out != units) return EDGE_E_INDEX;
    if (a->norm && (!a->bias || units == 0)) return EDGE_E_INDEX;
    const int32_t *bias = a->norm ? NULL : a->bias; /* with a normalization it comes after it */
    struct lstm_q s;
    s.from_x = t->scratch, s.from_h = s.from_x + 4 * units;
    s.gate[0] = (int16_t *)(s.from_h + 4 * units);
    for (int k = 1; k < 4; k++) s.gate[k] = s.gate[k - 1] + units;
    s.seen = s.gate[3] + units, s.hidden = s.seen + units, s.x = s.hidden + units, s.h = s.x + inputs;
    int8_t *unprojected = (int8_t *)(s.h + out);
    size_t lo, hi;
    edge_share(t, batch, &lo, &hi);
    memmove(a->h + lo * out, a->h0 + lo * out, (hi - lo) * out);
    memmove(a->c + lo * units, a->c0 + lo * units, (hi - lo) * units * sizeof(int16_t));
    for (size_t k = 0; k < steps; k++) {
        const size_t step = a->reverse ? steps - 1 - k : k;
        for (size_t b = lo; b < hi; b++) {
            int8_t *h = a->h + b * out;
            lstm_q_centre(s.x, a->x + (step * batch + b) * inputs, inputs, a->zero_x);
            lstm_q_centre(s.h, h, out, a->zero_h);
            for (size_t row = 0; row < 4 * units; row++) {
                s.from_x[row] = lstm_q_plus(lstm_q_dot(s.x, a->w + row * inputs, inputs), bias ? bias[row] : 0);
                s.from_h[row] = lstm_q_dot(s.h, a->r + row * out, out);
            }
            lstm_q_cell(a, &s, a->c + b * units, a->projection ? unprojected : h);
            if (a->projection) {
                lstm_q_centre(s.hidden, unprojected, units, a->zero_hidden);
                for (size_t j = 0; j < out; j++) {
                    int32_t sum = lstm_q_dot(s.hidden, a->projection + j * units, units);
                    sum = lstm_q_plus(sum, a->projection_bias ? a->projection_bias[j] : 0);
                    sum = fixed_multiply(sum, a->mantissa[PROJECTION], a->shift[PROJECTION]);
                    h[j] = lstm_q_byte(sum, a->zero_h, a->lo, a->hi);
                }
            }
            memmove(a->y + (step * batch + b) * out, h, out);
        }
    }
    return EDGE_OK;
}
