/* Depthwise windows in float32 that move by one pixel, a whole row of outputs at a time, two rows together.
 *
 * Where a pixel is a vector or more, one vector of channels sweeps along the row: its 3x3 weights stay in registers, and
 * the first and last pixel leave out the taps that lie outside the image. Where a pixel is less than a vector, a vector
 * holds neighbouring pixels: rows are copied with zeros around them, and weights repeat to fit every place. */
#ifndef EDGE_KERNELS_DEPTHWISE_ROWS_F32_H
#define EDGE_KERNELS_DEPTHWISE_ROWS_F32_H
#include "../simd/tile_f32.h"
#include "depthwise.h"

enum { DW_F32_SWEEP = VF == 16 ? 4096 : 2048 }; /* floats of a row of the image at most: four rows stay in a cache */
enum { DW_F32_BESIDE = 3 }; /* pixels that a sweep computes together */
enum { DW_F32_LARGE = 1 << 17 }; /* floats of an image, or of a thread's part of it, that takes half of a second cache */
enum { DW_F32_SETS = 64, DW_F32_SPREAD = 144 };  /* see dw_f32_spreads; measured: 132 gains, 224 loses */

/* Two rows of outputs and the four of the image above and below them; row r moves by step[r] from pixel to pixel, which
 * is 0 where it lies outside the image and at[r] holds zeros. */
struct dw_f32_sweep {
    const float *at[4];
    float *y[2]; /* y[1] is NULL where the last row is alone */
    int64_t step[4], C, W, Q, pad, vector, vector_end;
    vf lo, hi;
};

/* Pixels q .. end of both rows, `columns` at a time, by the columns first .. last of the window; returns the first that is
 * left. Neighbours share what they load, and their sums take turns: none waits for itself. */
EDGE_INLINE int64_t dw_f32_pixels(const int rows, const int columns, const int first, const int last,
                                  const struct dw_f32_sweep *d, const vf *w, int64_t c, int64_t q, int64_t end) {
    for (; q + columns <= end; q += columns) {
        vf acc[2][DW_F32_BESIDE];
        EDGE_UNROLL
        for (int o = 0; o < columns; o++) acc[0][o] = acc[1][o] = w[0];
        EDGE_UNROLL
        for (int r = 0; r < rows + 2; r++) {
            const float *x = d->at[r] + (q - d->pad) * d->step[r] + c;
            EDGE_UNROLL
            for (int i = first; i < last + columns - 1; i++) {
                const vf xv = vf_load(x + i * d->step[r]);
                EDGE_UNROLL
                for (int o = 0; o < columns; o++) {
                    const int k = i - o;
                    if (k < first || k >= last) continue;
                    if (r < 3) acc[0][o] = vf_fma(xv, w[1 + 3 * r + k], acc[0][o]);
                    if (rows == 2 && r > 0) acc[1][o] = vf_fma(xv, w[1 + 3 * (r - 1) + k], acc[1][o]);
                }
            }
        }
        EDGE_UNROLL
        for (int r = 0; r < rows; r++) {
            EDGE_UNROLL
            for (int o = 0; o < columns; o++) vf_store(d->y[r] + (q + o) * d->C + c, tile_clamp(acc[r][o], d->lo, d->hi));
        }
    }
    return q;
}

/* Some vectors of channels of the rows; `packed` holds a bias and nine weights for each. */
EDGE_INLINE void dw_f32_sweep_rows(const int rows, const struct dw_f32_sweep *d, const float *packed) {
    const int64_t left = d->pad, right = d->W - 2 + d->pad, inside = right < d->Q ? right : d->Q;
    packed += d->vector * 10 * VF;
    for (int64_t v = d->vector; v < d->vector_end; v++, packed += 10 * VF) {
        const int64_t c = (v + 1) * VF <= d->C ? v * VF : d->C - VF;
        vf w[10];
        EDGE_UNROLL
        for (int k = 0; k < 10; k++) w[k] = vf_load(packed + k * VF);
        if (left && d->W > 1) dw_f32_pixels(rows, 1, 1, 3, d, w, c, 0, 1);
        else if (left) dw_f32_pixels(rows, 1, 1, 2, d, w, c, 0, 1);
        const int64_t rest = dw_f32_pixels(rows, DW_F32_BESIDE, 0, 3, d, w, c, left, inside);
        dw_f32_pixels(rows, 1, 0, 3, d, w, c, rest, inside);
        if (inside >= left && inside < d->Q) dw_f32_pixels(rows, 1, 0, 2, d, w, c, inside, d->Q);
    }
}
static void dw_f32_sweep_two(const struct dw_f32_sweep *d, const float *packed) { dw_f32_sweep_rows(2, d, packed); }
static void dw_f32_sweep_one(const struct dw_f32_sweep *d, const float *packed) { dw_f32_sweep_rows(1, d, packed); }

