/* Depthwise int8 tiles of five columns for instruction sets with a byte dot product: the four products of a lane are four
 * taps of one channel, one below the other in the image. For 3x3 see depthwise_sweep.h.
 *
 * Weights are packed when the model is loaded. A block is 4*VF channels in the order of bytes_channel: biases and
 * multipliers [4][VF], then weights [groups of four window rows][KW][4][VF][4 rows]. */
#ifndef EDGE_KERNELS_DEPTHWISE_BYTES_H
#define EDGE_KERNELS_DEPTHWISE_BYTES_H
#include "depthwise.h"
#include "gemm_i8.h"

enum { DW_BYTES = 4 * VF };

static inline size_t dw_bytes_block(const struct edge_depthwise_i8 *a) {
    return DW_BYTES * (8 + ((size_t)a->KH + 3) / 4 * (size_t)a->KW * 4);
}
static inline int dw_bytes_fits(const struct edge_depthwise_i8 *a) { return DEPTHWISE_HAS_TILE(a) && a->KW == 5 && !a->w_zero; }

static size_t dw_bytes_pack(const struct edge_depthwise_i8 *a, int8_t *out) {
    const size_t blocks = tile_round((size_t)a->C, DW_BYTES) / DW_BYTES, bytes = dw_bytes_block(a);
    for (size_t c = 0; out && c < (size_t)a->C; c += DW_BYTES, out += bytes) {
        memset(out, 0, bytes);
        for (size_t slot = 0; slot < DW_BYTES; slot++) {
            const size_t channel = c + (size_t)bytes_channel((int)(slot / VF), (int)(slot % VF));
            if (channel >= (size_t)a->C) continue;
            uint32_t bias = a->bias ? (uint32_t)a->bias[channel] : 0;
            for (size_t kh = 0; kh < (size_t)a->KH; kh++) {
                for (size_t kw = 0; kw < (size_t)a->KW; kw++) {
                    const int8_t w = a->w[(kh * (size_t)a->KW + kw) * (size_t)a->C + channel];
                    out[8 * DW_BYTES + ((kh / 4 * (size_t)a->KW + kw) * DW_BYTES + slot) * 4 + kh % 4] = w;
                    bias -= (uint32_t)(a->x_zero + I8_BIAS) * (uint32_t)w;
                }
            }
            memcpy(out + 4 * slot, &bias, 4);
            memcpy(out + 4 * (DW_BYTES + slot), a->multiplier + channel, 4);
        }
    }
    return blocks * bytes;
}

/* One row of outputs of one image. */
struct dw_bytes {
    const struct edge_depthwise_i8 *a;
    const int8_t *x;
    int8_t *y;
    int64_t iy;
};

