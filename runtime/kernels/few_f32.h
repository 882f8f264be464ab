/* Convolutions of a few channels to half a vector of outputs or less, in float32: a lane is a pixel, so that none is idle.
 *
 * A row of VF neighbouring windows is loaded and turned, which gives a vector for each tap; these are multiplied by the
 * weights of the usual panel, and the sums are turned back. Windows are read from the image, and at borders from a copy
 * with zeros around it. */
#ifndef EDGE_KERNELS_FEW_F32_H
#define EDGE_KERNELS_FEW_F32_H
#include "gemm_f32.h"

enum { FEW_F32_OUTPUTS = VF < 16 ? 1 : VF / 2 }; /* narrower vectors gain nothing */

static inline int few_f32_fits(const struct tile_window *w, size_t N) {
    return VF == 16 && w->G == 1 && w->dilation_w == 1 && N <= FEW_F32_OUTPUTS && w->KW * w->C <= VF && w->KW * w->C > 0;
}

/* `count` <= VF windows from `from` on: g->runs runs of `length` floats, of which VF can be read. */
EDGE_INLINE void few_f32_pixels(const size_t length, const struct gemm_f32 *g, const float *from, size_t count,
                                const float *panel, float *y) {
    const vf lo = vf_set(g->lo), hi = vf_set(g->hi);
    const float *w = panel + VF;
    vf acc[FEW_F32_OUTPUTS], r[VF];
    EDGE_UNROLL
    for (int o = 0; o < FEW_F32_OUTPUTS; o++) acc[o] = vf_set(panel[o]);
    for (size_t run = 0; run < g->runs; run++, from += g->pitch, w += length * VF) {
        EDGE_UNROLL
        for (size_t i = 0; i < VF; i++) r[i] = vf_load(from + (i < count ? i * g->lda : 0));
        vf_transpose(r);
        EDGE_UNROLL
        for (size_t k = 0; k < VF; k++) {
            if (k < length) { /* not a way out of the loop, which compilers would not unroll then */
                EDGE_UNROLL
                for (size_t o = 0; o < FEW_F32_OUTPUTS; o++) acc[o] = vf_fma(r[k], vf_set(w[k * VF + o]), acc[o]);
            }
        }
    }
    EDGE_UNROLL
    for (int o = 0; o < VF; o++) r[o] = o < FEW_F32_OUTPUTS ? tile_clamp(acc[o], lo, hi) : lo;
    vf_transpose(r);
    EDGE_UNROLL
    for (size_t i = 0; i < VF; i++)
        if (i < count) vf_store_n(y + i * g->ldy, r[i], g->N);
}
static void few_f32_any(const struct gemm_f32 *g, const float *from, size_t count, const float *panel, float *y) {
    few_f32_pixels(g->length, g, from, count, panel, y);
}
static void few_f32_nine(const struct gemm_f32 *g, const float *from, const float *panel, float *y) {
    few_f32_pixels(9, g, from, VF, panel, y);
}

/* The `n` windows of a row of outputs from column ix and row iy of an image on, copied with zeros around it. */
static void few_f32_copy(const struct tile_window *w, const float *image, int64_t iy, int64_t ix, size_t n, size_t pitch,
                         float *to) {
    const int64_t columns = ((int64_t)n - 1) * w->stride_w + w->KW, C = w->C;
    const int64_t begin = ix < 0 ? -ix : 0, left = begin < columns ? begin : columns;
    const int64_t end = w->W - ix < columns ? w->W - ix : columns, right = end > left ? end : left;
    for (int64_t kh = 0; kh < w->KH; kh++, iy += w->dilation_h, to += pitch) {
        memset(to, 0, (size_t)(columns * C) * sizeof(float));
        if (iy >= 0 && iy < w->H && right > left)
            memcpy(to + left * C, image + (iy * w->W + ix + left) * C, (size_t)((right - left) * C) * sizeof(float));
    }
}

/* Output pixels m .. end; x ends at x_end, and `room` holds a copy of VF windows and a vector more. */
static void few_f32_run(struct gemm_f32 g, const struct tile_window *w, size_t m, size_t end, const float *x,
                        const float *x_end, const float *panel, float *y, float *room) {
    const int64_t row = w->W * w->C, below = (w->KH - 1) * w->dilation_h;
    const size_t most = ((VF - 1) * (size_t)w->stride_w + (size_t)w->KW) * (size_t)w->C;
    g.runs = (size_t)w->KH, g.length = (size_t)(w->KW * w->C), g.lda = (size_t)(w->stride_w * w->C);
    for (size_t n; m < end; m += n) {
        const size_t q = m % (size_t)w->Q, p = m / (size_t)w->Q % (size_t)w->P, left = (size_t)w->Q - q;
        const float *image = x + (m / (size_t)w->Q / (size_t)w->P) * (size_t)(w->H * row), *from = room;
        const int64_t iy = (int64_t)p * w->stride_h - w->pad_top, ix = (int64_t)q * w->stride_w - w->pad_left;
        n = left < end - m ? left : end - m;
        n = n < VF ? n : VF;
        const int64_t last = ix + ((int64_t)n - 1) * w->stride_w;
        const int inside = iy >= 0 && iy + below < w->H && ix >= 0 && last + w->KW <= w->W;
        if (inside && (x_end - image) - ((iy + below) * row + last * w->C) >= VF) {
            from = image + iy * row + ix * w->C, g.pitch = (size_t)(w->dilation_h * row);
        } else {
            g.pitch = most;
            few_f32_copy(w, image, iy, ix, n, g.pitch, room);
        }
        if (n == VF && g.length == 9) few_f32_nine(&g, from, panel, y + m * g.ldy);
        else few_f32_any(&g, from, n, panel, y + m * g.ldy);
    }
}
#endif
