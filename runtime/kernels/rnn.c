/* The plain recurrent layer: h = f(x + h r). */
#include "recurrent.h"

EDGE_KERNEL(rnn_f32) {
    const size_t steps = (size_t)a->steps, batch = (size_t)a->batch, units = (size_t)a->units;
    float *sum = t->scratch;
    size_t lo, hi;
    edge_share(t, batch, &lo, &hi);
    memmove(a->h + lo * units, a->h0 + lo * units, (hi - lo) * units * sizeof(float));
    for (size_t s = 0; s < steps; s++) {
        const size_t step = a->reverse ? steps - 1 - s : s;
        for (size_t b = lo; b < hi; b++) {
            float *h = a->h + b * units, *y = a->y + (step * batch + b) * units;
            if (a->lengths && (int64_t)step >= a->lengths[b]) {
                memset(y, 0, units * sizeof *y);
                continue;
            }
            recurrent_product(sum, a->x + (step * batch + b) * units, h, a->r, units, units, units);
            for (size_t j = 0; j < units; j += VF) {
                vf new_state = recurrent_act(a->act, a->alpha, a->beta, a->clip, recurrent_load(sum + j, units - j));
                recurrent_store(h + j, new_state, units - j);
            }
            memmove(y, h, units * sizeof *y);
        }
    }
    return EDGE_OK;
}
