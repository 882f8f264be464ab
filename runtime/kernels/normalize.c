/* Normalisation of rows in float32: layer_norm, and with center == 0 rms_norm; lrn across neighbouring channels. */
#include "../kernel.h"
#include "../simd/tile_f32.h"
#include "math.h"

enum { NORMALIZE_BLOCK = 64 };

/* the sum of (x - mean)^power, power 1 or 2; short blocks, added in double */
EDGE_INLINE double normalize_sum(const float *x, size_t n, float mean, int power) {
    double total = 0.0;
    vf shift = vf_set(mean);
    size_t i = 0;
    while (i + VF <= n) {
        vf sum = vf_set(0.0f);
        size_t stop = i + NORMALIZE_BLOCK * VF < n ? i + NORMALIZE_BLOCK * VF : n;
        for (; i + VF <= stop; i += VF) {
            vf d = vf_sub(vf_load(x + i), shift);
            sum = vf_add(sum, power == 2 ? vf_mul(d, d) : d);
        }
        total += (double)vf_sum(sum);
    }
    for (; i < n; i++) {
        float d = x[i] - mean;
        total += (double)(power == 2 ? d * d : d);
    }
    return total;
}

/* The same sums of `rows` <= VF rows, one below the other, of n elements that are few and whole vectors. */
EDGE_INLINE vf normalize_sums(const float *x, size_t n, size_t rows, const float *mean, int power) {
    vf sums[VF];
    for (size_t r = 0; r < VF; r++) {
        const vf shift = vf_set(mean[r]);
        sums[r] = vf_set(0.0f);
        for (size_t i = 0; r < rows && i < n; i += VF) {
            const vf d = vf_sub(vf_load(x + r * n + i), shift);
            sums[r] = vf_add(sums[r], power == 2 ? vf_mul(d, d) : d);
        }
    }
    return vf_sums(sums);
}

/* y = (x - mean) * factor * scale + bias for one row. */
static void normalize_row(const float *x, const float *scale, const float *bias, float *y, size_t n, vf mean, vf factor) {
    size_t i = 0;
    for (; i + VF <= n; i += VF) {
        vf v = vf_mul(vf_sub(vf_load(x + i), mean), factor);
        if (scale) v = vf_mul(v, vf_load(scale + i));
        if (bias) v = vf_add(v, vf_load(bias + i));
        vf_store(y + i, v);
    }
    if (i < n) {
        vf v = vf_mul(vf_sub(vf_load_n(x + i, n - i), mean), factor);
        if (scale) v = vf_mul(v, vf_load_n(scale + i, n - i));
        if (bias) v = vf_add(v, vf_load_n(bias + i, n - i));
        vf_store_n(y + i, v, n - i);
    }
}

/* As many rows as a vector has lanes go through each sum together, so that none waits for its own; longer ones, that would
 * leave the first cache in between, by themselves. */
EDGE_KERNEL(layer_norm_f32) {
    enum { CACHED = 4096 };
    const size_t n = (size_t)a->n;
    const int together = VF > 1 && n % VF == 0 && n <= NORMALIZE_BLOCK * VF && n * VF <= CACHED;
    size_t row, end, rows;
    edge_share(t, (size_t)a->outer, &row, &end);
    for (; row < end; row += rows) {
        float mean[VF] = {0}, variance[VF] = {0}, factor[VF];
        const float *x = a->x + row * n;
        rows = n * VF > CACHED ? 1 : end - row < VF ? end - row : VF;
        if (together) {
            if (a->center) vf_store(mean, vf_div(normalize_sums(x, n, rows, mean, 1), vf_set((float)n)));
            vf_store(variance, vf_div(normalize_sums(x, n, rows, mean, 2), vf_set((float)n)));
        } else {
            for (size_t r = 0; a->center && r < rows; r++) mean[r] = (float)(normalize_sum(x + r * n, n, 0.0f, 1) / (double)n);
            for (size_t r = 0; r < rows; r++) variance[r] = (float)(normalize_sum(x + r * n, n, mean[r], 2) / (double)n);
        }
        vf_store(factor, vf_div(vf_set(1.0f), vf_sqrt(vf_add(vf_load(variance), vf_set(a->epsilon)))));
        for (size_t r = 0; r < rows; r++)
            normalize_row(x + r * n, a->scale, a->bias, a->y + (row + r) * n, n, vf_set(mean[r]), vf_set(factor[r]));
    }
    return EDGE_OK;
}

/* x / v^beta; the usual exponents by square roots */
static inline vf lrn_scaled(vf x, vf v, float beta) {
    if (beta == 0.5f) return vf_div(x, vf_sqrt(v));
    if (beta == 0.75f) return vf_div(x, vf_mul(vf_sqrt(v), vf_sqrt(vf_sqrt(v))));
    if (beta == 1.0f) return vf_div(x, v);
    return vf_div(x, vf_pow(v, vf_set(beta)));
}

EDGE_KERNEL(lrn_f32) {
    const size_t n = (size_t)a->n, size = (size_t)a->size, before = (size - 1) / 2;
    float *square = t->scratch; /* of one row, with zeros around */
    size_t lo, hi;
    edge_share(t, (size_t)a->outer, &lo, &hi);
    if (lo < hi) memset(square, 0, (n + size) * sizeof(float));
    for (size_t row = lo; row < hi; row++) {
        const float *x = a->x + row * n;
        float *y = a->y + row * n;
        for (size_t i = 0; i < n; i++) square[before + i] = x[i] * x[i];
        for (size_t i = 0; i < n; i += VF) {
            const size_t width = n - i < VF ? n - i : VF;
            vf sum = vf_set(0.0f);
            for (size_t k = 0; k < size; k++)
                sum = vf_add(sum, width == VF ? vf_load(square + i + k) : vf_load_n(square + i + k, width));
            vf v = vf_add(vf_mul(sum, vf_set(a->alpha / (float)a->size)), vf_set(a->bias));
            if (width == VF) vf_store(y + i, lrn_scaled(vf_load(x + i), v, a->beta));
            else vf_store_n(y + i, lrn_scaled(vf_load_n(x + i, width), v, a->beta), width);
        }
    }
    return EDGE_OK;
}
