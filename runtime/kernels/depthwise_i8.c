/* y[N,P,Q,C*M] = requantize(depthwise convolution of x[N,H,W,C] - x_zero by w[KH,KW,C*M] - w_zero[C*M], + bias[C*M])
 * in int8. */
#include "depthwise.h"
#include "gemm_i8.h"
#ifdef DW_UNITS
#include "depthwise_sweep5.h"
#if DW_UNITS == 4
#include "depthwise_lines.h"
#else
#define lines_fits(a) 0
#define lines_image(a, x, y, p, p_end) (void)0
#endif
#endif

/* One row of outputs, as in depthwise_f32.c. */
struct dw_i8 {
    const struct edge_depthwise_i8 *a;
    const struct i8_bend *bend; /* or NULL */
    const int8_t *x;
    int8_t *y;
    int64_t iy;
    struct depthwise_taps rows;
};

static inline vi dw_i8_load(const int8_t *p, size_t n) { return n == VF ? vi_load_i8(p) : vi_load_i8_n(p, n); }
static inline vi dw_i8_load32(const int32_t *p, size_t n) {
    return !p ? vi_set(0) : n == VF ? vi_load(p) : vi_load_n(p, n);
}
static inline void dw_i8_store(const struct dw_i8 *d, int8_t *y, vi sum, int64_t o, size_t n) {
    const struct edge_depthwise_i8 *a = d->a;
    const vf multiplier = n == VF ? vf_load(a->multiplier + o) : vf_load_n(a->multiplier + o, n);
    const vf lo = vf_set((float)(a->lo - a->y_zero)), hi = vf_set((float)(a->hi - a->y_zero));
    const vi q = gemm_i8_requantize(sum, multiplier, d->bend, lo, hi, vi_set(a->y_zero));
    if (n == VF) vi_store_i8(y, q);
    else vi_store_i8_n(y, q, n);
}

EDGE_INLINE void dw_i8_channels(const int columns, const int KW, const int stride, const int full,
                                const struct dw_i8 *d, int64_t q0, int64_t ix, uint32_t inside, int64_t c,
                                const size_t n) {
    const struct edge_depthwise_i8 *a = d->a;
    const int64_t C = a->C;
    const int reach = (columns - 1) * stride + KW;
    const vi bias = dw_i8_load32(a->bias ? a->bias + c : NULL, n), x_zero = vi_set(a->x_zero);
    vi acc[DEPTHWISE_COLUMNS];
    EDGE_UNROLL
    for (int i = 0; i < columns; i++) acc[i] = bias;
    for (int64_t kh = d->rows.first; kh < d->rows.end; kh++) {
        const int8_t *x = d->x + ((d->iy + kh * a->dilation_h) * a->W + ix) * C + c;
        const int8_t *w = a->w + kh * KW * C + c;
        vi wv[5];
        EDGE_UNROLL
        for (int k = 0; k < KW; k++) {
            wv[k] = dw_i8_load(w + k * C, n);
            if (a->w_zero) wv[k] = vi_sub(wv[k], dw_i8_load32(a->w_zero + c, n));
        }
        EDGE_UNROLL
        for (int i = 0; i < reach; i++) {
            if (!full && !(inside >> i & 1)) continue;
            const vi xv = vi_sub(dw_i8_load(x + i * C, n), x_zero);
            EDGE_UNROLL
            for (int k = 0; k < KW; k++)
                if (i >= k && (i - k) % stride == 0 && (i - k) / stride < columns)
                    acc[(i - k) / stride] = vi_add(acc[(i - k) / stride], vi_mul(xv, wv[k]));
        }
    }
    EDGE_UNROLL
    for (int i = 0; i < columns; i++) dw_i8_store(d, d->y + (q0 + i) * C + c, acc[i], c, n);
}
EDGE_INLINE void dw_i8_tile(const int columns, const int KW, const int stride, const int full, const struct dw_i8 *d,
                            int64_t q0, int64_t ix, uint32_t inside) {
    int64_t c = 0;
    for (; c + VF <= d->a->C; c += VF) dw_i8_channels(columns, KW, stride, full, d, q0, ix, inside, c, VF);
    if (c < d->a->C) dw_i8_channels(columns, KW, stride, full, d, q0, ix, inside, c, (size_t)(d->a->C - c));
}

typedef void (*dw_i8_fn)(const struct dw_i8 *, int64_t, int64_t, uint32_t);
#define DW_I8_TILE(prefix, columns, KW, stride, full)                                                                  \
    static void prefix##_##columns##_##KW##_##stride##_##full(const struct dw_i8 *d, int64_t q0, int64_t ix,           \
                                                              uint32_t inside) {                                       \
        dw_i8_tile(columns, KW, stride, full, d, q0, ix, inside);                                                      \
    }
DEPTHWISE_EACH(DW_I8_TILE, dw_i8)
static const dw_i8_fn dw_i8_tiles[2][2][DEPTHWISE_COLUMNS + 1] = DEPTHWISE_TABLE(dw_i8);

