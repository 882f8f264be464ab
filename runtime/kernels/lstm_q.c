/* Long short-term memory on int8 with an int16 cell. Sums are exact; scales are applied in float32, rounded once. */
#include "knots.h"
#include "requantize.h"

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
static inline vi lstm_q_load(const int16_t *p, size_t n) { return n >= VF ? vi_load_i16(p) : vi_load_i16_n(p, n); }
static inline void lstm_q_store(int16_t *p, vi x, size_t n) {
    if (n >= VF) vi_store_i16(p, x);
    else vi_store_i16_n(p, x, n);
}

/* Gate `place`, whose peephole is row `peep`, through its table. */
static void lstm_q_gate(const struct edge_lstm_q_i8 *a, const struct lstm_q *s, const int16_t *c, size_t place, int peep,
                        const int16_t *table, int shift) {
    const size_t units = (size_t)a->units, at = place * units;
    int16_t *gate = s->gate[place];
    for (size_t j = 0; j < units; j += VF) {
        const size_t n = units - j;
        vi sum_x = n >= VF ? vi_load(s->from_x + at + j) : vi_load_n(s->from_x + at + j, n);
        vi sum_h = n >= VF ? vi_load(s->from_h + at + j) : vi_load_n(s->from_h + at + j, n);
        vf m_x = n >= VF ? vf_load(a->m_x + at + j) : vf_load_n(a->m_x + at + j, n);
        vf m_h = n >= VF ? vf_load(a->m_h + at + j) : vf_load_n(a->m_h + at + j, n);
        vi input = settle(vf_mul(vi_to_vf(sum_x), m_x), vi_set(0), -32768, 32767); /* a gate saturates before h counts */
        vf real = vf_add(vi_to_vf(input), vf_mul(vi_to_vf(sum_h), m_h));
        if (a->peephole && peep >= 0) {
            vf p = vi_to_vf(lstm_q_load(a->peephole + (size_t)peep * units + j, n)), memory = vi_to_vf(lstm_q_load(c + j, n));
            real = vf_add(real, vf_mul(vf_mul(p, memory), vf_set(a->m_peephole[peep])));
        }
        lstm_q_store(gate + j, settle(real, vi_set(0), -32768, 32767), n);
    }
    for (size_t j = 0; j < units; j++) gate[j] = knots_at(table, shift, gate[j]);
}

/* Cell and hidden output from the sums; hidden goes to `to`. */
static void lstm_q_cell(const struct edge_lstm_q_i8 *a, const struct lstm_q *s, int16_t *c, int8_t *to) {
    const size_t units = (size_t)a->units;
    const int gate_shift = knots_shift(a->step_gate), cell_shift = knots_shift(a->step_cell);
    const int32_t bottom = a->cell_clip > 0 ? -a->cell_clip : 0;
    lstm_q_gate(a, s, c, 2, 2, a->sigmoid, gate_shift);
    if (a->coupled)
        for (size_t j = 0; j < units; j++) {
            int32_t rest = 32768 - s->gate[2][j];
            s->gate[0][j] = (int16_t)(rest > 32767 ? 32767 : rest);
        }
    else lstm_q_gate(a, s, c, 0, 0, a->sigmoid, gate_shift);
    lstm_q_gate(a, s, c, 3, -1, a->tanh, gate_shift);
    for (size_t j = 0; j < units; j += VF) {
        const size_t n = units - j;
        vf i = vi_to_vf(lstm_q_load(s->gate[0] + j, n)), f = vi_to_vf(lstm_q_load(s->gate[2] + j, n));
        vf g = vi_to_vf(lstm_q_load(s->gate[3] + j, n)), memory = vi_to_vf(lstm_q_load(c + j, n));
        vf kept = vf_add(vf_mul(vf_mul(f, memory), vf_set(a->m_forget)), vf_mul(vf_mul(i, g), vf_set(a->m_input)));
        lstm_q_store(c + j, settle(kept, vi_set(0), bottom, a->cell_clip), n);
    }
    for (size_t j = 0; j < units; j++) s->seen[j] = knots_at(a->tanh_cell, cell_shift, c[j]);
    lstm_q_gate(a, s, c, 1, 1, a->sigmoid, gate_shift);
    for (size_t j = 0; j < units; j += VF) {
        const size_t n = units - j;
        vf o = vi_to_vf(lstm_q_load(s->gate[1] + j, n)), seen = vi_to_vf(lstm_q_load(s->seen + j, n));
        vi q = settle(vf_mul(vf_mul(o, seen), vf_set(a->m_hidden)), vi_set(a->zero_hidden), -128, 127);
        if (n >= VF) vi_store_i8(to + j, q);
        else vi_store_i8_n(to + j, q, n);
    }
}

EDGE_KERNEL(lstm_q_i8) {
    const size_t steps = (size_t)a->steps, batch = (size_t)a->batch, inputs = (size_t)a->inputs;
    const size_t units = (size_t)a->units, out = (size_t)a->out;
    if (!a->projection && out != units) return EDGE_E_INDEX;
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
                s.from_x[row] = lstm_q_plus(lstm_q_dot(s.x, a->w + row * inputs, inputs), a->bias ? a->bias[row] : 0);
                s.from_h[row] = lstm_q_dot(s.h, a->r + row * out, out);
            }
            lstm_q_cell(a, &s, a->c + b * units, a->projection ? unprojected : h);
            if (a->projection) {
                lstm_q_centre(s.hidden, unprojected, units, a->zero_hidden);
                for (size_t j = 0; j < out; j++) {
                    int32_t sum = lstm_q_dot(s.hidden, a->projection + j * units, units);
                    sum = lstm_q_plus(sum, a->projection_bias ? a->projection_bias[j] : 0);
                    vi q = settle(vf_set((float)sum * a->m_projection), vi_set(a->zero_h), a->lo, a->hi);
                    h[j] = (int8_t)vi_hmax(q);
                }
            }
            memmove(a->y + (step * batch + b) * out, h, out);
        }
    }
    return EDGE_OK;
}
