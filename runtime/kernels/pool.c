/* Pooling by words: every output pixel, a few vectors of channels at a time, all taps of its window. */
#include "pool.h"

/* Taps are walked in one order whatever the instruction set, so that the results are the same. `step` sees the
 * accumulator `acc` and `v`, the elements under the tap; `out` turns the accumulator into what is stored. */
#define POOL_BLOCK(vec, vecs, load, store, start, step, out)                                       \
    {                                                                                              \
        vec acc[vecs];                                                                             \
        EDGE_UNROLL for (int k = 0; k < vecs; k++) acc[k] = start;                                 \
        for (int64_t i = w.rows.first, y = w.rows.at; i < w.rows.last; i++, y += a->dilation_h)    \
            for (int64_t j = w.columns.first, x = w.columns.at; j < w.columns.last; j++, x += a->dilation_w) { \
                const size_t from = ((w.image * (size_t)a->H + (size_t)y) * (size_t)a->W + (size_t)x) * C + c; \
                EDGE_UNROLL for (int k = 0; k < vecs; k++) {                                       \
                    const size_t at = from + (size_t)(k * VF);                                     \
                    vec v = load;                                                                  \
                    acc[k] = step;                                                                 \
                }                                                                                  \
            }                                                                                      \
        EDGE_UNROLL for (int k = 0; k < vecs; k++) {                                               \
            const size_t at = w.pixel * C + c + (size_t)(k * VF);                                  \
            vec r = out;                                                                           \
            store;                                                                                 \
        }                                                                                          \
    }

#define POOL(name, vec, load, load_n, store, store_n, prepare, start, step, out)                   \
    EDGE_KERNEL(name) {                                                                            \
        const size_t C = (size_t)a->C;                                                             \
        size_t lo, hi;                                                                             \
        if (C == 0) return EDGE_OK;                                                                \
        edge_share(t, (size_t)a->N * (size_t)a->P * (size_t)a->Q, &lo, &hi);                       \
        for (size_t pixel = lo; pixel < hi; pixel++) {                                             \
            const struct pool_at w = POOL_AT(a, pixel);                                            \
            prepare;                                                                               \
            size_t c = 0;                                                                          \
            for (; c + 4 * VF <= C; c += 4 * VF)                                                   \
                POOL_BLOCK(vec, 4, load(a->x + at), store(a->y + at, r), start, step, out)         \
            for (; c + VF <= C; c += VF)                                                           \
                POOL_BLOCK(vec, 1, load(a->x + at), store(a->y + at, r), start, step, out)         \
            if (c < C && C >= VF) { /* the last channels once more, rather than a part of a vector */          \
                c = C - VF;                                                                        \
                POOL_BLOCK(vec, 1, load(a->x + at), store(a->y + at, r), start, step, out)         \
            } else if (c < C)                                                                      \
                POOL_BLOCK(vec, 1, load_n(a->x + at, C - c), store_n(a->y + at, r, C - c), start, step, out) \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }

/* the number of taps that a mean divides by */
#define POOL_COUNT                                                                                 \
    const struct taps down = taps_within(w.top, a->KH, a->dilation_h, a->from_h, a->to_h);         \
    const struct taps across = taps_within(w.left, a->KW, a->dilation_w, a->from_w, a->to_w);      \
    const int64_t taps = (down.last - down.first) * (across.last - across.first);                  \
    const int64_t count = taps ? taps : 1

#define CLAMP_F32(value) vf_min(vf_set(a->hi), vf_max(vf_set(a->lo), value)) /* this way round a NaN stays */
#define CLAMP_INT(value) vi_min(vi_set(a->hi), vi_max(vi_set(a->lo), value))

/* sum / count to nearest, halves away from zero or up. |sum| + count / 2 < 2^24, so that floats hold every number, and
 * a quotient that is not whole is not rounded to a whole one: truncated or floored it is exact. */
static inline vi pool_mean(vi sum, int32_t count, int32_t halves_up) {
    vi half = vi_set(count / 2);
    vf n = vf_set((float)count);
    if (halves_up) return vf_to_vi(vf_floor(vf_div(vi_to_vf(vi_add(sum, half)), n)));
    vi more = vi_select(vi_gt(sum, vi_set(0)), vi_add(sum, half), vi_sub(sum, half));
    return vf_to_vi(vf_trunc(vf_div(vi_to_vf(more), n)));
}

POOL(max_pool2d_f32, vf, vf_load, vf_load_n, vf_store, vf_store_n, , vf_set(-__builtin_inff()), vf_max(acc[k], v),
     CLAMP_F32(acc[k]))
POOL(max_pool2d_i16, vi, vi_load_i16, vi_load_i16_n, vi_store_i16, vi_store_i16_n, , vi_set(-32768), vi_max(acc[k], v),
     CLAMP_INT(acc[k]))
POOL(avg_pool2d_f32, vf, vf_load, vf_load_n, vf_store, vf_store_n, POOL_COUNT, vf_set(0.0f), vf_add(acc[k], v),
     CLAMP_F32(vf_div(acc[k], vf_set((float)count))))
POOL(avg_pool2d_i8, vi, vi_load_i8, vi_load_i8_n, vi_store_i8, vi_store_i8_n, POOL_COUNT, vi_set(0), vi_add(acc[k], v),
     CLAMP_INT(pool_mean(acc[k], (int32_t)count, a->halves_up)))