/* One output of any window. */
static void dw_i8_one(const struct dw_i8 *d, int64_t q, int64_t ix, struct depthwise_taps taps) {
    const struct edge_depthwise_i8 *a = d->a;
    const int64_t O = (int64_t)a->C * a->M;
    for (int64_t o = 0; o < O; o += VF) {
        const size_t n = O - o < VF ? (size_t)(O - o) : VF;
        vi acc = dw_i8_load32(a->bias ? a->bias + o : NULL, n);
        for (int64_t kh = d->rows.first; kh < d->rows.end; kh++) {
            for (int64_t kw = taps.first; kw < taps.end; kw++) {
                const int8_t *x = d->x + ((d->iy + kh * a->dilation_h) * a->W + ix + kw * a->dilation_w) * a->C;
                vi xv, wv = dw_i8_load(a->w + (kh * a->KW + kw) * O + o, n);
                if (a->w_zero) wv = vi_sub(wv, dw_i8_load32(a->w_zero + o, n));
                if (a->M == 1) xv = dw_i8_load(x + o, n);
                else if (a->C == 1) xv = vi_set(*x);
                else {
                    DEPTHWISE_SPREAD(int32_t, spread, x, o, n, a->M);
                    xv = vi_load(spread);
                }
                acc = vi_add(acc, vi_mul(vi_sub(xv, vi_set(a->x_zero)), wv));
            }
        }
        dw_i8_store(d, d->y + q * O + o, acc, o, n);
    }
}

enum { DW_I8_CACHED = 262144 }; /* bytes of x that all blocks of channels go through, before the next rows */

EDGE_PACK(depthwise_i8) {
#ifdef DW_UNITS
    if (sweep_fits(a)) return sweep_pack(a, out);
    if (sweep5_fits(a)) return sweep5_pack(a, out);
#endif
    (void)a, (void)out;
    return 0; /* weights are read as they lie */
}

static int dw_i8_run(const struct edge_depthwise_i8 *a, const struct i8_bend *bend, const struct edge_task *t) {
    size_t row, end;
    edge_share(t, (size_t)a->N * a->P, &row, &end);
#ifdef DW_UNITS
    const int lines = !bend && lines_fits(a), three = lines || sweep_fits(a), five = !three && sweep5_fits(a);
    const int64_t row_bytes = (int64_t)a->W * a->C * a->stride_h;
    const int64_t fitting = row_bytes * 4 > DW_I8_CACHED ? 2 : DW_I8_CACHED / (row_bytes + 1) & ~(int64_t)1;
    const int64_t most = fitting * a->dilation_h;
    while ((three || five) && row < end) { /* a part of an image */
        const int64_t n = (int64_t)row / a->P, p = (int64_t)row % a->P;
        int64_t p_end = a->P - p < (int64_t)(end - row) ? a->P : p + (int64_t)(end - row);
        p_end = p_end - p > most ? p + most : p_end;
        const int8_t *x = a->x + n * a->H * a->W * a->C;
        int8_t *y = a->y + n * a->P * a->Q * a->C;
        if (lines) lines_image(a, x, y, p, p_end);
        else if (three) sweep_image(a, bend, x, y, p, p_end);
        else sweep5_image(a, bend, x, y, p, p_end);
        row += (size_t)(p_end - p);
    }
#endif
    for (; row < end; row++) {
        const int64_t n = (int64_t)row / a->P, p = (int64_t)row % a->P, O = (int64_t)a->C * a->M;
        const int64_t iy = p * a->stride_h - a->pad_top;
        const struct dw_i8 d = {a, bend, a->x + n * a->H * a->W * a->C, a->y + (int64_t)row * a->Q * O, iy,
                                depthwise_taps(iy, a->dilation_h, a->KH, a->H)};
        if (!DEPTHWISE_HAS_TILE(a)) {
            for (int64_t q = 0; q < a->Q; q++) {
                const int64_t ix = q * a->stride_w - a->pad_left;
                dw_i8_one(&d, q, ix, depthwise_taps(ix, a->dilation_w, a->KW, a->W));
            }
            continue;
        }
        const dw_i8_fn *tiles = dw_i8_tiles[a->KW == 5][a->stride_w - 1];
        for (int64_t q = 0; q < a->Q; q += DEPTHWISE_COLUMNS) {
            const struct depthwise_columns c = depthwise_columns(q, a->Q, a->stride_w, a->pad_left, a->KW, a->W);
            tiles[c.full ? 0 : c.columns](&d, q, c.ix, c.inside);
        }
    }
    return EDGE_OK;
}

EDGE_KERNEL(depthwise_i8) { return dw_i8_run(a, NULL, t); }

/* The same with a function before rounding. */
static struct edge_depthwise_i8 dw_i8_act_plain(const struct edge_depthwise_i8_act *a) {
    return (struct edge_depthwise_i8){
        .x = a->x, .w = a->w, .bias = a->bias, .multiplier = a->multiplier, .w_zero = a->w_zero, .y = a->y,
        .packed = a->packed, .N = a->N, .H = a->H, .W = a->W, .C = a->C, .P = a->P, .Q = a->Q, .M = a->M,
        .KH = a->KH, .KW = a->KW, .stride_h = a->stride_h, .stride_w = a->stride_w, .dilation_h = a->dilation_h,
        .dilation_w = a->dilation_w, .pad_top = a->pad_top, .pad_left = a->pad_left,
        .x_zero = a->x_zero, .y_zero = a->y_zero, .lo = a->lo, .hi = a->hi,
    };
}
EDGE_PACK(depthwise_i8_act) {
    const struct edge_depthwise_i8 plain = dw_i8_act_plain(a);
    return depthwise_i8_pack_body(&plain, out);
}
EDGE_KERNEL(depthwise_i8_act) {
    const struct edge_depthwise_i8 plain = dw_i8_act_plain(a);
    const struct i8_bend bend = i8_bend(a->gain, a->offset, a->least);
    return dw_i8_run(&plain, &bend, t);
}
