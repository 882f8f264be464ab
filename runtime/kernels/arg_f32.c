/* argmax and argmin of x[outer][n][inner] along n in float32. A row is first folded to its extreme element, in which NaN
 * stays, and then searched for it; columns are followed VF at a time, element and place together. */
#include "../kernel.h"
#include "outputs.h"

#define ARG_F32(name, both, scalar, ahead, ahead_or_same)                                          \
    static float name##_extreme(const float *x, size_t n) {                                        \
        float lanes[VF], best = *x;                                                                \
        size_t i = 0;                                                                              \
        if (n >= VF) {                                                                             \
            vf s = vf_load(x);                                                                     \
            for (i = VF; i + VF <= n; i += VF) s = vf_select(vf_ne(s, s), s, both(s, vf_load(x + i))); \
            vf_store(lanes, s);                                                                    \
            for (size_t k = 0; k < VF; k++) best = best != best || best scalar lanes[k] ? best : lanes[k]; \
        }                                                                                          \
        for (; i < n; i++) best = best != best || best scalar x[i] ? best : x[i];                  \
        return best;                                                                               \
    }                                                                                              \
    static int64_t name##_row(const float *x, size_t n, int last) {                                \
        const float best = name##_extreme(x, n);                                                   \
        size_t j = 0;                                                                              \
        if (best != best) return last ? arg_last_nan(x, n) : arg_first_nan(x, n);                  \
        if (last) {                                                                                \
            for (j = n - 1; j > 0 && x[j] != best; j--) continue;                                  \
            return (int64_t)j;                                                                     \
        }                                                                                          \
        while (j + VF <= n && !vm_any(vf_eq(vf_load(x + j), vf_set(best)))) j += VF;               \
        while (j < n - 1 && x[j] != best) j++;                                                     \
        return (int64_t)j;                                                                         \
    }                                                                                              \
    /* `width` columns, at most VF */                                                              \
    EDGE_INLINE void name##_columns(int64_t *y, const float *x, size_t n, size_t step, size_t width, int last) { \
        vf best = width == VF ? vf_load(x) : vf_load_n(x, width);                                  \
        vi place = vi_set(0);                                                                      \
        int32_t places[VF];                                                                        \
        for (size_t j = 1; j < n; j++) {                                                           \
            vf v = width == VF ? vf_load(x + j * step) : vf_load_n(x + j * step, width);           \
            vm take = last ? vm_or(vf_ne(v, v), ahead_or_same(v, best))                            \
                           : vm_or(vm_and(vf_ne(v, v), vf_eq(best, best)), ahead(v, best));        \
            best = vf_select(take, v, best);                                                       \
            place = vi_select(take, vi_set((int32_t)j), place);                                    \
        }                                                                                          \
        vi_store(places, place);                                                                   \
        for (size_t k = 0; k < width; k++) y[k] = places[k];                                       \
    }                                                                                              \
    EDGE_KERNEL(name##_f32) {                                                                      \
        const size_t n = (size_t)a->n, inner = (size_t)a->inner;                                   \
        const struct outputs o = outputs_share((size_t)a->outer, inner, t);                        \
        for (size_t row = o.row; row < o.row_end; row++) {                                         \
            const float *x = a->x + row * n * inner;                                               \
            int64_t *y = a->y + row * inner;                                                       \
            size_t i = o.column;                                                                   \
            if (inner == 1) {                                                                      \
                if (i < o.column_end) *y = name##_row(x, n, a->last);                              \
                continue;                                                                          \
            }                                                                                      \
            for (; i + VF <= o.column_end; i += VF) name##_columns(y + i, x + i, n, inner, VF, a->last); \
            if (i < o.column_end) name##_columns(y + i, x + i, n, inner, o.column_end - i, a->last); \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }

static int64_t arg_first_nan(const float *x, size_t n) {
    size_t j = 0;
    while (j < n - 1 && x[j] == x[j]) j++;
    return (int64_t)j;
}
static int64_t arg_last_nan(const float *x, size_t n) {
    size_t j = n - 1;
    while (j > 0 && x[j] == x[j]) j--;
    return (int64_t)j;
}
ARG_F32(argmax, vf_max, >, vf_gt, vf_ge)
ARG_F32(argmin, vf_min, <, vf_lt, vf_le)
