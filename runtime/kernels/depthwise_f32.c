/* y[N,P,Q,C*M] = clamp(depthwise convolution of x[N,H,W,C] by w[KH,KW,C*M], + bias[C*M]) in float32.
 *
 * Windows of 3x3 and 5x5 at stride 1 or 2 go in tiles of DW_F32_ROWS rows by four columns, a vector of channels at a
 * time: a tile loads each pixel once for all outputs that it serves. What lies outside the image is read from a block of
 * zeros. The last tile of a row, and the last vector of channels, overlap the ones before and compute the same again. */
#include "depthwise.h"

enum { DW_F32_ROWS = TILE_VECS == 4 ? 2 : 1, DW_F32_COLUMNS = 4, DW_F32_REACH = 3 * 2 + 5, DW_F32_DEPTH = 2 + 5 };

/* A tile: `at` holds the first column of each input row, or with `edge` the address of every single pixel. `packed`
 * holds for each vector of channels the bias and the weights, in the order in which they are used. */
struct dw_f32_tile {
    const float *at[DW_F32_DEPTH * DW_F32_REACH];
    const float *packed;
    float *y[DW_F32_ROWS]; /* NULL: no such row */
    int64_t C;
    float lo, hi;
};

EDGE_INLINE void dw_f32_tile(const int K, const int stride, const int edge, const struct dw_f32_tile *d) {
    const int reach = (DW_F32_COLUMNS - 1) * stride + K, depth = (DW_F32_ROWS - 1) * stride + K;
    const vf lo = vf_set(d->lo), hi = vf_set(d->hi);
    const int64_t C = d->C;
    const float *w = d->packed;
    for (int64_t next = 0; next < C; next += VF, w += (K * K + 1) * VF) {
        const int64_t c = next + VF <= C ? next : C - VF;
        vf acc[DW_F32_ROWS][DW_F32_COLUMNS];
        const vf bias = vf_load(w);
        EDGE_UNROLL
        for (int i = 0; i < DW_F32_COLUMNS; i++) {
            acc[0][i] = bias;
            if (DW_F32_ROWS == 2) acc[DW_F32_ROWS - 1][i] = bias;
        }
        EDGE_UNROLL
        for (int r = 0; r < depth; r++) {
            EDGE_UNROLL
            for (int i = 0; i < reach; i++) {
                const vf xv = vf_load(edge ? d->at[r * reach + i] + c : d->at[r] + i * C + c);
                EDGE_UNROLL
                for (int k = 0; k < K; k++) {
                    if (i < k || (i - k) % stride || (i - k) / stride >= DW_F32_COLUMNS) continue;
                    const int o = (i - k) / stride;
                    if (r < K) acc[0][o] = vf_fma(xv, vf_load(w + (1 + r * K + k) * VF), acc[0][o]);
                    if (DW_F32_ROWS == 2 && r >= stride)
                        acc[DW_F32_ROWS - 1][o] =
                            vf_fma(xv, vf_load(w + (1 + (r - stride) * K + k) * VF), acc[DW_F32_ROWS - 1][o]);
                }
            }
        }
        EDGE_UNROLL
        for (int r = 0; r < DW_F32_ROWS; r++) {
            float *y = d->y[r] + c;
            if (r && !d->y[r]) break;
            EDGE_UNROLL
            for (int i = 0; i < DW_F32_COLUMNS; i++) vf_store(y + i * C, vf_min(hi, vf_max(lo, acc[r][i])));
        }
    }
}
typedef void (*dw_f32_fn)(const struct dw_f32_tile *);
#define DW_F32_TILE(K, stride, edge)                                                                                   \
    static void dw_f32_##K##_##stride##_##edge(const struct dw_f32_tile *d) { dw_f32_tile(K, stride, edge, d); }
DW_F32_TILE(3, 1, 0) DW_F32_TILE(3, 1, 1) DW_F32_TILE(3, 2, 0) DW_F32_TILE(3, 2, 1)
DW_F32_TILE(5, 1, 0) DW_F32_TILE(5, 1, 1) DW_F32_TILE(5, 2, 0) DW_F32_TILE(5, 2, 1)
static const dw_f32_fn dw_f32_tiles[2][2][2] = {{{dw_f32_3_1_0, dw_f32_3_1_1}, {dw_f32_3_2_0, dw_f32_3_2_1}},
                                                {{dw_f32_5_1_0, dw_f32_5_1_1}, {dw_f32_5_2_0, dw_f32_5_2_1}}};

static int dw_f32_has_tile(const struct edge_depthwise_f32 *a) {
    return a->M == 1 && a->C >= VF && a->Q >= DW_F32_COLUMNS && a->KH == a->KW && (a->KH == 3 || a->KH == 5) &&
           a->stride_h == a->stride_w && a->stride_h <= 2 && a->dilation_w == 1 && a->dilation_h == 1;
}

