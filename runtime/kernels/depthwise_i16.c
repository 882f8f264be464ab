/* The depthwise convolution of depthwise_i8.c for int16 activations: zero points are 0, sums are int64. */
#include "depthwise.h"
#include "gemm_i16.h"

/* What a row of outputs needs. */
struct dw_i16 {
    const struct edge_depthwise_i16 *a;
    const int16_t *x; /* the image */
    int16_t *y;
    int64_t iy; /* the first row of the window, which may lie outside */
    struct depthwise_taps rows;
};

/* A vector of channels of a whole row. Few taps and a bias below 2^30 fit into int32; 0: they do not. */
static int dw_i16_channels(const struct dw_i16 *d, int64_t o, size_t n) {
    const struct edge_depthwise_i16 *a = d->a;
    int32_t start[VF] = {0};
    if ((int64_t)a->KH * a->KW > GEMM_I16_RUN) return 0;
    for (size_t j = 0; a->bias && j < n; j++) {
        if (a->bias[o + (int64_t)j] >= 1 << 30 || a->bias[o + (int64_t)j] <= -(1 << 30)) return 0;
        start[j] = (int32_t)a->bias[o + (int64_t)j];
    }
    const vi bias = vi_load(start);
    const vf lo = vf_set((float)a->lo), hi = vf_set((float)a->hi);
    const vf scale = n == VF ? vf_load(a->multiplier + o) : vf_load_n(a->multiplier + o, n);
    for (int64_t q = 0; q < a->Q; q++) {
        const int64_t ix = q * a->stride_w - a->pad_left;
        const struct depthwise_taps taps = depthwise_taps(ix, a->dilation_w, a->KW, a->W);
        vi acc = bias;
        for (int64_t kh = d->rows.first; kh < d->rows.end; kh++) {
            for (int64_t kw = taps.first; kw < taps.end; kw++) {
                const int16_t *x = d->x + ((d->iy + kh * a->dilation_h) * a->W + ix + kw * a->dilation_w) * a->C + o;
                const int8_t *w = a->w + (kh * a->KW + kw) * a->C + o;
                const vi xv = n == VF ? vi_load_i16(x) : vi_load_i16_n(x, n), wv = n == VF ? vi_load_i8(w) : vi_load_i8_n(w, n);
                acc = vi_add(acc, vi_mul(xv, wv));
            }
        }
        const vi sum = vf_to_vi(vf_min(vf_max(vf_mul(vi_to_vf(acc), scale), lo), hi));
        if (n == VF) vi_store_i16(d->y + q * a->C + o, sum);
        else vi_store_i16_n(d->y + q * a->C + o, sum, n);
    }
    return 1;
}

EDGE_KERNEL(depthwise_i16) {
    const int64_t O = (int64_t)a->C * a->M;
    size_t row, end;
    edge_share(t, (size_t)a->N * a->P, &row, &end);
    for (; row < end; row++) {
        const int64_t image = (int64_t)row / a->P, iy = (int64_t)row % a->P * a->stride_h - a->pad_top;
        const struct depthwise_taps rows = depthwise_taps(iy, a->dilation_h, a->KH, a->H);
        const struct dw_i16 d = {a, a->x + image * a->H * a->W * a->C, a->y + (int64_t)row * a->Q * O, iy, rows};
        int64_t first = 0; /* channel that is still to do */
        while (a->M == 1 && first < O && dw_i16_channels(&d, first, O - first < VF ? (size_t)(O - first) : VF)) first += VF;
        for (int64_t q = 0; q < a->Q; q++) {
            const int64_t ix = q * a->stride_w - a->pad_left;
            const struct depthwise_taps taps = depthwise_taps(ix, a->dilation_w, a->KW, a->W);
            for (int64_t o = first; o < O; o += VF) {
                const size_t n = O - o < VF ? (size_t)(O - o) : VF;
                int64_t sums[VF] = {0};
                int32_t part[VF], run = 0;
                vi acc = vi_set(0);
                for (int64_t kh = rows.first; kh < rows.end; kh++) {
                    for (int64_t kw = taps.first; kw < taps.end; kw++) {
                        const int64_t y = image * a->H + iy + kh * a->dilation_h;
                        const int16_t *x = a->x + (y * a->W + ix + kw * a->dilation_w) * a->C;
                        const int8_t *w = a->w + (kh * a->KW + kw) * O + o;
                        vi xv;
                        if (a->M == 1) xv = n == VF ? vi_load_i16(x + o) : vi_load_i16_n(x + o, n);
                        else if (a->C == 1) xv = vi_set(*x);
                        else {
                            DEPTHWISE_SPREAD(int32_t, spread, x, o, n, a->M);
                            xv = vi_load(spread);
                        }
                        acc = vi_add(acc, vi_mul(xv, n == VF ? vi_load_i8(w) : vi_load_i8_n(w, n)));
                        if (++run < GEMM_I16_RUN) continue;
                        vi_store(part, acc), acc = vi_set(0), run = 0;
                        for (int j = 0; j < VF; j++) sums[j] += part[j];
                    }
                }
                vi_store(part, acc);
                for (int j = 0; j < VF; j++) sums[j] += part[j];
                gemm_i16_store(a->y + ((int64_t)row * a->Q + q) * O + o, sums, n, a->bias ? a->bias + o : NULL,
                               a->multiplier + o, a->lo, a->hi);
            }
        }
    }
    return EDGE_OK;
}
