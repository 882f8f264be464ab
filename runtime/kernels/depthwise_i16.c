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

static inline vi dw_i16_load(const int16_t *p, size_t n) { return n == VF ? vi_load_i16(p) : vi_load_i16_n(p, n); }
static inline vi dw_i16_weights(const int8_t *p, size_t n) { return n == VF ? vi_load_i8(p) : vi_load_i8_n(p, n); }
static inline void dw_i16_store(const struct edge_depthwise_i16 *a, int16_t *y, vi sum, int64_t o, size_t n) {
    const vf scale = n == VF ? vf_load(a->multiplier + o) : vf_load_n(a->multiplier + o, n);
    const vf real = vf_mul(vi_to_vf(sum), scale);
    const vi q = vf_to_vi(vf_min(vf_max(real, vf_set((float)a->lo)), vf_set((float)a->hi)));
    if (n == VF) vi_store_i16(y, q);
    else vi_store_i16_n(y, q, n);
}

/* Whether the sums of all windows fit int32: few taps, and biases below 2^30. */
static int dw_i16_fits(const struct edge_depthwise_i16 *a) {
    if (a->M != 1 || (int64_t)a->KH * a->KW > GEMM_I16_RUN) return 0;
    int64_t most = 0;
    for (int64_t o = 0; a->bias && o < a->C; o++) {
        const int64_t size = a->bias[o] < 0 ? -(a->bias[o] + 1) : a->bias[o];
        most = size > most ? size : most;
    }
    return most < 1 << 30;
}

/* A vector of channels of a whole row, any window, sums in int32. */
static void dw_i16_row(const struct dw_i16 *d, int64_t o, size_t n) {
    const struct edge_depthwise_i16 *a = d->a;
    int32_t start[VF] = {0};
    for (size_t l = 0; a->bias && l < n; l++) start[l] = (int32_t)a->bias[o + (int64_t)l];
    for (int64_t q = 0; q < a->Q; q++) {
        const int64_t ix = q * a->stride_w - a->pad_left;
        const struct depthwise_taps taps = depthwise_taps(ix, a->dilation_w, a->KW, a->W);
        vi acc = vi_load(start);
        for (int64_t kh = d->rows.first; kh < d->rows.end; kh++) {
            for (int64_t kw = taps.first; kw < taps.end; kw++) {
                const int64_t at = (d->iy + kh * a->dilation_h) * a->W + ix + kw * a->dilation_w;
                acc = vi_add(acc, vi_mul(dw_i16_load(d->x + at * a->C + o, n),
                                         dw_i16_weights(a->w + (kh * a->KW + kw) * a->C + o, n)));
            }
        }
        dw_i16_store(a, d->y + q * a->C + o, acc, o, n);
    }
}

#ifndef EDGE_ONE_LANE /* a register a sum, and forty loops: not for one lane */
/* The tiles of depthwise.h: neighbouring outputs share their loads of x and of weights. */
EDGE_INLINE void dw_i16_channels(const int columns, const int KW, const int stride, const int full,
                                 const struct dw_i16 *d, int64_t q0, int64_t ix, uint32_t inside, int64_t c,
                                 const size_t n) {
    const struct edge_depthwise_i16 *a = d->a;
    const int64_t C = a->C;
    int32_t start[VF] = {0};
    vi acc[DEPTHWISE_COLUMNS];
    for (size_t l = 0; a->bias && l < n; l++) start[l] = (int32_t)a->bias[c + (int64_t)l];
    EDGE_UNROLL
    for (int i = 0; i < columns; i++) acc[i] = vi_load(start);
    for (int64_t kh = d->rows.first; kh < d->rows.end; kh++) {
        const int16_t *x = d->x + ((d->iy + kh * a->dilation_h) * a->W + ix) * C + c;
        const int8_t *w = a->w + kh * KW * C + c;
        vi wv[5];
        EDGE_UNROLL
        for (int k = 0; k < KW; k++) wv[k] = dw_i16_weights(w + k * C, n);
        EDGE_UNROLL
        for (int i = 0; i < (columns - 1) * stride + KW; i++) {
            if (!full && !(inside >> i & 1)) continue;
            const vi xv = dw_i16_load(x + i * C, n);
            EDGE_UNROLL
            for (int k = 0; k < KW; k++)
                if (i >= k && (i - k) % stride == 0 && (i - k) / stride < columns)
                    acc[(i - k) / stride] = vi_add(acc[(i - k) / stride], vi_mul(xv, wv[k]));
        }
    }
    EDGE_UNROLL
    for (int i = 0; i < columns; i++) dw_i16_store(a, d->y + (q0 + i) * C + c, acc[i], c, n);
}

