/* y[N,P,Q,C*M] = clamp(depthwise convolution of x[N,H,W,C] by w[KH,KW,C*M], + bias[C*M]) in float32.
 *
 * Windows of 3x3 and 5x5 at stride 1 or 2 go in tiles of DW_F32_ROWS rows by four columns, a vector of channels at a
 * time: a tile loads each pixel once for all outputs that it serves. What lies outside the image is read from a block of
 * zeros. The last tile of a row, and the last vector of channels, overlap the ones before and compute the same again.
 * Where windows are dilated, the outputs of a tile lie as far apart as their taps, so that they share pixels too.
 * 3x3 windows at stride 1, and those of narrow pixels, go along whole rows: depthwise_rows_f32.h. */
#include "depthwise_rows_f32.h"

#if TILE_VECS == 4 || defined(EDGE_EIGHT_LANES)
#define DW_F32_ROWS 2
#else
#define DW_F32_ROWS 1
#endif
enum { DW_F32_COLUMNS = 4, DW_F32_REACH = 3 * 2 + 5, DW_F32_DEPTH = 2 + 5 };
enum { DW_F32_NARROW = 64 }; /* floats of a narrow pixel */
enum { DW_F32_LINE = 64 };   /* bytes that a prefetch brings */

/* A tile: `at` holds the first column of each input row, `y` that of each row of outputs, and columns are `step` floats
 * apart; with `edge` they hold the address of every single pixel. `packed` holds for each vector of channels the bias and
 * the weights, in the order in which they are used. */
struct dw_f32_tile {
    const float *at[DW_F32_DEPTH * DW_F32_REACH];
    const float *packed;
    float *y[DW_F32_ROWS][DW_F32_COLUMNS];
    int64_t C, step;
    int fetch; /* whether to bring later columns closer */
    float lo, hi;
};

EDGE_INLINE void dw_f32_tile(const int K, const int stride, const int edge, const int rows, const struct dw_f32_tile *d) {
    const int reach = (DW_F32_COLUMNS - 1) * stride + K, depth = (rows - 1) * stride + K;
    const vf lo = vf_set(d->lo), hi = vf_set(d->hi);
    const int64_t C = d->C, step = d->step;
    const float *w = d->packed;
    for (int64_t next = 0; next < C; next += VF, w += (K * K + 1) * VF) {
        const int64_t c = next + VF <= C ? next : C - VF;
        vf acc[DW_F32_ROWS][DW_F32_COLUMNS];
        const vf bias = vf_load(w);
        EDGE_UNROLL
        for (int i = 0; i < DW_F32_COLUMNS; i++) {
            acc[0][i] = bias;
            if (rows == 2) acc[DW_F32_ROWS - 1][i] = bias;
        }
        EDGE_UNROLL
        for (int r = 0; r < depth; r++) {
            EDGE_UNROLL
            for (int i = 0; i < reach; i++) {
                const vf xv = vf_load(edge ? d->at[r * reach + i] + c : d->at[r] + i * step + c);
                EDGE_UNROLL
                for (int k = 0; k < K; k++) {
                    if (i < k || (i - k) % stride || (i - k) / stride >= DW_F32_COLUMNS) continue;
                    const int o = (i - k) / stride;
                    if (r < K) acc[0][o] = vf_fma(xv, vf_load(w + (1 + r * K + k) * VF), acc[0][o]);
                    if (rows == 2 && r >= stride)
                        acc[DW_F32_ROWS - 1][o] =
                            vf_fma(xv, vf_load(w + (1 + (r - stride) * K + k) * VF), acc[DW_F32_ROWS - 1][o]);
                }
            }
        }
        EDGE_UNROLL
        for (int r = 0; r < rows; r++) {
            EDGE_UNROLL
            for (int i = 0; i < DW_F32_COLUMNS; i++)
                vf_store((edge ? d->y[r][i] : d->y[r][0] + i * step) + c, tile_clamp(acc[r][i], lo, hi));
        }
    }
}
typedef void (*dw_f32_fn)(const struct dw_f32_tile *);
#define DW_F32_TILE(K, stride, edge, rows)                                                                             \
    static void dw_f32_##K##_##stride##_##edge##_##rows(const struct dw_f32_tile *d) {                                 \
        dw_f32_tile(K, stride, edge, rows, d);                                                                         \
    }
