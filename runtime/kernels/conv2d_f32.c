/* y[N,P,Q,O] = clamp(conv(x[N,H,W,C], w[O,KH,KW,C/G]) + bias[O] + residual[N,P,Q,O]), weights packed when the model is
 * loaded.
 *
 * A convolution is a product: row m of the left matrix is the window of output pixel m. Nothing is gathered: a table says
 * where each tap of each window lies in the image, or in a block of zeros outside it. Where pixels are so small that a
 * tap is a few floats, a run is a whole row of the window, only the windows across a border are copied, and the others of
 * a wide image lie so evenly that they need no table. */
#include "gemm_f32.h"

enum { CONV2D_F32_ROWS = 256, CONV2D_F32_NARROW = 32, CONV2D_F32_EVEN = 4 * TILE_NARROW_ROWS };

/* The windows of a block of output pixels. */
struct conv2d_f32_block {
    const float **at; /* runs of pixel m from at[m * runs] on */
    const float *zeros;
    float *copies; /* narrow only: room for the windows of all pixels */
};

static int conv2d_f32_is_narrow(const struct edge_conv2d_f32 *a) {
    return a->G == 1 && a->dilation_w == 1 && a->C < CONV2D_F32_NARROW;
}

/* Taps at one place of the window for `count` pixels of a row, from column ix on. */
static void conv2d_f32_taps(const float **at, size_t runs, size_t count, const float *row, int64_t ix, int64_t step,
                            int64_t W, int64_t C, const float *zeros) {
    for (size_t i = 0; i < count; i++, at += runs, ix += step) *at = ix >= 0 && ix < W ? row + ix * C : zeros;
}

/* A row of the window at a border: what the image has of it, zeros around. */
static void conv2d_f32_border(float *to, const float *row, int64_t ix, int64_t KW, int64_t W, int64_t C) {
    for (int64_t kw = 0; kw < KW; kw++, ix++, to += C) {
        if (ix >= 0 && ix < W) memcpy(to, row + ix * C, (size_t)C * sizeof(float));
        else memset(to, 0, (size_t)C * sizeof(float));
    }
}

/* Fills the table for output pixels m .. m_end. */
static void conv2d_f32_find(const struct edge_conv2d_f32 *a, int64_t group, size_t m, size_t m_end,
                            const struct conv2d_f32_block *b) {
    const int narrow = conv2d_f32_is_narrow(a);
    const int64_t W = a->W, C = a->C, KW = a->KW;
    const size_t per_row = narrow ? 1 : (size_t)KW, runs = per_row * (size_t)a->KH;
    const float **at = b->at;
    float *copies = b->copies;
    for (size_t count; m < m_end; m += count, at += count * runs) { /* pixels of one row of the output */
        const size_t q = m % (size_t)a->Q, p = m / (size_t)a->Q % (size_t)a->P;
        const int64_t image = (int64_t)(m / (size_t)a->Q / (size_t)a->P);
        const int64_t ix = (int64_t)q * a->stride_w - a->pad_left;
        count = (size_t)a->Q - q < m_end - m ? (size_t)a->Q - q : m_end - m;
        for (int64_t kh = 0; kh < a->KH; kh++) {
            const int64_t iy = (int64_t)p * a->stride_h - a->pad_top + kh * a->dilation_h;
            const float **tap = at + (size_t)kh * per_row;
            if (iy < 0 || iy >= a->H) {
                for (size_t i = 0; i < count; i++)
                    for (size_t k = 0; k < per_row; k++) tap[i * runs + k] = b->zeros;
                continue;
            }
            const float *row = a->x + ((image * a->H + iy) * W) * C + group * (C / a->G);
            if (!narrow) {
                for (int64_t kw = 0; kw < KW; kw++)
                    conv2d_f32_taps(tap + kw, runs, count, row, ix + kw * a->dilation_w, a->stride_w, W, C, b->zeros);
                continue;
            }
            int64_t x = ix;
            for (size_t i = 0; i < count; i++, x += a->stride_w) {
                if (x >= 0 && x + KW <= W) {
                    tap[i * runs] = row + x * C;
                    continue;
                }
                conv2d_f32_border(copies, row, x, KW, W, C);
                tap[i * runs] = copies, copies += KW * C;
            }
        }
    }
}

/* Output pixels of one row, [first, end) of them, whose windows lie within the image: a whole number of tiles less than
 * there are, so that the windows across a border share tiles with others. Empty where that is not worth a call. */