typedef void (*dw_i16_fn)(const struct dw_i16 *, int64_t, int64_t, uint32_t);
#define DW_I16_TILE(prefix, columns, KW, stride, full)                                                                 \
    static void prefix##_##columns##_##KW##_##stride##_##full(const struct dw_i16 *d, int64_t q0, int64_t ix,          \
                                                              uint32_t inside) {                                       \
        const int64_t C = d->a->C;                                                                                     \
        int64_t c = 0;                                                                                                 \
        for (; c + VF <= C; c += VF) dw_i16_channels(columns, KW, stride, full, d, q0, ix, inside, c, VF);             \
        if (c < C) dw_i16_channels(columns, KW, stride, full, d, q0, ix, inside, c, (size_t)(C - c));                  \
    }
DEPTHWISE_EACH(DW_I16_TILE, dw_i16)
static const dw_i16_fn dw_i16_tiles[2][2][DEPTHWISE_COLUMNS + 1] = DEPTHWISE_TABLE(dw_i16);

static void dw_i16_tiled(const struct dw_i16 *d) {
    const struct edge_depthwise_i16 *a = d->a;
    const dw_i16_fn *tiles = dw_i16_tiles[a->KW == 5][a->stride_w - 1];
    for (int64_t q = 0; q < a->Q; q += DEPTHWISE_COLUMNS) {
        const struct depthwise_columns c = depthwise_columns(q, a->Q, a->stride_w, a->pad_left, a->KW, a->W);
        tiles[c.full ? 0 : c.columns](d, q, c.ix, c.inside);
    }
}
#endif

EDGE_KERNEL(depthwise_i16) {
    const int64_t O = (int64_t)a->C * a->M;
    const int fits = dw_i16_fits(a);
    size_t row, end;
    edge_share(t, (size_t)a->N * a->P, &row, &end);
    for (; row < end; row++) {
        const int64_t image = (int64_t)row / a->P, iy = (int64_t)row % a->P * a->stride_h - a->pad_top;
        const struct depthwise_taps rows = depthwise_taps(iy, a->dilation_h, a->KH, a->H);
        const struct dw_i16 d = {a, a->x + image * a->H * a->W * a->C, a->y + (int64_t)row * a->Q * O, iy, rows};
#ifndef EDGE_ONE_LANE
        if (fits && DEPTHWISE_HAS_TILE(a)) {
            dw_i16_tiled(&d);
            continue;
        }
#endif
        if (fits) {
            for (int64_t o = 0; o < O; o += VF) dw_i16_row(&d, o, O - o < VF ? (size_t)(O - o) : VF);
            continue;
        }
        for (int64_t q = 0; q < a->Q; q++) {
            const int64_t ix = q * a->stride_w - a->pad_left;
            const struct depthwise_taps taps = depthwise_taps(ix, a->dilation_w, a->KW, a->W);
            for (int64_t o = 0; o < O; o += VF) {
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
                        if (a->M == 1) xv = dw_i16_load(x + o, n);
                        else if (a->C == 1) xv = vi_set(*x);
                        else {
                            DEPTHWISE_SPREAD(int32_t, spread, x, o, n, a->M);
                            xv = vi_load(spread);
                        }
                        acc = vi_add(acc, vi_mul(xv, dw_i16_weights(w, n)));
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
