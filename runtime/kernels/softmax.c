/* softmax and log_softmax of x[outer][n][inner] along n, in float32. The largest element is subtracted first, so that
 * nothing overflows. Along a row, sums run in short blocks that are added in double. */
#include "../kernel.h"
#include "math.h"
#include "outputs.h"

enum { SOFTMAX_BLOCK = 64 };

static float softmax_largest(const float *x, size_t n) {
    vf most = vf_set(-__builtin_inff());
    size_t i = 0;
    for (; i + VF <= n; i += VF) most = vf_max(most, vf_load(x + i));
    float y = vf_hmax(most); /* where a lane is NaN the whole row becomes it, whatever this is */
    for (; i < n; i++) y = x[i] > y ? x[i] : y;
    return y;
}
/* e^x for x <= 0: what would be a denormal is 0 */
static inline vf softmax_exp(vf x) {
    const vf low = vf_set(-87.0f);
    return vf_select(vf_lt(x, low), vf_set(0.0f), vf_exp_near(vf_max(low, x)));
}
/* the sum of e^(x - most), whose terms are written to y where it is not null */
static float softmax_sum(float *y, const float *x, size_t n, vf most) {
    double total = 0.0;
    size_t i = 0;
    while (i + VF <= n) {
        vf sum = vf_set(0.0f);
        size_t stop = i + SOFTMAX_BLOCK * VF < n ? i + SOFTMAX_BLOCK * VF : n;
        for (; i + VF <= stop; i += VF) {
            vf e = softmax_exp(vf_sub(vf_load(x + i), most));
            sum = vf_add(sum, e);
            if (y) vf_store(y + i, e);
        }
        total += (double)vf_sum(sum);
    }
    if (i < n) {
        float lanes[VF];
        vf e = softmax_exp(vf_sub(vf_load_n(x + i, n - i), most));
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

/* Up to SOFTMAX_WIDTH columns at once: n rows of them, each a stretch of memory. */
enum { SOFTMAX_WIDTH = 256 };
struct softmax_columns {
    float most[SOFTMAX_WIDTH], sum[SOFTMAX_WIDTH], block[SOFTMAX_WIDTH];
};
EDGE_INLINE vf softmax_get(const float *p, size_t left) { return left >= VF ? vf_load(p) : vf_load_n(p, left); }
EDGE_INLINE void softmax_put(float *p, vf x, size_t left) {
    if (left >= VF) vf_store(p, x);
    else vf_store_n(p, x, left);
}
/* the largest of each column, and the sum of e^(x - most), whose terms are written to y where it is not null */
static void softmax_columns_sum(struct softmax_columns *c, float *y, const float *x, size_t n, size_t step, size_t width) {
    for (size_t i = 0; i < width; i += VF) {
        vf_store(c->most + i, vf_set(-__builtin_inff()));
        vf_store(c->sum + i, vf_set(0.0f)), vf_store(c->block + i, vf_set(0.0f));
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < width; i += VF)
            vf_store(c->most + i, vf_max(vf_load(c->most + i), softmax_get(x + j * step + i, width - i)));
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < width; i += VF) {
            vf e = softmax_exp(vf_sub(softmax_get(x + j * step + i, width - i), vf_load(c->most + i)));
            vf_store(c->block + i, vf_add(vf_load(c->block + i), e));
            if (y) softmax_put(y + j * step + i, e, width - i);
        }
        if (j % SOFTMAX_BLOCK != SOFTMAX_BLOCK - 1 && j != n - 1) continue;
        for (size_t i = 0; i < width; i += VF) {
            vf_store(c->sum + i, vf_add(vf_load(c->sum + i), vf_load(c->block + i)));
            vf_store(c->block + i, vf_set(0.0f));
        }
    }
}
static void softmax_columns(float *y, const float *x, size_t n, size_t step, size_t width) {
    struct softmax_columns c;
    softmax_columns_sum(&c, y, x, n, step, width);
    for (size_t i = 0; i < width; i += VF) vf_store(c.sum + i, vf_div(vf_set(1.0f), vf_load(c.sum + i)));
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < width; i += VF) {
            float *p = y + j * step + i;
            softmax_put(p, vf_mul(softmax_get(p, width - i), vf_load(c.sum + i)), width - i);
        }
}
static void log_softmax_columns(float *y, const float *x, size_t n, size_t step, size_t width) {
    struct softmax_columns c;
    softmax_columns_sum(&c, NULL, x, n, step, width);
    for (size_t i = 0; i < width; i += VF) vf_store(c.sum + i, vf_log(vf_load(c.sum + i)));
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < width; i += VF) {
            vf d = vf_sub(softmax_get(x + j * step + i, width - i), vf_load(c.most + i));
            softmax_put(y + j * step + i, vf_sub(d, vf_load(c.sum + i)), width - i);
        }
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
            for (; i < o.column_end; i += SOFTMAX_WIDTH) {                                         \
                const size_t left = o.column_end - i;                                              \
                name##_columns(y + i, x + i, n, inner, left < SOFTMAX_WIDTH ? left : SOFTMAX_WIDTH); \
            }                                                                                      \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }
SOFTMAX(softmax)
SOFTMAX(log_softmax)
