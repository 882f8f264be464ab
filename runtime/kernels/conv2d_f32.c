/* y[N,P,Q,O] = clamp(conv(x[N,H,W,C], w[O,KH,KW,C/G]) + bias[O] + residual[N,P,Q,O]), weights packed when the model is
 * loaded.
 *
 * A convolution is a product: row m of the left matrix is the window of output pixel m. Nothing is gathered: a table says
 * where each tap of each window lies in the image, or in a block of zeros outside it. Where pixels are so small that a
 * tap is a few floats, a run is a whole row of the window, in a padded copy of the image's rows. */
#include "padded_f32.h"

enum { CONV2D_F32_ROWS = 256, CONV2D_F32_NARROW = 32 };

static int conv2d_f32_is_narrow(const struct edge_conv2d_f32 *a) {
    return a->G == 1 && a->dilation_w == 1 && a->C > 0 && a->C < CONV2D_F32_NARROW && a->KH * a->KW > 1;
}

/* Taps at one place of the window for `count` pixels of a row, from column ix on. */
static void conv2d_f32_taps(const float **at, size_t runs, size_t count, const float *row, int64_t ix, int64_t step,
                            int64_t W, int64_t C, const float *zeros) {
    for (size_t i = 0; i < count; i++, at += runs, ix += step) *at = ix >= 0 && ix < W ? row + ix * C : zeros;
}

/* Fills the table for output pixels m .. m_end: runs of pixel i from at[i * KH * KW] on. */
static void conv2d_f32_find(const struct edge_conv2d_f32 *a, int64_t group, size_t m, size_t m_end, const float **at,
                            const float *zeros) {
    const int64_t W = a->W, C = a->C, KW = a->KW;
    const size_t runs = (size_t)(KW * a->KH);
    for (size_t count; m < m_end; m += count, at += count * runs) { /* pixels of one row of the output */
        const size_t q = m % (size_t)a->Q, p = m / (size_t)a->Q % (size_t)a->P;
        const int64_t image = (int64_t)(m / (size_t)a->Q / (size_t)a->P);
        const int64_t ix = (int64_t)q * a->stride_w - a->pad_left;
        count = (size_t)a->Q - q < m_end - m ? (size_t)a->Q - q : m_end - m;
        for (int64_t kh = 0; kh < a->KH; kh++) {
            const int64_t iy = (int64_t)p * a->stride_h - a->pad_top + kh * a->dilation_h;
            const int64_t width = iy < 0 || iy >= a->H ? 0 : W; /* of what lies inside the image */
            const float *row = width ? a->x + ((image * a->H + iy) * W) * C + group * (C / a->G) : NULL;
            for (int64_t kw = 0; kw < KW; kw++)
                conv2d_f32_taps(at + kh * KW + kw, runs, count, row, ix + kw * a->dilation_w, a->stride_w, width, C,
                                zeros);
        }
    }
}

EDGE_PACK(conv2d_f32) {
    const size_t columns = (size_t)a->O / a->G, K = (size_t)a->KH * a->KW * (a->C / a->G);
    size_t used = 0;
    for (int32_t group = 0; group < a->G; group++)
        used += gemm_f32_pack(K, columns, a->w + (size_t)group * columns * K, (ptrdiff_t)K, 1,
                              a->bias ? a->bias + (size_t)group * columns : NULL, out ? (float *)out + used : NULL);
    return used * sizeof(float);
}

EDGE_KERNEL(conv2d_f32) {
    const struct tile_window window = TILE_WINDOW(a);
    const size_t columns = (size_t)a->O / a->G, depth = (size_t)(a->C / a->G), K = (size_t)a->KH * a->KW * depth;
    const size_t M = (size_t)a->N * a->P * a->Q, O = (size_t)a->O, runs = (size_t)a->KH * (size_t)a->KW;
    const struct tile_part part = gemm_f32_split(t, M, columns, K);
    struct gemm_f32 g = {1, K, columns, K, O, 0, a->lo, a->hi};
    const int dense = tile_is_dense(&window);
    if (!dense && conv2d_f32_is_narrow(a)) {
        padded_f32_run(g, &window, &part, a->x, a->packed, a->residual, a->y, t->scratch);
        return EDGE_OK;
    }
    const float **table = t->scratch;
    float *zeros = (float *)(void *)(table + CONV2D_F32_ROWS * runs);
    if (!dense) memset(zeros, 0, depth * sizeof(float)), g.runs = g.pitch = runs, g.length = depth;
    const size_t group_floats = gemm_f32_pack(K, columns, a->w, 0, 0, NULL, NULL);
    const size_t rows = part.row_end - part.row, blocks = (rows + CONV2D_F32_ROWS - 1) / CONV2D_F32_ROWS;
    for (int32_t group = 0; group < a->G; group++) {
        const float *packed = (const float *)a->packed + (size_t)group * group_floats;
        for (size_t i = 0; i < blocks; i++) {
            const size_t m = part.row + rows * i / blocks, end = part.row + rows * (i + 1) / blocks;
            const struct gemm_f32_rows left = {dense ? a->x + m * K : NULL, dense ? NULL : table};
            if (!dense) conv2d_f32_find(a, group, m, end, table, zeros);
            const size_t at = m * O + (size_t)group * columns;
            gemm_f32_run(&g, end - m, part.panel, part.panel_end, left, packed, a->residual ? a->residual + at : NULL,
                         a->y + at);
        }
    }
    return EDGE_OK;
}
