/* Resizing: along one axis by a table of taps (float), or over rows and columns in eleven-bit fixed point (int8). */
#include "../kernel.h"

/* Where the vector after the one at j begins, in a row of n: the last one may overlap the one before, rather than be a
 * part of a vector. */
static inline size_t resize_next(size_t j, size_t n) { return j + 2 * VF <= n || j + VF >= n ? j + VF : n - VF; }

/* y[o, i, :] = bias[i] + sum over taps of weight[i, k] * x[o, index[i, k], :] */
EDGE_KERNEL(resize_axis_f32) {
    const size_t inner = (size_t)a->inner, taps = (size_t)a->taps, m = (size_t)a->m;
    size_t lo, hi;
    if (inner == 0 || m == 0) return EDGE_OK;
    for (size_t i = 0; i < m * taps; i++)
        if (a->index[i] < 0 || a->index[i] >= a->n) return EDGE_E_INDEX;
    edge_share(t, (size_t)a->outer * m, &lo, &hi);
    for (size_t row = lo; row < hi; row++) {
        const size_t i = row % m;
        const float *x = a->x + row / m * (size_t)a->n * inner, *w = a->weight + i * taps;
        const int32_t *index = a->index + i * taps;
        const float bias = a->bias ? a->bias[i] : 0.0f;
        float *y = a->y + row * inner;
        size_t j = 0;
        for (; j + VF <= inner; j = resize_next(j, inner)) {
            vf sum = vf_set(bias);
            for (size_t k = 0; k < taps; k++) sum = vf_fma(vf_set(w[k]), vf_load(x + (size_t)index[k] * inner + j), sum);
            vf_store(y + j, sum);
        }
        if (j < inner) {
            vf sum = vf_set(bias);
            for (size_t k = 0; k < taps; k++)
                sum = vf_fma(vf_set(w[k]), vf_load_n(x + (size_t)index[k] * inner + j, inner - j), sum);
            vf_store_n(y + j, sum, inner - j);
        }
    }
    return EDGE_OK;
}

static inline int within(const int32_t *index, size_t n, int32_t size) {
    for (size_t i = 0; i < n; i++)
        if (index[i] < 0 || index[i] >= size) return 0;
    return 1;
}

struct corners {
    const int8_t *p[4]; /* top left, top right, bottom left, bottom right */
    vi w[4];
};

#define RESIZE_TAIL(p) vi_load_i8_n(p, C - j)
/* The sum fits: weights add up to 2^22. Rounds halves up. */
#define RESIZE_I8(load)                                                                            \
    vi sum = vi_mul(load(c.p[0] + j), c.w[0]);                                                     \
    EDGE_UNROLL for (int k = 1; k < 4; k++) sum = vi_add(sum, vi_mul(load(c.p[k] + j), c.w[k]));    \
    sum = vi_sra(vi_add(sum, vi_set(1 << 21)), 22);                                                \
    sum = vi_min(vi_max(sum, vi_set(-128)), vi_set(127))

EDGE_KERNEL(resize_linear_i8) {
    const size_t H = (size_t)a->H, W = (size_t)a->W, C = (size_t)a->C, P = (size_t)a->P, Q = (size_t)a->Q;
    const int32_t *top = a->rows, *bottom = top + P, *down = bottom + P;
    const int32_t *left = a->columns, *right = left + Q, *across = right + Q;
    size_t lo, hi;
    if (C == 0 || P == 0 || Q == 0) return EDGE_OK;
    if (!within(top, 2 * P, a->H) || !within(left, 2 * Q, a->W)) return EDGE_E_INDEX;
    edge_share(t, (size_t)a->N * P * Q, &lo, &hi);
    for (size_t pixel = lo; pixel < hi; pixel++) {
        const size_t q = pixel % Q, p = pixel / Q % P;
        const int8_t *image = a->x + pixel / Q / P * H * W * C;
        const uint32_t d = (uint32_t)down[p], u = 2048u - d, r = (uint32_t)across[q], l = 2048u - r;
        const int8_t *upper = image + (size_t)top[p] * W * C, *lower = image + (size_t)bottom[p] * W * C;
        const struct corners c = {{upper + (size_t)left[q] * C, upper + (size_t)right[q] * C,
                                   lower + (size_t)left[q] * C, lower + (size_t)right[q] * C},
                                  {vi_set((int32_t)(u * l)), vi_set((int32_t)(u * r)), vi_set((int32_t)(d * l)),
                                   vi_set((int32_t)(d * r))}};
        int8_t *y = a->y + pixel * C;
        size_t j = 0;
        for (; j + VF <= C; j = resize_next(j, C)) {
            RESIZE_I8(vi_load_i8);
            vi_store_i8(y + j, sum);
        }
        if (j < C) {
            RESIZE_I8(RESIZE_TAIL);
            vi_store_i8_n(y + j, sum, C - j);
        }
    }
    return EDGE_OK;
}

/* Unsigned bytes, held less 128: in floats, in the order of TensorFlow Lite's sum, halves up. */
#define RESIZE_U8(load)                                                                            \
    vf sum = vf_set(0.5f), part[4];                                                                \
    EDGE_UNROLL for (int k = 0; k < 4; k++)                                                        \
        part[k] = vf_mul(vf_mul(vi_to_vf(vi_add(load(p[k] + j), vi_set(128))), v[k]), h[k]);       \
    sum = vf_add(vf_add(vf_add(vf_add(part[0], part[1]), part[2]), part[3]), sum);                 \
    sum = vf_min(vf_max(sum, vf_set(0.0f)), vf_set(255.0f));                                       \
    vi r = vi_sub(vf_to_vi(vf_trunc(sum)), vi_set(128))

EDGE_KERNEL(resize_linear_u8) {
    const size_t H = (size_t)a->H, W = (size_t)a->W, C = (size_t)a->C, P = (size_t)a->P, Q = (size_t)a->Q;
    const int32_t *top = a->rows, *bottom = top + P, *left = a->columns, *right = left + Q;
    size_t lo, hi;
    if (C == 0 || P == 0 || Q == 0) return EDGE_OK;
    if (!within(top, 2 * P, a->H) || !within(left, 2 * Q, a->W)) return EDGE_E_INDEX;
    edge_share(t, (size_t)a->N * P * Q, &lo, &hi);
    for (size_t pixel = lo; pixel < hi; pixel++) {
        const size_t q = pixel % Q, i = pixel / Q % P;
        const int8_t *image = a->x + pixel / Q / P * H * W * C;
        const int8_t *upper = image + (size_t)top[i] * W * C, *lower = image + (size_t)bottom[i] * W * C;
        const size_t first = (size_t)left[q] * C, last = (size_t)right[q] * C;
        const int8_t *p[4] = {upper + first, lower + first, upper + last, lower + last};
        const vf d = vf_set(a->down[i]), u = vf_set(1.0f - a->down[i]);
        const vf w = vf_set(a->across[q]), l = vf_set(1.0f - a->across[q]);
        const vf v[4] = {u, d, u, d}, h[4] = {l, l, w, w};
        int8_t *y = a->y + pixel * C;
        size_t j = 0;
        for (; j + VF <= C; j = resize_next(j, C)) {
            RESIZE_U8(vi_load_i8);
            vi_store_i8(y + j, r);
        }
        if (j < C) {
            RESIZE_U8(RESIZE_TAIL);
            vi_store_i8_n(y + j, r, C - j);
        }
    }
    return EDGE_OK;
}
