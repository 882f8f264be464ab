/* svdf on int8, with the memory in int8 or int16. Sums are exact: any order gives the same bits. */
#include "requantize.h"

static inline int32_t svdf_q_dot(const int8_t *x, const int8_t *w, size_t n, int32_t zero) {
    const vi z = vi_set(zero);
    vi sum = vi_set(0);
    size_t i = 0;
    for (; i + VF <= n; i += VF) sum = vi_add(sum, vi_mul(vi_sub(vi_load_i8(x + i), z), vi_load_i8(w + i)));
    int32_t total = vi_sum(sum);
    for (; i < n; i++) total += (x[i] - zero) * w[i];
    return total;
}

#define SVDF_Q(suffix, type, low, high)                                                            \
    EDGE_KERNEL(svdf_q_##suffix) {                                                                 \
        const size_t batch = (size_t)a->batch, inputs = (size_t)a->inputs, units = (size_t)a->units; \
        const size_t rank = (size_t)a->rank, memory = (size_t)a->memory;                           \
        size_t lo, hi;                                                                             \
        edge_share(t, batch * units, &lo, &hi);                                                    \
        for (size_t at = lo; at < hi; at++) {                                                      \
            const size_t unit = at % units, b = at / units;                                        \
            int64_t sum = a->bias ? a->bias[unit] : 0;                                             \
            for (size_t k = 0; k < rank; k++) {                                                    \
                const size_t filter = unit * rank + k, place = (b * units * rank + filter) * memory; \
                const type *times = a->times + filter * memory;                                    \
                type *fresh = a->fresh + place;                                                    \
                memmove(fresh, a->state + place + 1, (memory - 1) * sizeof *fresh);                \
                int32_t feature = svdf_q_dot(a->x + b * inputs, a->features + filter * inputs, inputs, a->zero_x); \
                vi held = settle(vf_set((float)feature * a->m_state), vi_set(a->zero_state), low, high); \
                fresh[memory - 1] = (type)vi_hmax(held);                                           \
                for (size_t i = 0; i < memory; i++) sum += (int64_t)(fresh[i] - a->zero_state) * times[i]; \
            }                                                                                      \
            a->y[at] = (int8_t)vi_hmax(settle(vf_set((float)sum * a->m_y), vi_set(a->zero_y), -128, 127)); \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }

SVDF_Q(i8, int8_t, -128, 127)
SVDF_Q(i16, int16_t, -32768, 32767)