/* Which of `groups` rows has its turn after `before` others. Large images go from the end: the layer before, which went
 * from the beginning as the next will, has left that in the second cache. */
static size_t dw_f32_turn(const struct edge_depthwise_f32 *a, const struct edge_task *t, size_t groups, size_t before) {
    const int large = (size_t)a->N * a->H * a->W * a->C >= (size_t)t->count * DW_F32_LARGE;
    return large ? groups - 1 - before : before;
}

/* Whether a row's vectors of the same channels lie in so many sets of the first cache, 64 lines each, that those of four
 * rows stay there until the next vector of channels, which the cache has fetched with them, has its turn. */
static int dw_f32_spreads(int64_t W, int64_t C) {
    if (VF != 16) return 0;
    if (C % VF) return W <= DW_F32_SPREAD;
    int64_t common = 1; /* a power of two that divides both the lines of a pixel and the sets */
    while (common < DW_F32_SETS && C / VF % (2 * common) == 0) common *= 2;
    return W * common <= DW_F32_SPREAD;
}

static int dw_f32_sweeps(const struct edge_depthwise_f32 *a) {
    return a->M == 1 && a->C >= VF && a->KH == 3 && a->KW == 3 && a->stride_h == 1 && a->stride_w == 1 &&
           a->dilation_h == 1 && a->dilation_w == 1 && a->pad_left <= 1 && a->W >= 1 &&
           ((int64_t)a->W * a->C <= DW_F32_SWEEP || dw_f32_spreads(a->W, a->C)) &&
           (int64_t)a->Q <= (int64_t)a->W + a->pad_left - 1;
}

/* Vectors first .. last of the rows p and p + 1 of one image, as far as there are two. */
static void dw_f32_sweep_at(const struct edge_depthwise_f32 *a, int64_t image, int64_t p, size_t first, size_t last,
                            const float *zeros) {
    struct dw_f32_sweep d = {.C = a->C, .W = a->W, .Q = a->Q, .pad = a->pad_left, .lo = vf_set(a->lo), .hi = vf_set(a->hi)};
    d.vector = (int64_t)first, d.vector_end = (int64_t)last;
    for (int r = 0; r < 4; r++) {
        const int64_t y = p - a->pad_top + r;
        const int inside = y >= 0 && y < a->H;
        d.at[r] = inside ? a->x + (image * a->H + y) * a->W * a->C : zeros;
        d.step[r] = inside ? a->C : 0;
    }
    d.y[0] = a->y + (image * a->P + p) * a->Q * a->C;
    d.y[1] = p + 1 < a->P ? d.y[0] + a->Q * a->C : NULL;
    if (d.y[1]) dw_f32_sweep_two(&d, a->packed);
    else dw_f32_sweep_one(&d, a->packed);
}

/* A thread's part. Seven pairs of rows are not many units: they are shared out by the vector, or all vectors together
 * where the last overlaps the one before. */
static void dw_f32_sweep_share(const struct edge_depthwise_f32 *a, const struct edge_task *t) {
    const size_t pairs = ((size_t)a->P + 1) / 2, vectors = ((size_t)a->C + VF - 1) / VF;
    const size_t each = a->C % VF ? vectors : 1, parts = vectors / each;
    float *zeros = t->scratch;
    size_t unit, end;
    edge_share(t, (size_t)a->N * pairs * parts, &unit, &end);
    memset(zeros, 0, sizeof(float) * 3 * (size_t)a->C);
    const size_t groups = (end + parts - 1) / parts, first = unit / parts;
    for (size_t turn = first; turn < groups; turn++) {
        const size_t group = first + dw_f32_turn(a, t, groups - first, turn - first), before = group * parts;
        const size_t from = unit > before ? unit - before : 0, to = end - before < parts ? end - before : parts;
        dw_f32_sweep_at(a, (int64_t)(group / pairs), (int64_t)(group % pairs * 2), from * each, to * each, zeros);
    }
}

/* Pixels narrower than a vector. */
static int dw_f32_is_small(const struct edge_depthwise_f32 *a) {
    return a->M == 1 && a->C < VF && a->C > 0 && a->KH == a->KW && (a->KH == 3 || a->KH == 5) && a->stride_h == 1 &&
           a->stride_w == 1 && a->dilation_h == 1 && a->dilation_w == 1;
}

/* Bias and weights, each repeated so that VF of them can be read from any channel on. */
static size_t dw_f32_small_pack(const struct edge_depthwise_f32 *a, float *out) {
    const size_t taps = (size_t)(a->KH * a->KW), C = (size_t)a->C, width = C + VF;
    for (size_t k = 0; out && k <= taps; k++)
        for (size_t i = 0; i < width; i++)
            out[k * width + i] = k ? a->w[(k - 1) * C + i % C] : a->bias ? a->bias[i % C] : 0.0f;
    return (taps + 1) * width * sizeof(float);
}

