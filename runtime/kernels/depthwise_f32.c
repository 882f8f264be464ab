/* y[N,P,Q,C*M] = clamp(depthwise convolution of x[N,H,W,C] by w[KH,KW,C*M], + bias[C*M]) in float32. */
#include "depthwise.h"

/* One row of outputs: where its window rows lie. x is the image, y the first output of the row. */
struct dw_f32 {
    const float *x, *w, *bias;
    float *y;
    int64_t W, C, KW, iy, dilation_h;
    struct depthwise_taps rows;
    float lo, hi;
};

/* `columns` outputs from q0 on, channels [c, c + n): each input column is loaded once for all outputs it serves. */
EDGE_INLINE void dw_f32_channels(const int columns, const int KW, const int stride, const int full,
                                 const struct dw_f32 *d, int64_t q0, int64_t ix, uint32_t inside, int64_t c,
                                 const size_t n) {
    const int reach = (columns - 1) * stride + KW;
    vf acc[DEPTHWISE_COLUMNS];
    const vf bias = !d->bias ? vf_set(0.0f) : n == VF ? vf_load(d->bias + c) : vf_load_n(d->bias + c, n);
    EDGE_UNROLL
    for (int i = 0; i < columns; i++) acc[i] = bias;
    for (int64_t kh = d->rows.first; kh < d->rows.end; kh++) {
        const float *x = d->x + ((d->iy + kh * d->dilation_h) * d->W + ix) * d->C + c;
        const float *w = d->w + kh * KW * d->C + c;
        vf wv[5];
        EDGE_UNROLL
        for (int k = 0; k < KW; k++) wv[k] = n == VF ? vf_load(w + k * d->C) : vf_load_n(w + k * d->C, n);
        EDGE_UNROLL
        for (int i = 0; i < reach; i++) {
            if (!full && !(inside >> i & 1)) continue;
            const vf xv = n == VF ? vf_load(x + i * d->C) : vf_load_n(x + i * d->C, n);
            EDGE_UNROLL
            for (int k = 0; k < KW; k++)
                if (i >= k && (i - k) % stride == 0 && (i - k) / stride < columns)
                    acc[(i - k) / stride] = vf_fma(xv, wv[k], acc[(i - k) / stride]);
        }
    }
    EDGE_UNROLL
    for (int i = 0; i < columns; i++) {
        const vf v = vf_min(vf_set(d->hi), vf_max(vf_set(d->lo), acc[i]));
        float *y = d->y + (q0 + i) * d->C + c;
        if (n == VF) vf_store(y, v);
        else vf_store_n(y, v, n);
    }
}
EDGE_INLINE void dw_f32_tile(const int columns, const int KW, const int stride, const int full, const struct dw_f32 *d,
                             int64_t q0, int64_t ix, uint32_t inside) {
    int64_t c = 0;
    for (; c + VF <= d->C; c += VF) dw_f32_channels(columns, KW, stride, full, d, q0, ix, inside, c, VF);
    if (c < d->C) dw_f32_channels(columns, KW, stride, full, d, q0, ix, inside, c, (size_t)(d->C - c));
}

typedef void (*dw_f32_fn)(const struct dw_f32 *, int64_t, int64_t, uint32_t);
#define DW_F32_TILE(prefix, columns, KW, stride, full)                                                                 \
    static void prefix##_##columns##_##KW##_##stride##_##full(const struct dw_f32 *d, int64_t q0, int64_t ix,          \
                                                              uint32_t inside) {                                       \
        dw_f32_tile(columns, KW, stride, full, d, q0, ix, inside);                                                     \
    }
DEPTHWISE_EACH(DW_F32_TILE, dw_f32)
static const dw_f32_fn dw_f32_tiles[2][2][DEPTHWISE_COLUMNS + 1] = DEPTHWISE_TABLE(dw_f32);

/* One output of any window. */
static void dw_f32_one(const struct dw_f32 *d, int64_t M, int64_t q, int64_t ix, int64_t dilation_w,
                       struct depthwise_taps taps) {
    const int64_t O = d->C * M;
    for (int64_t o = 0; o < O; o += VF) {
        const size_t n = O - o < VF ? (size_t)(O - o) : VF;
        vf acc = !d->bias ? vf_set(0.0f) : n == VF ? vf_load(d->bias + o) : vf_load_n(d->bias + o, n);
        for (int64_t kh = d->rows.first; kh < d->rows.end; kh++) {
            for (int64_t kw = taps.first; kw < taps.end; kw++) {
                const float *x = d->x + ((d->iy + kh * d->dilation_h) * d->W + ix + kw * dilation_w) * d->C;
                const float *w = d->w + (kh * d->KW + kw) * O + o;
                vf xv;
                if (M == 1) xv = n == VF ? vf_load(x + o) : vf_load_n(x + o, n);
                else if (d->C == 1) xv = vf_set(*x);
                else {
                    DEPTHWISE_SPREAD(float, spread, x, o, n, M);
                    xv = vf_load(spread);
                }
                acc = vf_fma(xv, n == VF ? vf_load(w) : vf_load_n(w, n), acc);
            }
        }
        acc = vf_min(vf_set(d->hi), vf_max(vf_set(d->lo), acc));
        if (n == VF) vf_store(d->y + q * O + o, acc);
        else vf_store_n(d->y + q * O + o, acc, n);
    }
}

EDGE_KERNEL(depthwise_f32) {
    size_t row, end;
    edge_share(t, (size_t)a->N * a->P, &row, &end);
    for (; row < end; row++) {
        const int64_t n = (int64_t)row / a->P, p = (int64_t)row % a->P, O = (int64_t)a->C * a->M;
        const int64_t iy = p * a->stride_h - a->pad_top;
        const struct depthwise_taps rows = depthwise_taps(iy, a->dilation_h, a->KH, a->H);
        const struct dw_f32 d = {a->x + n * a->H * a->W * a->C, a->w, a->bias,       a->y + (int64_t)row * a->Q * O,
                                 a->W, a->C, a->KW, iy, a->dilation_h, rows, a->lo, a->hi};
        if (!DEPTHWISE_HAS_TILE(a)) {
            for (int64_t q = 0; q < a->Q; q++) {
                const int64_t ix = q * a->stride_w - a->pad_left;
                dw_f32_one(&d, a->M, q, ix, a->dilation_w, depthwise_taps(ix, a->dilation_w, a->KW, a->W));
            }
            continue;
        }
        const dw_f32_fn *tiles = dw_f32_tiles[a->KW == 5][a->stride_w - 1];
        for (int64_t q = 0; q < a->Q; q += DEPTHWISE_COLUMNS) {
            const struct depthwise_columns c = depthwise_columns(q, a->Q, a->stride_w, a->pad_left, a->KW, a->W);
            tiles[c.full ? 0 : c.columns](&d, q, c.ix, c.inside);
        }
    }
    return EDGE_OK;
}