#define DW_F32_TILES(rows)                                                                                             \
    DW_F32_TILE(3, 1, 0, rows) DW_F32_TILE(3, 1, 1, rows) DW_F32_TILE(3, 2, 0, rows) DW_F32_TILE(3, 2, 1, rows)        \
    DW_F32_TILE(5, 1, 0, rows) DW_F32_TILE(5, 1, 1, rows) DW_F32_TILE(5, 2, 0, rows) DW_F32_TILE(5, 2, 1, rows)
#define DW_F32_NAMES(rows)                                                                                             \
    {{{dw_f32_3_1_0_##rows, dw_f32_3_1_1_##rows}, {dw_f32_3_2_0_##rows, dw_f32_3_2_1_##rows}},                         \
     {{dw_f32_5_1_0_##rows, dw_f32_5_1_1_##rows}, {dw_f32_5_2_0_##rows, dw_f32_5_2_1_##rows}}}
DW_F32_TILES(1)
#if DW_F32_ROWS == 2
DW_F32_TILES(2)
#endif
static const dw_f32_fn dw_f32_tiles[DW_F32_ROWS][2][2][2] = {DW_F32_NAMES(1),
#if DW_F32_ROWS == 2
                                                             DW_F32_NAMES(2)
#endif
};

static int dw_f32_is_packed(const struct edge_depthwise_f32 *a) {
    const int dilated = a->dilation_h > 1 || a->dilation_w > 1;
    return a->M == 1 && a->C >= VF && a->KH == a->KW && (a->KH == 3 || a->KH == 5) &&
           a->stride_h == a->stride_w && a->stride_h <= (dilated ? 1 : 2);
}

EDGE_PACK(depthwise_f32) {
    if (dw_f32_is_small(a)) return dw_f32_small_pack(a, out);
    if (!dw_f32_is_packed(a)) return 0;
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

/* A thread's room: zeros for what lies outside the image, and a pixel for outputs that no image has. */
struct dw_f32_room {
    const float *zeros;
    float *spare;
};

/* Brings the columns of the tile after the next closer: tiles of few channels do too little to hide a large image's way.
 * `across` is the distance from one tile to the next, in floats. */
static void dw_f32_fetch(const struct dw_f32_tile *d, int depth, int64_t across) {
    for (int r = 0; r < depth; r++) {
        const uintptr_t from = (uintptr_t)d->at[r] + 2 * sizeof(float) * (uintptr_t)across; /* perhaps beyond the image */
        for (uintptr_t i = 0; i < sizeof(float) * (uintptr_t)across; i += DW_F32_LINE)
            __builtin_prefetch((const void *)(from + i), 0, 3);
    }
}

/* The tile of outputs (p, q), (p + dilation_h, q), ... of one image. */
static void dw_f32_at(const struct edge_depthwise_f32 *a, int64_t image, int64_t p, int64_t q,
                      const struct dw_f32_room *room, struct dw_f32_tile *d) {
    const int stride = a->stride_h, K = a->KH;
    const int64_t down = a->dilation_h, across = a->dilation_w;
    const int rows = p + down < a->P ? DW_F32_ROWS : 1; /* an odd last one is alone */
    const int reach = (DW_F32_COLUMNS - 1) * stride + K, depth = (rows - 1) * stride + K;
    const int64_t ix = q * stride - a->pad_left, iy = p * stride - a->pad_top;
    const int outside = ix < 0 || ix + (reach - 1) * across >= a->W || q + (DW_F32_COLUMNS - 1) * across >= a->Q;
    const int edge = outside || (across > 1 && (iy < 0 || iy + (depth - 1) * down >= a->H)); /* too few zeros */
    const float *x = a->x + image * a->H * a->W * a->C;
    for (int r = 0; r < depth; r++) {
        const int64_t at_y = iy + r * down;
        const int inside = at_y >= 0 && at_y < a->H;
        const float *row = x + (at_y * a->W + ix) * a->C;
        if (!edge) d->at[r] = inside ? row : room->zeros;
        for (int i = 0; edge && i < reach; i++) {
            const int64_t at_x = ix + i * across;
            d->at[r * reach + i] = inside && at_x >= 0 && at_x < a->W ? row + i * d->step : room->zeros;
        }
    }
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < DW_F32_COLUMNS; i++) {
            float *y = a->y + ((image * a->P + p + r * down) * a->Q + q + i * across) * a->C;
            d->y[r][i] = q + i * across < a->Q ? y : room->spare;
        }
    if (!edge && d->fetch) dw_f32_fetch(d, depth, DW_F32_COLUMNS * stride * d->step);
    dw_f32_tiles[rows - 1][K == 5][stride - 1][edge](d);
}

/* How an axis of outputs is cut into `count` tiles of `size` outputs, which lie `step` apart. */
struct dw_f32_cut {
    int64_t phases, span, count;
};
static struct dw_f32_cut dw_f32_cut(int64_t outputs, int64_t size, int64_t step) {
    const int64_t phases = step < outputs ? step : outputs, span = size * step;
    return (struct dw_f32_cut){phases, span, (outputs + span - 1) / span * phases};
}
static int64_t dw_f32_first(const struct dw_f32_cut *c, int64_t i) { return i / c->phases * c->span + i % c->phases; }

/* Tiles [t, end) of up to DW_F32_ROWS rows of one image, from row p on. */
static void dw_f32_rows(const struct edge_depthwise_f32 *a, const struct dw_f32_cut *columns, int64_t image, int64_t p,
                        int64_t t, int64_t end, const struct dw_f32_room *room) {
    const int64_t across = a->dilation_w, last = a->Q - DW_F32_COLUMNS;
    struct dw_f32_tile d = {.packed = a->packed, .C = a->C, .step = across * a->C, .lo = a->lo, .hi = a->hi};
    d.fetch = a->stride_w == 1 && d.step <= DW_F32_NARROW && (int64_t)a->H * a->W * a->C >= DW_F32_LARGE;
    for (; t < end; t++) {
        int64_t q = t * DW_F32_COLUMNS;
        if (across > 1) q = dw_f32_first(columns, t);
        else if (q > last) q = last;
        if (q < a->Q) dw_f32_at(a, image, p, q, room, &d);
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
    float *zeros = t->scratch;
    size_t group, end;
    if (dw_f32_is_small(a)) {
        edge_share(t, (size_t)a->N * (((size_t)a->P + 1) / 2), &group, &end);
        dw_f32_small(a, group, end, t->scratch);
        return EDGE_OK;
    }
    if (dw_f32_sweeps(a)) {
        dw_f32_sweep_share(a, t);
        return EDGE_OK;
    }
    if (!dw_f32_is_packed(a) || a->Q < DW_F32_COLUMNS) {
        DW_F32_PLAIN_BODY
        return EDGE_OK;
    }
    const struct dw_f32_cut rows = dw_f32_cut(a->P, DW_F32_ROWS, a->dilation_h);
    const struct dw_f32_cut columns = dw_f32_cut(a->Q, DW_F32_COLUMNS, a->dilation_w);
    const struct dw_f32_room room = {zeros, zeros + DW_F32_REACH * (int64_t)a->C};
    memset(zeros, 0, sizeof(float) * DW_F32_REACH * (size_t)a->C);
    const size_t across = (size_t)columns.count;
    size_t tile; /* shared out by the tile: few rows are not many units */
    edge_share(t, (size_t)(a->N * rows.count) * across, &tile, &end);
    const size_t groups = (end + across - 1) / across, first = tile / across;
    for (size_t turn = first; turn < groups; turn++) {
        group = first + dw_f32_turn(a, t, groups - first, turn - first);
        const size_t before = group * across, from = tile > before ? tile - before : 0;
        const size_t to = end - before < across ? end - before : across;
        const int64_t image = (int64_t)group / rows.count, p = dw_f32_first(&rows, (int64_t)group % rows.count);
        if (p < a->P) dw_f32_rows(a, &columns, image, p, (int64_t)from, (int64_t)to, &room);
    }
    return EDGE_OK;
}

EDGE_KERNEL(depthwise_direct_f32) {
    DW_F32_PLAIN_BODY
    return EDGE_OK;
}