struct conv2d_f32_even {
    int64_t first, end;
};
static struct conv2d_f32_even conv2d_f32_even(const struct edge_conv2d_f32 *a) {
    const int64_t right = (int64_t)a->W + a->pad_left - a->KW, tile = TILE_NARROW_ROWS;
    const int64_t first = ((int64_t)a->pad_left + a->stride_w - 1) / a->stride_w;
    const int64_t end = right < 0 ? 0 : right / a->stride_w + 1;
    struct conv2d_f32_even e = {(first + tile - 1) / tile * tile, end < a->Q ? end : a->Q};
    if (e.end < a->Q) e.end = a->Q - (a->Q - e.end + tile - 1) / tile * tile;
    if (e.end - e.first < CONV2D_F32_EVEN) e.first = e.end = 0;
    return e;
}

/* Where the window of pixel m lies, if that and those after it need no table, else NULL; and how many are of one kind. */
static const float *conv2d_f32_next(const struct edge_conv2d_f32 *a, struct conv2d_f32_even e, size_t m,
                                    size_t *count) {
    const int64_t q = (int64_t)(m % (size_t)a->Q), row = (int64_t)(m / (size_t)a->Q);
    const int64_t iy = row % a->P * a->stride_h - a->pad_top;
    *count = SIZE_MAX;
    if (e.first == e.end) return NULL;
    if (q < e.first || q >= e.end) {
        *count = (size_t)(q < e.first ? e.first - q : a->Q - q + e.first);
        return NULL;
    }
    *count = (size_t)(e.end - q);
    if (iy < 0 || iy + (int64_t)(a->KH - 1) * a->dilation_h >= a->H) return NULL;
    return a->x + ((row / a->P * a->H + iy) * a->W + q * a->stride_w - a->pad_left) * a->C;
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
    const int dense = tile_is_dense(&window), narrow = conv2d_f32_is_narrow(a);
    const size_t columns = (size_t)a->O / a->G, depth = (size_t)(a->C / a->G), K = (size_t)a->KH * a->KW * depth;
    const size_t M = (size_t)a->N * a->P * a->Q, O = (size_t)a->O;
    const size_t runs = dense ? 1 : (size_t)a->KH * (narrow ? 1 : (size_t)a->KW);
    const size_t length = narrow ? (size_t)a->KW * depth : depth;
    const size_t block = !dense && narrow ? tile_block(tile_round(K, 8) * sizeof(float)) : CONV2D_F32_ROWS;
    const size_t group_floats = gemm_f32_pack(K, columns, a->w, 0, 0, NULL, NULL);
    const struct tile_part part = gemm_f32_split(t, M, columns, K);
    const float **table = t->scratch;
    float *zeros = (float *)(void *)(table + block * runs);
    const struct conv2d_f32_block b = {table, zeros, zeros + length};
    if (!dense) memset(zeros, 0, length * sizeof(float));
    const struct conv2d_f32_even even = narrow && !dense ? conv2d_f32_even(a) : (struct conv2d_f32_even){0, 0};
    const size_t rows = part.row_end - part.row, blocks = (rows + block - 1) / block;
    const size_t most = blocks ? (rows + blocks - 1) / blocks : 0;
    for (int32_t group = 0; group < a->G; group++) {
        const float *packed = (const float *)a->packed + (size_t)group * group_floats;
        for (size_t m = part.row, count; m < part.row_end; m += count) {
            struct gemm_f32 g = {dense ? 1 : runs, dense ? K : length, columns, K, O, runs, a->lo, a->hi};
            const float *x = dense ? a->x + m * K : conv2d_f32_next(a, even, m, &count);
            if (dense || count > part.row_end - m) count = part.row_end - m;
            if (dense || !x) count = count < most ? count : most;
            if (!x) conv2d_f32_find(a, group, m, m + count, &b);
            else if (!dense) g.lda = (size_t)a->stride_w * a->C, g.pitch = (size_t)a->dilation_h * a->W * a->C;
            const size_t at = m * O + (size_t)group * columns;
            gemm_f32_run(&g, count, part.panel, part.panel_end, (struct gemm_f32_rows){x, x ? NULL : table}, packed,
                         a->residual ? a->residual + at : NULL, a->y + at);
        }
    }
    return EDGE_OK;
}
