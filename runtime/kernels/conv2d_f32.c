/* y[N,P,Q,O] = clamp(conv(x[N,H,W,C], w[O,KH,KW,C/G]) + bias[O] + residual[N,P,Q,O]), weights packed when the model is
 * loaded.
 *
 * A convolution is a product: row m of the left matrix is the window of output pixel m. Nothing is gathered: a table says
 * where each tap of each window lies in the image, or in a block of zeros outside it. Where pixels are so small that a
 * tap is a few floats, a run is a whole row of the window, in a padded copy of the image's rows. */
#include "few_f32.h"
#include "gemm_half.h"
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

/* `kind` says what a->packed holds. */
static int conv2d_f32_all(const struct edge_conv2d_f32 *a, const struct edge_task *t, enum weights kind) {
    const struct tile_window window = TILE_WINDOW(a);
    const size_t columns = (size_t)a->O / a->G, depth = (size_t)(a->C / a->G), K = (size_t)a->KH * a->KW * depth;
    const size_t M = (size_t)a->N * a->P * a->Q, O = (size_t)a->O, runs = (size_t)a->KH * (size_t)a->KW;
    const struct tile_part part = gemm_f32_split(t, M, columns, K);
    struct gemm_f32 g = {1, K, columns, K, O, 0, a->lo, a->hi, 0};
    const int dense = tile_is_dense(&window);
    if (kind == WEIGHTS_F32 && !a->residual && conv2d_f32_is_narrow(a) && few_f32_fits(&window, columns)) {
        if (part.panel < part.panel_end)
            few_f32_run(g, &window, part.row, part.row_end, a->x, a->x + (size_t)a->N * a->H * a->W * a->C, a->packed,
                        a->y, t->scratch);
        return EDGE_OK;
    }
    if (!dense && kind == WEIGHTS_F32 && conv2d_f32_is_narrow(a)) {
        padded_f32_run(g, &window, &part, a->x, a->packed, a->residual, a->y, t->scratch);
        return EDGE_OK;
    }
    float *room = t->scratch; /* for widened weights */
    const size_t room_rows = kind == WEIGHTS_F32 ? 0 : (depth > GEMM_HALF_ROWS ? depth : GEMM_HALF_ROWS) + 1;
    const float **table = (const float **)(void *)(room + room_rows * TILE_VECS * VF);
    float *zeros = (float *)(void *)(table + CONV2D_F32_ROWS * runs);
    if (!dense) memset(zeros, 0, depth * sizeof(float)), g.runs = g.pitch = runs, g.length = depth;
    const size_t group_bytes = kind == WEIGHTS_F32 ? sizeof(float) * gemm_f32_pack(K, columns, NULL, 0, 0, NULL, NULL)
                                                   : sizeof(uint16_t) * gemm_half_pack(K, columns, NULL, NULL, NULL);
    const size_t rows = part.row_end - part.row, blocks = (rows + CONV2D_F32_ROWS - 1) / CONV2D_F32_ROWS;
    for (int32_t group = 0; group < a->G; group++) {
        const void *packed = (const char *)a->packed + (size_t)group * group_bytes;
        for (size_t i = 0; i < blocks; i++) {
            const size_t m = part.row + rows * i / blocks, end = part.row + rows * (i + 1) / blocks;
            const struct gemm_f32_rows left = {dense ? a->x + m * K : NULL, dense ? NULL : table};
            if (!dense) conv2d_f32_find(a, group, m, end, table, zeros);
            const size_t at = m * O + (size_t)group * columns;
            const float *residual = a->residual ? a->residual + at : NULL;
            if (kind == WEIGHTS_F32)
                gemm_f32_run(&g, end - m, part.panel, part.panel_end, left, packed, residual, a->y + at);
            else
                gemm_half_run(&g, end - m, part.panel, part.panel_end, left, packed, kind, room, residual, a->y + at);
        }
    }
    return EDGE_OK;
}

EDGE_KERNEL(conv2d_f32) { return conv2d_f32_all(a, t, WEIGHTS_F32); }

/* Weights of 16 bits: only what is packed differs, and the argument struct only in the type that `w` points to. */
#define CONV2D_HALF(name, kind)                                                                                        \
    EDGE_PACK(name) {                                                                                                  \
        const size_t columns = (size_t)a->O / a->G, K = (size_t)a->KH * a->KW * (a->C / a->G);                         \
        size_t used = 0;                                                                                               \
        for (size_t group = 0; group < (size_t)a->G; group++)                                                          \
            used += gemm_half_pack(K, columns, a->w + group * columns * K, a->bias ? a->bias + group * columns : NULL, \
                                   out ? (uint16_t *)out + used : NULL);                                               \
        return used * sizeof(uint16_t);                                                                                \
    }                                                                                                                  \
    EDGE_KERNEL(name) {                                                                                                \
        struct edge_conv2d_f32 same;                                                                                   \
        _Static_assert(sizeof same == sizeof *a, "structs of another size");                                           \
        memcpy(&same, a, sizeof same);                                                                                 \
        return conv2d_f32_all(&same, t, kind);                                                                         \
    }
CONV2D_HALF(conv2d_f32_f16, WEIGHTS_F16)
CONV2D_HALF(conv2d_f32_bf16, WEIGHTS_BF16)
