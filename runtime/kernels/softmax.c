/* softmax and log_softmax of x[outer][n][inner] along n, in float32. The largest element is subtracted first, so that
 * nothing overflows. Along a row, sums run in short blocks that are added in double. */
#include "../kernel.h"
#include "math.h"
#include "outputs.h"

enum { SOFTMAX_BLOCK = 64 };

static float softmax_largest(const float *x, size_t n) {
    vf most = vf_set(-__builtin_inff());
    float lanes[VF], y = -__builtin_inff();
    size_t i = 0;
    for (; i + VF <= n; i += VF) most = vf_max(most, vf_load(x + i));
    vf_store(lanes, most);
    for (size_t k = 0; k < VF; k++) y = lanes[k] > y ? lanes[k] : y;
    for (; i < n; i++) y = x[i] > y ? x[i] : y;
    return y;
}
/* the sum of e^(x - most), whose terms are written to y where it is not null */
static float softmax_sum(float *y, const float *x, size_t n, vf most) {
    double total = 0.0;
    size_t i = 0;
    while (i + VF <= n) {
        vf sum = vf_set(0.0f);
        size_t stop = i + SOFTMAX_BLOCK * VF < n ? i + SOFTMAX_BLOCK * VF : n;
        for (; i + VF <= stop; i += VF) {
            vf e = vf_exp(vf_sub(vf_load(x + i), most));
            sum = vf_add(sum, e);
            if (y) vf_store(y + i, e);
        }
        total += (double)vf_sum(sum);
    }
    if (i < n) {
        float lanes[VF];
        vf e = vf_exp(vf_sub(vf_load_n(x + i, n - i), most));
        vf_store(lanes, e);
        for (size_t k = 0; k < n - i; k++) total += (double)lanes[k];
        if (y) vf_store_n(y + i, e, n - i);
    }
    return (float)total;
}
static void softmax_row(float *y, const float *x, size_t n) {
    vf scale = vf_div(vf_set(1.0f), vf_set(softmax_sum(y, x, n, vf_set(softmax_largest(x, n)))));
    size_t i = 0;
    for (; i + VF <= n; i += VF) vf_store(y + i, vf_mul(vf_load(y + i), scale));
    if (i < n) vf_store_n(y + i, vf_mul(vf_load_n(y + i, n - i), scale), n - i);
}
static void log_softmax_row(float *y, const float *x, size_t n) {
    vf most = vf_set(softmax_largest(x, n)), shift = vf_log(vf_set(softmax_sum(NULL, x, n, most)));
    size_t i = 0;
    for (; i + VF <= n; i += VF) vf_store(y + i, vf_sub(vf_sub(vf_load(x + i), most), shift));
    if (i < n) vf_store_n(y + i, vf_sub(vf_sub(vf_load_n(x + i, n - i), most), shift), n - i);
}

/* VF columns at once, or the first `width` of them */
EDGE_INLINE vf softmax_get(const float *p, size_t width) { return width == VF ? vf_load(p) : vf_load_n(p, width); }
EDGE_INLINE void softmax_put(float *p, vf x, size_t width) {
    if (width == VF) vf_store(p, x);
    else vf_store_n(p, x, width);
}
EDGE_INLINE vf softmax_columns_sum(const float *x, size_t n, size_t step, size_t width, vf *most) {
    vf sum = vf_set(0.0f), block = sum;
    *most = vf_set(-__builtin_inff());
    for (size_t j = 0; j < n; j++) *most = vf_max(*most, softmax_get(x + j * step, width));
    for (size_t j = 0; j < n; j++) {
        block = vf_add(block, vf_exp(vf_sub(softmax_get(x + j * step, width), *most)));
        if (j % SOFTMAX_BLOCK == SOFTMAX_BLOCK - 1) sum = vf_add(sum, block), block = vf_set(0.0f);
    }
    return vf_add(sum, block);
}
EDGE_INLINE void softmax_columns(float *y, const float *x, size_t n, size_t step, size_t width) {
    vf most, scale = vf_div(vf_set(1.0f), softmax_columns_sum(x, n, step, width, &most));
    for (size_t j = 0; j < n; j++)
        softmax_put(y + j * step, vf_mul(vf_exp(vf_sub(softmax_get(x + j * step, width), most)), scale), width);
}
EDGE_INLINE void log_softmax_columns(float *y, const float *x, size_t n, size_t step, size_t width) {
    vf most, shift = vf_log(softmax_columns_sum(x, n, step, width, &most));
    for (size_t j = 0; j < n; j++)
        softmax_put(y + j * step, vf_sub(vf_sub(softmax_get(x + j * step, width), most), shift), width);
}

#define SOFTMAX(name)                                                                              \
    EDGE_KERNEL(name##_f32) {                                                                      \
        const size_t n = (size_t)a->n, inner = (size_t)a->inner;                                   \
        const struct outputs o = outputs_share((size_t)a->outer, inner, t);                        \
        for (size_t row = o.row; row < o.row_end; row++) {                                         \
            const float *x = a->x + row * n * inner;                                               \
            float *y = a->y + row * n * inner;                                                     \
            size_t i = o.column;                                                                   \
            if (inner == 1) {                                                                      \
                if (i < o.column_end) name##_row(y, x, n);                                         \
                continue;                                                                          \
            }                                                                                      \
            for (; i + VF <= o.column_end; i += VF) name##_columns(y + i, x + i, n, inner, VF);    \
            if (i < o.column_end) name##_columns(y + i, x + i, n, inner, o.column_end - i);        \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }
SOFTMAX(softmax)
SOFTMAX(log_softmax)
