/* Long short-term memory on int8 with an int16 cell, its weights as they lie. Sums are exact; scales and activations are
 * fixed point. */
#include "lstm_q.h"

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

EDGE_KERNEL(lstm_q_direct_i8) {
    const size_t steps = (size_t)a->steps, batch = (size_t)a->batch, inputs = (size_t)a->inputs;
    const size_t units = (size_t)a->units, out = (size_t)a->out;
    const size_t sums = (4 * units > out ? 4 * units : out) + LSTM_Q_SLACK;
    if (!a->projection && out != units) return EDGE_E_INDEX;
    if (a->norm && (!a->bias || units == 0)) return EDGE_E_INDEX;
    const int32_t *bias = a->norm ? NULL : a->bias; /* with a normalization it comes after it */
    struct lstm_q s = LSTM_Q(a);
    int32_t *from_x = t->scratch, *from_h = from_x + sums;
    int16_t *x = lstm_q_place(&s, (int16_t *)(from_h + sums)), *h16 = x + inputs, *hidden = h16 + out;
    int8_t *unprojected = (int8_t *)(hidden + units);
    size_t lo, hi;
    edge_share(t, batch, &lo, &hi);
    memmove(a->h + lo * out, a->h0 + lo * out, (hi - lo) * out);
    memmove(a->c + lo * units, a->c0 + lo * units, (hi - lo) * units * sizeof(int16_t));
    for (size_t k = 0; k < steps; k++) {
        const size_t step = a->reverse ? steps - 1 - k : k;
        for (size_t b = lo; b < hi; b++) {
            int8_t *h = a->h + b * out;
            lstm_q_centre(x, a->x + (step * batch + b) * inputs, inputs, a->zero_x);
            lstm_q_centre(h16, h, out, a->zero_h);
            for (size_t row = 0; row < 4 * units; row++) {
                from_x[row] = lstm_q_plus(lstm_q_dot(x, a->w + row * inputs, inputs), bias ? bias[row] : 0);
                from_h[row] = lstm_q_dot(h16, a->r + row * out, out);
            }
            lstm_q_cell(&s, from_x, from_h, a->c + b * units, a->projection ? unprojected : h);
            if (a->projection) {
                const struct fixed_scale by = fixed_scale(a->mantissa[PROJECTION], a->shift[PROJECTION]);
                lstm_q_centre(hidden, unprojected, units, a->zero_hidden);
                for (size_t j = 0; j < out; j++) {
                    const int32_t sum = lstm_q_dot(hidden, a->projection + j * units, units);
                    from_x[j] = lstm_q_plus(sum, a->projection_bias ? a->projection_bias[j] : 0);
                }
                for (size_t j = 0; j < out; j += VF)
                    lstm_q_put(h + j, lstm_q_bytes(fixed_scaled(vi_load(from_x + j), &by), a->zero_h, a->lo, a->hi), out - j);
            }
            memmove(a->y + (step * batch + b) * out, h, out);
        }
    }
    return EDGE_OK;
}