/* `columns` outputs from q0 on, channels [c, c + n) of one packed block. */
EDGE_INLINE void dw_bytes_channels(const int columns, const int KW, const int stride, const int full,
                                   const struct dw_bytes *d, int64_t q0, int64_t ix, uint32_t inside, int64_t c,
                                   const size_t n, const int8_t *block) {
    const struct edge_depthwise_i8 *a = d->a;
    const int reach = (columns - 1) * stride + KW;
    const i8_bytes fill = bytes_set(a->x_zero);
    vi acc[DEPTHWISE_COLUMNS][4];
    /* 1. start from the bias */
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) {
        const vi bias = vi_load((const int32_t *)(const void *)block + v * VF);
        EDGE_UNROLL
        for (int i = 0; i < columns; i++) acc[i][v] = bias;
    }
    /* 2. four window rows at a time; what lies outside the image is the zero point */
    const int8_t *w = block + 8 * DW_BYTES;
    for (int64_t kh = 0; kh < a->KH; kh += 4, w += KW * 4 * DW_BYTES) {
        const int8_t *rows[4];
        for (int r = 0; r < 4; r++) {
            const int64_t y = d->iy + (kh + r) * a->dilation_h;
            rows[r] = kh + r < a->KH && y >= 0 && y < a->H ? d->x + (y * a->W + ix) * a->C + c : NULL;
        }
        EDGE_UNROLL
        for (int i = 0; i < reach; i++) {
            i8_a x[4];
            i8_bytes row[4] = {fill, fill, fill, fill};
            if (full || (inside >> i & 1)) {
                EDGE_UNROLL
                for (int r = 0; r < 4; r++)
                    if (rows[r]) row[r] = bytes_load(rows[r] + i * a->C, n);
            }
            bytes_interleave(row[0], row[1], row[2], row[3], x);
            EDGE_UNROLL
            for (int k = 0; k < KW; k++) {
                if (i < k || (i - k) % stride != 0 || (i - k) / stride >= columns) continue;
                EDGE_UNROLL
                for (int v = 0; v < 4; v++) {
                    vi *sum = &acc[(i - k) / stride][v];
                    *sum = i8_dot(*sum, x[v], i8_load_w(w + (k * 4 + v) * DW_BYTES));
                }
            }
        }
    }
    /* 3. requantize and store */
    const vf lo = vf_set((float)(a->lo - a->y_zero)), hi = vf_set((float)(a->hi - a->y_zero));
    const float *multiplier = (const float *)(const void *)(block + 4 * DW_BYTES);
    EDGE_UNROLL
    for (int i = 0; i < columns; i++) {
        EDGE_UNROLL
        for (int v = 0; v < 4; v++)
            acc[i][v] = gemm_i8_requantize(acc[i][v], vf_load(multiplier + v * VF), lo, hi, vi_set(a->y_zero));
        bytes_store(d->y + (q0 + i) * a->C + c, acc[i], n);
    }
}
EDGE_INLINE void dw_bytes_tile(const int columns, const int KW, const int stride, const int full,
                               const struct dw_bytes *d, int64_t q0, int64_t ix, uint32_t inside) {
    const int8_t *block = d->a->packed;
    int64_t c = 0;
    for (; c + DW_BYTES <= d->a->C; c += DW_BYTES, block += dw_bytes_block(d->a))
        dw_bytes_channels(columns, KW, stride, full, d, q0, ix, inside, c, DW_BYTES, block);
    if (c < d->a->C) dw_bytes_channels(columns, KW, stride, full, d, q0, ix, inside, c, (size_t)(d->a->C - c), block);
}

typedef void (*dw_bytes_fn)(const struct dw_bytes *, int64_t, int64_t, uint32_t);
#define DW_BYTES_TILE(prefix, columns, KW, stride, full)                                                               \
    static void prefix##_##columns##_##KW##_##stride##_##full(const struct dw_bytes *d, int64_t q0, int64_t ix,        \
                                                              uint32_t inside) {                                       \
        dw_bytes_tile(columns, KW, stride, full, d, q0, ix, inside);                                                   \
    }
DEPTHWISE_EACH_OF(DW_BYTES_TILE, dw_bytes, 5, 1) DEPTHWISE_EACH_OF(DW_BYTES_TILE, dw_bytes, 5, 2)
static const dw_bytes_fn dw_bytes_tiles[2][DEPTHWISE_COLUMNS + 1] = {DEPTHWISE_NAMES(dw_bytes, 5, 1),
                                                                     DEPTHWISE_NAMES(dw_bytes, 5, 2)};

static void dw_bytes_row(const struct dw_bytes *d) {
    const struct edge_depthwise_i8 *a = d->a;
    const dw_bytes_fn *tiles = dw_bytes_tiles[a->stride_w - 1];
    for (int64_t q = 0; q < a->Q; q += DEPTHWISE_COLUMNS) {
        const struct depthwise_columns c = depthwise_columns(q, a->Q, a->stride_w, a->pad_left, a->KW, a->W);
        tiles[c.full ? 0 : c.columns](d, q, c.ix, c.inside);
    }
}
#endif
