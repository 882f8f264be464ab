/* Gated recurrent units. */
#include "recurrent.h"

EDGE_KERNEL(gru_f32) {
    const size_t steps = (size_t)a->steps, batch = (size_t)a->batch, units = (size_t)a->units;
    float *gates = t->scratch, *held = gates + 3 * units;
    size_t lo, hi;
    edge_share(t, batch, &lo, &hi);
    memmove(a->h + lo * units, a->h0 + lo * units, (hi - lo) * units * sizeof(float));
    for (size_t s = 0; s < steps; s++) {
        const size_t step = a->reverse ? steps - 1 - s : s;
        for (size_t b = lo; b < hi; b++) {
            const float *x = a->x + (step * batch + b) * 3 * units;
            float *h = a->h + b * units, *y = a->y + (step * batch + b) * units, *inner = gates + 2 * units;
            if (a->lengths && (int64_t)step >= a->lengths[b]) {
                memset(y, 0, units * sizeof *y);
                continue;
            }
            recurrent_product(gates, x, h, a->r, units, 2 * units, 3 * units);
            for (size_t j = 0; j < 2 * units; j += VF) {
                vf gate = recurrent_load(gates + j, 2 * units - j);
                gate = recurrent_act(a->act[0], a->alpha[0], a->beta[0], a->clip, gate);
                recurrent_store(gates + j, gate, 2 * units - j);
            }
            const float *state = h; /* what the new gate sees of the state */
            if (!a->reset_after) {
                for (size_t j = 0; j < units; j += VF) {
                    vf kept = vf_mul(recurrent_load(gates + units + j, units - j), recurrent_load(h + j, units - j));
                    recurrent_store(held + j, kept, units - j);
                }
                state = held;
            }
            if (a->bias) memmove(inner, a->bias, units * sizeof *inner);
            else memset(inner, 0, units * sizeof *inner);
            recurrent_product(inner, inner, state, a->r + 2 * units, units, units, 3 * units);
            for (size_t j = 0; j < units; j += VF) {
                const size_t n = units - j;
                vf z = recurrent_load(gates + j, n), sum = recurrent_load(inner + j, n), old = recurrent_load(h + j, n);
                if (a->reset_after) sum = vf_mul(sum, recurrent_load(gates + units + j, n));
                sum = vf_add(recurrent_load(x + 2 * units + j, n), sum);
                vf new_state = recurrent_act(a->act[1], a->alpha[1], a->beta[1], a->clip, sum);
                recurrent_store(h + j, vf_fma(z, old, vf_mul(vf_sub(vf_set(1.0f), z), new_state)), n);
            }
            memmove(y, h, units * sizeof *y);
        }
    }
    return EDGE_OK;
}