EDGE_PACK(depthwise_f32) {
    if (!dw_f32_has_tile(a)) return 0;
    const size_t taps = (size_t)(a->KH * a->KW), C = (size_t)a->C, vectors = (C + VF - 1) / VF;
    float *to = out;
    for (size_t v = 0; to && v < vectors; v++, to += (taps + 1) * VF) {
        const size_t c = v * VF + VF <= C ? v * VF : C - VF;
        if (a->bias) memcpy(to, a->bias + c, sizeof(float) * VF);
        else memset(to, 0, sizeof(float) * VF);
        for (size_t k = 0; k < taps; k++) memcpy(to + (k + 1) * VF, a->w + k * C + c, sizeof(float) * VF);
    }
    return vectors * (taps + 1) * VF * sizeof(float);
}

/* Up to DW_F32_ROWS rows of one image, from row p on. */
static void dw_f32_rows(const struct edge_depthwise_f32 *a, int64_t image, int64_t p, int rows, const float *zeros) {
    const int stride = a->stride_h, K = a->KH;
    const int reach = (DW_F32_COLUMNS - 1) * stride + K, depth = (DW_F32_ROWS - 1) * stride + K;
    const float *x = a->x + image * a->H * a->W * a->C;
    const dw_f32_fn *tiles = dw_f32_tiles[K == 5][stride - 1];
    struct dw_f32_tile d = {.packed = a->packed, .C = a->C, .lo = a->lo, .hi = a->hi};
    for (int64_t q = 0; q < a->Q; q += DW_F32_COLUMNS) {
        if (q > a->Q - DW_F32_COLUMNS) q = a->Q - DW_F32_COLUMNS;
        const int64_t ix = q * stride - a->pad_left, iy = p * stride - a->pad_top;
        const int edge = ix < 0 || ix + reach > a->W;
        for (int r = 0; r < depth; r++) {
            const int inside = iy + r >= 0 && iy + r < a->H;
            const float *row = x + ((iy + r) * a->W + ix) * a->C;
            if (!edge) d.at[r] = inside ? row : zeros;
            for (int i = 0; edge && i < reach; i++)
                d.at[r * reach + i] = inside && ix + i >= 0 && ix + i < a->W ? row + i * a->C : zeros;
        }
        for (int r = 0; r < DW_F32_ROWS; r++)
            d.y[r] = r < rows ? a->y + (((image * a->P + p + r) * a->Q) + q) * a->C : NULL;
        tiles[edge](&d);
    }
}

/* One row of outputs of any other window: where its window rows lie. x is the image, y the first output of the row. */
struct dw_f32_row {
    const float *x, *w, *bias;
    float *y;
    int64_t W, C, KW, iy, dilation_h;
    struct depthwise_taps rows;
    float lo, hi;
};

/* One output of any window. */
static void dw_f32_one(const struct dw_f32_row *d, int64_t M, int64_t q, int64_t ix, int64_t dilation_w,
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

/* All rows of a window that has no tile. The weights of depthwise_direct_f32 are computed by another step. */
#define DW_F32_PLAIN_BODY                                                                                              \
    size_t row, end;                                                                                                   \
    edge_share(t, (size_t)a->N * a->P, &row, &end);                                                                    \
    for (; row < end; row++) {                                                                                         \
        const int64_t n = (int64_t)row / a->P, p = (int64_t)row % a->P, O = (int64_t)a->C * a->M;                      \
        const int64_t iy = p * a->stride_h - a->pad_top;                                                               \
        const struct depthwise_taps rows = depthwise_taps(iy, a->dilation_h, a->KH, a->H);                             \
        const struct dw_f32_row d = {a->x + n * a->H * a->W * a->C, a->w, a->bias, a->y + (int64_t)row * a->Q * O,     \
                                     a->W, a->C, a->KW, iy, a->dilation_h, rows, a->lo, a->hi};                        \
        for (int64_t q = 0; q < a->Q; q++) {                                                                           \
            const int64_t ix = q * a->stride_w - a->pad_left;                                                          \
            dw_f32_one(&d, a->M, q, ix, a->dilation_w, depthwise_taps(ix, a->dilation_w, a->KW, a->W));                \
        }                                                                                                              \
    }

EDGE_KERNEL(depthwise_f32) {
    if (!dw_f32_has_tile(a)) {
        DW_F32_PLAIN_BODY
        return EDGE_OK;
    }
    float *zeros = t->scratch;
    memset(zeros, 0, sizeof(float) * DW_F32_REACH * (size_t)a->C);
    const size_t groups = ((size_t)a->P + DW_F32_ROWS - 1) / DW_F32_ROWS; /* of rows, in one image */
    size_t group, end;
    edge_share(t, (size_t)a->N * groups, &group, &end);
    for (; group < end; group++) {
        const int64_t p = (int64_t)(group % groups) * DW_F32_ROWS;
        dw_f32_rows(a, (int64_t)(group / groups), p, a->P - p < DW_F32_ROWS ? (int)(a->P - p) : DW_F32_ROWS, zeros);
    }
    return EDGE_OK;
}

EDGE_KERNEL(depthwise_direct_f32) {
    DW_F32_PLAIN_BODY
    return EDGE_OK;
}
