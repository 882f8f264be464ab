/* Convolutions of few channels in float32: the rows of the image under a strip of outputs are copied with zeros around
 * them, so that no window is at a border, and those of a row of outputs lie as evenly as the rows of a matrix. */
#ifndef EDGE_KERNELS_PADDED_F32_H
#define EDGE_KERNELS_PADDED_F32_H
#include "gemm_f32.h"

enum { PADDED_F32_PIXELS = 128 }; /* outputs of a strip, or a whole row of them. The scratch of the declaration says the same. */

/* The rows of an image under outputs p .. p_end, `row` floats each. */
static void padded_f32_fill(const struct tile_window *w, const float *image, size_t row, int64_t p, int64_t p_end,
                            float *to) {
    const int64_t columns = (int64_t)row / w->C, left = w->pad_left < columns ? w->pad_left : columns;
    const int64_t inside = w->W < columns - left ? w->W : columns - left;
    const int64_t end = (p_end - 1) * w->stride_h - w->pad_top + (w->KH - 1) * w->dilation_h + 1;
    for (int64_t y = p * w->stride_h - w->pad_top; y < end; y++, to += row) {
        const size_t before = (size_t)(left * w->C), count = y < 0 || y >= w->H ? 0 : (size_t)(inside * w->C);
        memset(to, 0, before * sizeof(float));
        if (count) memcpy(to + before, image + y * w->W * w->C, count * sizeof(float));
        memset(to + before + count, 0, (row - before - count) * sizeof(float));
    }
}

/* The outputs of a part; dilation_w is 1 and there is one group. `g` lacks the places of runs. */
static void padded_f32_run(struct gemm_f32 g, const struct tile_window *w, const struct tile_part *part, const float *x,
                           const float *packed, const float *residual, float *y, float *strip) {
    const size_t P = (size_t)w->P, Q = (size_t)w->Q, O = g.ldy, row = (size_t)(((w->Q - 1) * w->stride_w + w->KW) * w->C);
    g.runs = (size_t)w->KH, g.length = (size_t)(w->KW * w->C);
    g.lda = (size_t)(w->stride_w * w->C), g.pitch = row * (size_t)w->dilation_h;
    for (size_t m = part->row; m < part->row_end;) {
        const size_t image = m / Q / P, p = m / Q % P, most = PADDED_F32_PIXELS / Q, high = most ? most : 1;
        const size_t last = (image * P + (P - p < high ? P : p + high)) * Q;
        const size_t end = last < part->row_end ? last : part->row_end;
        padded_f32_fill(w, x + (int64_t)image * w->H * w->W * w->C, row, (int64_t)p, (int64_t)((end - 1) / Q % P + 1), strip);
        for (size_t count; m < end; m += count) { /* a row of outputs, or what is this thread's of it */
            const size_t q = m % Q;
            count = end - m < Q - q ? end - m : Q - q;
            const float *from = strip + (m / Q % P - p) * (size_t)w->stride_h * row + q * g.lda;
            gemm_f32_run(&g, count, part->panel, part->panel_end, (struct gemm_f32_rows){from, NULL}, packed,
                         residual ? residual + m * O : NULL, y + m * O);
        }
    }
}
#endif
