/* The convolution of conv2d_i8.c for windows of 3x3 without strides, dilations, groups and zero points of weights.
 *
 * Winograd's method takes a quarter of the products, of int16 instead of bytes, and 8 times the memory for weights.
 * Where that does not pay, on Arm and on small chips, it is computed like all others. */
#ifndef EDGE_KERNELS_CONV2D_WINOGRAD_I8_H
#define EDGE_KERNELS_CONV2D_WINOGRAD_I8_H
static struct edge_conv2d_i8 conv2d_winograd_i8_plain(const struct edge_conv2d_winograd_i8 *a) {
    return (struct edge_conv2d_i8){
        .x = a->x, .w = a->w, .bias = a->bias, .multiplier = a->multiplier, .y = a->y, .packed = a->packed,
        .N = a->N, .H = a->H, .W = a->W, .C = a->C, .P = a->P, .Q = a->Q, .O = a->O,
        .KH = 3, .KW = 3, .G = 1, .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1,
        .pad_top = a->pad_top, .pad_left = a->pad_left,
        .x_zero = a->x_zero, .y_zero = a->y_zero, .lo = a->lo, .hi = a->hi,
    };
}
static size_t conv2d_winograd_i8_pack_plain(const struct edge_conv2d_winograd_i8 *a, void *out) {
    const struct edge_conv2d_i8 plain = conv2d_winograd_i8_plain(a);
    return conv2d_i8_pack_body(&plain, out);
}
static int conv2d_winograd_i8_run_plain(const struct edge_conv2d_winograd_i8 *a, const struct i8_bend *bend,
                                        const struct edge_task *t) {
    const struct edge_conv2d_i8 plain = conv2d_winograd_i8_plain(a);
    return conv2d_i8_run(&plain, bend, t);
}

#if defined(__x86_64__) && TILE_ROWS == 6
#include "winograd_i8.h"

static struct winograd_i8 conv2d_winograd_i8_weights(const struct edge_conv2d_winograd_i8 *a) {
    return (struct winograd_i8){(size_t)a->C, (size_t)a->O, a->w, a->bias, a->multiplier, a->x_zero};
}

/* Byte dot products are so fast that the transforms of few channels take longer than they save. */
static inline int conv2d_winograd_i8_shallow(const struct edge_conv2d_winograd_i8 *a) {
#ifdef EDGE_BYTE_DOT
    return a->C < 32;
#else
    return (void)a, 0;
#endif
}

EDGE_PACK(conv2d_winograd_i8) {
    if (conv2d_winograd_i8_shallow(a)) return conv2d_winograd_i8_pack_plain(a, out);
    const struct winograd_i8 from = conv2d_winograd_i8_weights(a);
    return winograd_i8_pack(&from, out);
}

/* A tile's first output. */
struct winograd_i8_at {
    int64_t image, p, q;
};
static struct winograd_i8_at winograd_i8_find(const struct edge_conv2d_winograd_i8 *a, size_t tile) {
    const size_t across = ((size_t)a->Q + 3) / 4, down = ((size_t)a->P + 3) / 4;
    return (struct winograd_i8_at){(int64_t)(tile / across / down), (int64_t)(tile / across % down) * 4,
                                   (int64_t)(tile % across) * 4};
}
static void winograd_i8_next(const struct edge_conv2d_winograd_i8 *a, struct winograd_i8_at *at) {
    if ((at->q += 4) < a->Q) return;
    at->q = 0;
    if ((at->p += 4) >= a->P) at->p = 0, at->image++;
}

/* A few pixels: calling memcpy takes longer than they do. */
static inline void winograd_i8_copy(int8_t *to, const int8_t *from, int64_t n) {
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) memcpy(to + i, from + i, 16);
    for (; i < n; i++) to[i] = from[i];
}

/* Where the six rows of a tile's pixels begin: in the image, in `outside`, six pixels of x_zero, or in `room`, where rows
 * that reach over its left or right end are put together. */
