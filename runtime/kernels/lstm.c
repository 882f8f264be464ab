/* Long short-term memory: the gates' products with the state, then everything elementwise, step by step. */
#include "recurrent.h"

/* Each gate to mean 0 and variance 1 over the units, then scaled and moved. */
static void lstm_norm(float *gates, const float *scale, const float *bias, size_t units) {
    for (size_t gate = 0; gate < 4; gate++, gates += units, scale += units, bias += units) {
        vf sum = vf_set(0.0f), squares = vf_set(0.0f);
        for (size_t j = 0; j < units; j += VF) sum = vf_add(sum, recurrent_load(gates + j, units - j));
        const vf mean = vf_set(vf_sum(sum) / (float)units);
        for (size_t j = 0; j < units; j += VF) { /* stored and loaded again: lanes beyond the end must not count */
            recurrent_store(gates + j, vf_sub(recurrent_load(gates + j, units - j), mean), units - j);
            vf d = recurrent_load(gates + j, units - j);
            squares = vf_fma(d, d, squares);
        }
        const vf deviation = vf_sqrt(vf_set(vf_sum(squares) / (float)units + 1e-8f));
        for (size_t j = 0; j < units; j += VF) {
            size_t n = units - j;
            vf x = vf_div(recurrent_load(gates + j, n), deviation);
            recurrent_store(gates + j, vf_fma(x, recurrent_load(scale + j, n), recurrent_load(bias + j, n)), n);
        }
    }
}

/* New c, and the hidden output, of one row of the batch, from its four gates. */
static void lstm_cell(const struct edge_lstm_f32 *a, const float *gates, float *c, float *hidden) {
    const size_t units = (size_t)a->units;
    const vf one = vf_set(1.0f);
    for (size_t j = 0; j < units; j += VF) {
        const size_t n = units - j;
        vf i = recurrent_load(gates + j, n), o = recurrent_load(gates + units + j, n);
        vf f = recurrent_load(gates + 2 * units + j, n), g = recurrent_load(gates + 3 * units + j, n);
        vf memory = recurrent_load(c + j, n);
        if (a->peephole) {
            i = vf_fma(recurrent_load(a->peephole + j, n), memory, i);
            f = vf_fma(recurrent_load(a->peephole + 2 * units + j, n), memory, f);
        }
        i = recurrent_act(a->act[0], a->alpha[0], a->beta[0], a->clip, i);
        f = recurrent_act(a->act[0], a->alpha[0], a->beta[0], a->clip, f);
        if (a->coupled == 1) i = vf_sub(one, f);
        if (a->coupled == 2) f = vf_sub(one, i);
        g = recurrent_act(a->act[1], a->alpha[1], a->beta[1], a->clip, g);
        memory = vf_fma(f, memory, vf_mul(i, g));
        if (a->cell_clip > 0.0f) memory = math_clamp(memory, -a->cell_clip, a->cell_clip);
        recurrent_store(c + j, memory, n);
        if (a->peephole) o = vf_fma(recurrent_load(a->peephole + units + j, n), memory, o);
        o = recurrent_act(a->act[0], a->alpha[0], a->beta[0], a->clip, o);
        vf seen = recurrent_act(a->act[2], a->alpha[2], a->beta[2], 0.0f, memory);
        recurrent_store(hidden + j, vf_mul(o, seen), n);
    }
}

EDGE_KERNEL(lstm_f32) {
    const size_t steps = (size_t)a->steps, batch = (size_t)a->batch, units = (size_t)a->units, out = (size_t)a->out;
    size_t lo, hi;
    float *gates = t->scratch, *hidden = gates + 4 * units;
    if (!a->projection && out != units) return EDGE_E_INDEX;
    edge_share(t, batch, &lo, &hi);
    memmove(a->h + lo * out, a->h0 + lo * out, (hi - lo) * out * sizeof(float));
    memmove(a->c + lo * units, a->c0 + lo * units, (hi - lo) * units * sizeof(float));
    for (size_t s = 0; s < steps; s++) {
        const size_t step = a->reverse ? steps - 1 - s : s;
        for (size_t b = lo; b < hi; b++) {
            float *h = a->h + b * out, *c = a->c + b * units, *y = a->y + (step * batch + b) * out;
            if (a->lengths && (int64_t)step >= a->lengths[b]) {
                memset(y, 0, out * sizeof *y);
                continue;
            }
            recurrent_product(gates, a->x + (step * batch + b) * 4 * units, h, a->r, out, 4 * units, 4 * units);
            if (a->norm && a->norm_bias) lstm_norm(gates, a->norm, a->norm_bias, units);
            lstm_cell(a, gates, c, a->projection ? hidden : h);
            if (a->projection) {
                if (a->projection_bias) memmove(h, a->projection_bias, out * sizeof *h);
                else memset(h, 0, out * sizeof *h);
                recurrent_product(h, h, hidden, a->projection, units, out, out);
                for (size_t j = 0; j < out && a->projection_clip > 0.0f; j += VF) {
                    vf limited = math_clamp(recurrent_load(h + j, out - j), -a->projection_clip, a->projection_clip);
                    recurrent_store(h + j, limited, out - j);
                }
            }
            memmove(y, h, out * sizeof *y);
        }
    }
    return EDGE_OK;
}