/* Two rows of outputs, or one, from K + 1 rows that are copied with zeros around them. `steady`: VF is a multiple of C,
 * so that every vector has the same weights, which stay in registers. */
EDGE_INLINE void dw_f32_small_rows(const int K, const int rows, const int steady, const struct edge_depthwise_f32 *a,
                                   const float *const *at, float *const *y) {
    const vf lo = vf_set(a->lo), hi = vf_set(a->hi);
    const int64_t C = a->C, n = a->Q * C, width = C + VF, turn = steady ? 0 : VF % C;
    const float *w = a->packed;
    vf wv[26];
    for (int k = 0; k <= K * K; k++) wv[k] = vf_load(w + k * width); /* unused where not steady */
    for (int64_t f = 0; f < n; f += VF) {
        vf acc[2];
        acc[0] = acc[1] = steady ? wv[0] : vf_load(w);
        EDGE_UNROLL
        for (int r = 0; r < K + rows - 1; r++) {
            EDGE_UNROLL
            for (int k = 0; k < K; k++) {
                const vf xv = vf_load(at[r] + f + k * C);
                const int tap = 1 + r * K + k, above = tap - K;
                if (r < K) acc[0] = vf_fma(xv, steady ? wv[tap] : vf_load(w + tap * width), acc[0]);
                if (rows == 2 && r > 0) acc[1] = vf_fma(xv, steady ? wv[above] : vf_load(w + above * width), acc[1]);
            }
        }
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            const vf v = tile_clamp(acc[i], lo, hi);
            if (n - f >= VF) vf_store(y[i] + f, v);
            else vf_store_n(y[i] + f, v, (size_t)(n - f));
        }
        w += turn;
        if (w - (const float *)a->packed >= C) w -= C;
    }
}
#define DW_F32_SMALL(K, rows)                                                                                          \
    static void dw_f32_small_##K##_##rows(const struct edge_depthwise_f32 *a, const float *const *at,                  \
                                          float *const *y) {                                                           \
        if (VF % a->C == 0) dw_f32_small_rows(K, rows, 1, a, at, y);                                                   \
        else dw_f32_small_rows(K, rows, 0, a, at, y);                                                                  \
    }
DW_F32_SMALL(3, 1) DW_F32_SMALL(3, 2) DW_F32_SMALL(5, 1) DW_F32_SMALL(5, 2)

/* A copy of row y of an image with zeros around it. */
static void dw_f32_small_copy(const struct edge_depthwise_f32 *a, int64_t image, int64_t y, float *to) {
    const int64_t columns = a->Q + a->KW - 1, left = a->pad_left < columns ? a->pad_left : columns;
    const int64_t inside = y < 0 || y >= a->H ? 0 : a->W < columns - left ? a->W : columns - left;
    const size_t before = (size_t)(left * a->C), count = (size_t)(inside * a->C);
    memset(to, 0, before * sizeof(float));
    if (count) memcpy(to + before, a->x + (image * a->H + y) * a->W * a->C, count * sizeof(float));
    memset(to + before + count, 0, ((size_t)(columns * a->C) + VF - before - count) * sizeof(float));
}

/* Pairs of rows first .. end; the copies of the last K + 1 rows of the image go round in the scratch. */
static void dw_f32_small(const struct edge_depthwise_f32 *a, size_t first, size_t end, float *scratch) {
    const int64_t pairs = (a->P + 1) / 2, kept = a->KH + 1, width = (a->Q + a->KW - 1) * a->C + VF;
    int64_t copied = 0, of = -1; /* rows of the image `of` before this one have been copied */
    for (; first < end; first++) {
        const int64_t image = (int64_t)first / pairs, p = (int64_t)first % pairs * 2, top = p - a->pad_top;
        const int rows = a->P - p > 1 ? 2 : 1;
        const float *at[6];
        float *y[2] = {a->y + (image * a->P + p) * a->Q * a->C, NULL};
        y[1] = y[0] + a->Q * a->C;
        if (of != image || copied < top) copied = top;
        of = image;
        for (; copied < top + a->KH + rows - 1; copied++)
            dw_f32_small_copy(a, image, copied, scratch + (copied + a->pad_top) % kept * width);
        for (int r = 0; r < a->KH + rows - 1; r++) at[r] = scratch + (p + r) % kept * width;
        if (a->KH == 3) (rows == 2 ? dw_f32_small_3_2 : dw_f32_small_3_1)(a, at, y);
        else (rows == 2 ? dw_f32_small_5_2 : dw_f32_small_5_1)(a, at, y);
    }
}
#endif