static void winograd_i8_rows(const struct edge_conv2d_winograd_i8 *a, const struct winograd_i8_at *at, const int8_t *outside,
                             int8_t *room, const int8_t **row) {
    const int64_t C = a->C, y = at->p - a->pad_top, x = at->q - a->pad_left;
    const int64_t left = x >= 0 ? 0 : x > -6 ? -x : 6, right = a->W - x < 0 ? 0 : a->W - x < 6 ? a->W - x : 6;
    for (int i = 0; i < 6; i++, room += 6 * C) {
        row[i] = outside;
        if (y + i < 0 || y + i >= a->H || left >= right) continue;
        const int8_t *from = a->x + ((at->image * a->H + y + i) * a->W + x + left) * C;
        row[i] = from;
        if (left == 0 && right == 6) continue;
        winograd_i8_copy(room, outside, left * C);
        winograd_i8_copy(room + left * C, from, (right - left) * C);
        winograd_i8_copy(room + right * C, outside, (6 - right) * C);
        row[i] = room;
    }
}

/* The transformed pixels of M tiles: two tiles at a time share the vectors of their last channels. */
static void winograd_i8_fill(const struct edge_conv2d_winograd_i8 *a, struct winograd_i8_at at, size_t M, int8_t *outside,
                             int16_t *to) {
    const size_t C = (size_t)a->C, depth = winograd_i8_depth(C), size = WINOGRAD_I8_PLACES * depth;
    for (size_t i = 0; i < M; i += 2) {
        const int8_t *row[2][6];
        const size_t count = M - i < 2 ? 1 : 2;
        int16_t *tile[2] = {to + i * size, to + (i + count - 1) * size};
        for (size_t k = 0; k < count; k++, winograd_i8_next(a, &at))
            winograd_i8_rows(a, &at, outside, outside + 6 * C + k * 36 * C, row[k]);
        if (count == 1) memcpy(row[1], row[0], sizeof row[0]);
        for (size_t c = 0; c < C; c += VF) {
            if (C - c >= 2 * VF) {
                for (size_t k = 0; k < count; k++) winograd_i8_load((const int8_t *const *)row[k], C, tile[k] + c, depth);
            } else {
                winograd_i8_load_two((const int8_t *const *)row[0], (const int8_t *const *)row[1], C, C - c < VF ? C - c : VF,
                                     tile[0] + c, tile[1] + c, depth);
            }
            const size_t done = C - c >= 2 * VF ? 2 * VF : VF;
            for (size_t k = 0; k < 12; k++) row[k / 6][k % 6] += done;
            c += done - VF;
        }
        for (size_t c = C; c < depth; c++)
            for (size_t e = 0; e < WINOGRAD_I8_PLACES; e++) tile[0][e * depth + c] = tile[1][e * depth + c] = 0;
    }
}

static inline i8_bytes winograd_i8_finish(const vi *q, const vf *m, const struct i8_range *range, const struct i8_bend *bend) {
    return bend ? i8_finish_bent(q[0], q[1], q[2], q[3], m, range, bend) : i8_finish(q[0], q[1], q[2], q[3], m, range);
}

