/* svdf on int8, with the memory in int8 or int16. Sums are of int32 and wrap: any order gives the same bits. */
#include "fixed_point.h"

static inline int32_t svdf_q_dot(const int8_t *x, const int8_t *w, size_t n, int32_t zero) {
    const vi z = vi_set(zero);
    vi sum = vi_set(0);
    size_t i = 0;
    for (; i + VF <= n; i += VF) sum = vi_add(sum, vi_mul(vi_sub(vi_load_i8(x + i), z), vi_load_i8(w + i)));
    int32_t total = vi_sum(sum);
    for (; i < n; i++) total += (x[i] - zero) * w[i];
    return total;
}

static inline int64_t svdf_q_clamp(int32_t x, int32_t zero, int32_t lo, int32_t hi) {
    const int64_t q = (int64_t)x + zero;
    return q < lo ? lo : q > hi ? hi : q;
}

#define SVDF_Q(suffix, type, low, high)                                                            \
    EDGE_KERNEL(svdf_q_##suffix) {                                                                 \
        const size_t batch = (size_t)a->batch, inputs = (size_t)a->inputs, units = (size_t)a->units; \
        const size_t rank = (size_t)a->rank, memory = (size_t)a->memory;                           \
        size_t lo, hi;                                                                             \
        edge_share(t, batch * units, &lo, &hi);                                                    \
        for (size_t at = lo; at < hi; at++) {                                                      \
            const size_t unit = at % units, b = at / units;                                        \
            uint32_t sum = a->bias ? (uint32_t)a->bias[unit] : 0;                         \
            for (size_t k = 0; k < rank; k++) {                                                    \
                const size_t filter = unit * rank + k, place = (b * units * rank + filter) * memory; \
                const type *times = a->times + filter * memory;                                    \
                type *fresh = a->fresh + place;                                                    \
                memmove(fresh, a->state + place + 1, (memory - 1) * sizeof *fresh);                \
                int32_t feature = svdf_q_dot(a->x + b * inputs, a->features + filter * inputs, inputs, a->zero_x); \
                feature = fixed_multiply(feature, a->mantissa[0], a->shift[0]);                    \
                fresh[memory - 1] = (type)svdf_q_clamp(feature, a->zero_state, low, high);         \
                for (size_t i = 0; i < memory; i++) sum += (uint32_t)((fresh[i] - a->zero_state) * times[i]); \
            }                                                                                      \
            const int32_t y = fixed_multiply((int32_t)sum, a->mantissa[1], a->shift[1]);           \
            a->y[at] = (int8_t)svdf_q_clamp(y, a->zero_y, -128, 127);                              \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }

SVDF_Q(i8, int8_t, -128, 127)
SVDF_Q(i16, int16_t, -32768, 32767)
