/* A layer of low rank over time: each filter's product with the input enters its memory; units sum over theirs. */
#include "../kernel.h"

static inline float svdf_dot(const float *p, const float *q, size_t n) {
    vf sum = vf_set(0.0f);
    size_t i = 0;
    for (; i + VF <= n; i += VF) sum = vf_fma(vf_load(p + i), vf_load(q + i), sum);
    if (i < n) sum = vf_fma(vf_load_n(p + i, n - i), vf_load_n(q + i, n - i), sum);
    return vf_sum(sum);
}

EDGE_KERNEL(svdf_f32) {
    const size_t batch = (size_t)a->batch, inputs = (size_t)a->inputs, units = (size_t)a->units;
    const size_t rank = (size_t)a->rank, memory = (size_t)a->memory;
    size_t lo, hi;
    edge_share(t, batch * units, &lo, &hi);
    for (size_t at = lo; at < hi; at++) {
        const size_t unit = at % units, b = at / units;
        float sum = a->bias ? a->bias[unit] : 0.0f;
        for (size_t k = 0; k < rank; k++) {
            const size_t filter = unit * rank + k, place = (b * units * rank + filter) * memory;
            float *fresh = a->fresh + place;
            memmove(fresh, a->state + place + 1, (memory - 1) * sizeof *fresh);
            fresh[memory - 1] = svdf_dot(a->x + b * inputs, a->features + filter * inputs, inputs);
            sum += svdf_dot(fresh, a->times + filter * memory, memory);
        }
        a->y[at] = sum;
    }
    return EDGE_OK;
}