/* The outputs of one tile and panel, from its products. */
EDGE_INLINE void winograd_i8_put_vecs(const int vecs, const struct edge_conv2d_winograd_i8 *a,
                                      const struct winograd_i8_at *at, const int8_t *panel, const int32_t *products, size_t n,
                                      const struct i8_range *range, const struct i8_bend *bend) {
    const size_t width = (size_t)(vecs * VF), O = (size_t)a->O;
    const int rows = a->P - at->p < 4 ? (int)(a->P - at->p) : 4, columns = a->Q - at->q < 4 ? (int)(a->Q - at->q) : 4;
    const int32_t *bias = (const int32_t *)(const void *)panel;
    const float *multiplier = (const float *)(const void *)panel + width;
    int8_t *y = a->y + (size_t)((at->image * a->P + at->p) * a->Q + at->q) * O + n;
    int32_t sums[16 * TILE_VECS * VF];
    vf m[4];
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) m[v] = vf_load(multiplier + v % vecs * VF);
    EDGE_UNROLL
    for (int v = 0; v < vecs; v++) {
        vi half[4][6];
        const vi first = vi_load(bias + v * VF);
        winograd_i8_columns(vecs, products + v * VF, half);
        EDGE_UNROLL
        for (int i = 0; i < 4; i++) {
            vi q[4];
            winograd_i8_row(i, half[i], first, q);
            if (vecs == 1) {
                if (i < rows)
                    tile_put(1, columns, y + (size_t)i * (size_t)a->Q * O, O, O - n,
                             winograd_i8_finish(q, m, range, bend));
                continue;
            }
            EDGE_UNROLL
            for (int j = 0; j < 4; j++) vi_store(sums + ((4 * i + j) * vecs + v) * VF, q[j]);
        }
    }
    for (int i = 0; vecs > 1 && i < rows; i++, y += (size_t)a->Q * O) {
        for (int j = 0; j < columns; j += 4 / vecs) {
            vi q[4]; /* of 4 / vecs pixels */
            EDGE_UNROLL
            for (int v = 0; v < 4; v++) q[v] = vi_load(sums + (size_t)(4 * i + j) * width + (size_t)v * VF);
            tile_put(vecs, columns - j < 4 / vecs ? columns - j : 4 / vecs, y + (size_t)j * O, O, O - n,
                     winograd_i8_finish(q, m, range, bend));
        }
    }
}

typedef void (*winograd_i8_put_fn)(const struct edge_conv2d_winograd_i8 *, const struct winograd_i8_at *, const int8_t *,
                                   const int32_t *, size_t, const struct i8_range *, const struct i8_bend *);
#define WINOGRAD_I8_PUT(vecs)                                                                                          \
    static void winograd_i8_put_##vecs(const struct edge_conv2d_winograd_i8 *a, const struct winograd_i8_at *at,       \
                                       const int8_t *panel, const int32_t *products, size_t n,                         \
                                       const struct i8_range *range, const struct i8_bend *bend) {                     \
        winograd_i8_put_vecs(vecs, a, at, panel, products, n, range, bend);                                            \
    }
WINOGRAD_I8_PUT(1) WINOGRAD_I8_PUT(2)
#if TILE_VECS == 4
WINOGRAD_I8_PUT(4)
static const winograd_i8_put_fn winograd_i8_puts[5] = {[1] = winograd_i8_put_1, winograd_i8_put_2, [4] = winograd_i8_put_4};
#else
static const winograd_i8_put_fn winograd_i8_puts[5] = {[1] = winograd_i8_put_1, winograd_i8_put_2};
#endif

/* Threads share out the tiles, or the panels where the weights of one fill half the cache. */
static struct tile_part winograd_i8_split(const struct edge_task *t, size_t tiles, size_t C, size_t O) {
    const int heavy = C * WINOGRAD_I8_PLACES * 2 * 64 > WINOGRAD_I8_CACHE / 3 * 2;
    struct tile_part part = {0, tiles, 0, tile_panels(O)};
    if (heavy && O % ((size_t)t->count * TILE_VECS * VF) == 0)
        edge_share(t, part.panel_end, &part.panel, &part.panel_end);
    else edge_share(t, tiles, &part.row, &part.row_end);
    return part;
}

static int conv2d_winograd_i8_run(const struct edge_conv2d_winograd_i8 *a, const struct i8_bend *bend,
                                  const struct edge_task *t) {
    if (conv2d_winograd_i8_shallow(a)) return conv2d_winograd_i8_run_plain(a, bend, t);
    const size_t C = (size_t)a->C, O = (size_t)a->O, depth = winograd_i8_depth(C), block = winograd_i8_block(C);
    const size_t tiles = (size_t)a->N * (((size_t)a->P + 3) / 4) * (((size_t)a->Q + 3) / 4);
    const struct i8_range range = i8_range(a->y_zero, a->lo, a->hi);
    int32_t *products = t->scratch;
    int16_t *pixels = (int16_t *)(products + WINOGRAD_I8_PLACES * block * TILE_VECS * VF);
    int8_t *outside = (int8_t *)(pixels + WINOGRAD_I8_PLACES * block * depth);
    const struct tile_part part = winograd_i8_split(t, tiles, C, O);
    const size_t first = part.row, last = part.row_end;
    memset(outside, a->x_zero, 6 * C);
    const size_t blocks = (last - first + block - 1) / block;
    for (size_t b = 0; b < blocks; b++) {
        const size_t begin = first + (last - first) * b / blocks, M = first + (last - first) * (b + 1) / blocks - begin;
        const struct winograd_i8_at corner = winograd_i8_find(a, begin);
        winograd_i8_fill(a, corner, M, outside, pixels);
        const int8_t *panel = a->packed;
        for (size_t n = 0, index = 0; n < O && index < part.panel_end; index++) {
            const int vecs = tile_vecs(O - n);
            const size_t width = (size_t)(vecs * VF), place = winograd_i8_place(C, vecs);
            if (index < part.panel) {
                panel += winograd_i8_panel(C, vecs), n += width;
                continue;
            }
            const size_t most = (size_t)tile_rows(vecs), count = (M + most - 1) / most;
            const size_t low = M / count, higher = M % count, down = higher * (low + 1);
            const int16_t *w = (const int16_t *)(const void *)(panel + 8 * width);
            for (size_t e = 0; e < WINOGRAD_I8_PLACES; e++, w += place) {
                const int16_t *from = pixels + e * depth;
                int32_t *to = products + e * width;
                const uintptr_t ahead = (uintptr_t)(w + place);
                if (higher) winograd_i8_tiles[vecs][low + 1](higher, depth, from, w, to, ahead);
                winograd_i8_tiles[vecs][low](count - higher, depth, from + down * WINOGRAD_I8_PLACES * depth, w,
                                             to + down * WINOGRAD_I8_PLACES * width,
                                             ahead + higher * (depth / I16_STEP) * TILE_LINE);
            }
            struct winograd_i8_at at = corner;
            for (size_t i = 0; i < M; i++, winograd_i8_next(a, &at))
                winograd_i8_puts[vecs](a, &at, panel, products + i * WINOGRAD_I8_PLACES * width, n, &range, bend);
            panel += winograd_i8_panel(C, vecs);
            n += width;
        }
    }
    return EDGE_OK;
}
#else
EDGE_PACK(conv2d_winograd_i8) { return conv2d_winograd_i8_pack_plain(a, out); }
static int conv2d_winograd_i8_run(const struct edge_conv2d_winograd_i8 *a, const struct i8_bend *bend,
                                  const struct edge_task *t) {
    return conv2d_winograd_i8_run_plain(a, bend, t);
}
#endif

EDGE_KERNEL(conv2d_winograd_i8) { return conv2d_winograd_i8_run(a, NULL, t); }

/* The same with a function before rounding. */
static struct edge_conv2d_winograd_i8 conv2d_winograd_i8_act_plain(const struct edge_conv2d_winograd_i8_act *a) {
    return (struct edge_conv2d_winograd_i8){
        .x = a->x, .w = a->w, .bias = a->bias, .multiplier = a->multiplier, .y = a->y, .packed = a->packed,
        .N = a->N, .H = a->H, .W = a->W, .C = a->C, .P = a->P, .Q = a->Q, .O = a->O, .pad_top = a->pad_top,
        .pad_left = a->pad_left, .x_zero = a->x_zero, .y_zero = a->y_zero, .lo = a->lo, .hi = a->hi,
    };
}
EDGE_PACK(conv2d_winograd_i8_act) {
    const struct edge_conv2d_winograd_i8 plain = conv2d_winograd_i8_act_plain(a);
    return conv2d_winograd_i8_pack_body(&plain, out);
}
EDGE_KERNEL(conv2d_winograd_i8_act) {
    const struct edge_conv2d_winograd_i8 plain = conv2d_winograd_i8_act_plain(a);
    const struct i8_bend bend = i8_bend(a->gain, a->offset, a->least);
    return conv2d_winograd_i8_run(&plain, &bend, t);
}
#endif
