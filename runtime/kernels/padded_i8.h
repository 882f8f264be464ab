/* Convolutions in int8 over rows of the image that are copied once: with x_zero around them, as activations that dot
 * products take as they lie. Every window of a strip of outputs is then read in place, and none is at a border.
 *
 * A window is runs of neighbours: its rows, or single taps where columns are dilated. */
#ifndef EDGE_KERNELS_PADDED_I8_H
#define EDGE_KERNELS_PADDED_I8_H
#include "gemm_i8.h"

enum { PADDED_I8_PIXELS = 128 }; /* outputs of a strip, or a whole row of them. The scratch of the declaration says the same. */

struct padded_i8 {
    const struct tile_window *w;
    i8_act *strip;
    size_t row, down, right;   /* activations of a row of the strip; from an output to the one below, to its neighbour */
    size_t runs_h, runs_w, step_h, step_w, groups; /* runs of a window, how far they are apart, I8_GROUPs of each */
};

/* Elements of a run: the same for all strips of a layer. */
static inline size_t padded_i8_run(const struct tile_window *w) {
    return (size_t)(w->dilation_w == 1 ? w->KW * w->C : w->C);
}
static struct padded_i8 padded_i8_begin(const struct tile_window *w, void *scratch) {
    const size_t row = (size_t)(((w->Q - 1) * w->stride_w + (w->KW - 1) * w->dilation_w + 1) * w->C);
    return (struct padded_i8){w, scratch, row, row * (size_t)w->stride_h, (size_t)(w->stride_w * w->C), (size_t)w->KH,
                              w->dilation_w == 1 ? 1 : (size_t)w->KW, row * (size_t)w->dilation_h,
                              (size_t)(w->dilation_w * w->C), gemm_i8_groups(padded_i8_run(w))};
}
/* Rows of outputs in a strip. */
static size_t padded_i8_rows(const struct tile_window *w) {
    const int64_t most = PADDED_I8_PIXELS / w->Q, rows = most < 1 ? 1 : most < w->P ? most : w->P;
    const int64_t strips = (w->P + rows - 1) / rows;
    return (size_t)((w->P + strips - 1) / strips); /* strips of nearly equal height */
}

/* The rows of image n under outputs p .. p_end. A copy may write a block too far: into what is written next, or slack. */
static void padded_i8_fill(const struct padded_i8 *d, const int8_t *x, const int8_t *x_end, int32_t x_zero, int64_t n,
                           int64_t p, int64_t p_end) {
    const struct tile_window *w = d->w;
    const i8_act outside = (i8_act)(x_zero + I8_BIAS);
    const int64_t columns = (int64_t)d->row / w->C, left = w->pad_left < columns ? w->pad_left : columns;
    const int64_t inside = w->W < columns - left ? w->W : columns - left;
    const int64_t end = (p_end - 1) * w->stride_h - w->pad_top + (w->KH - 1) * w->dilation_h + 1;
    i8_act *to = d->strip;
    for (int64_t y = p * w->stride_h - w->pad_top; y < end; y++, to += d->row) {
        if (y < 0 || y >= w->H) {
            gemm_i8_set(to, outside, d->row);
            continue;
        }
        const size_t before = (size_t)(left * w->C), count = (size_t)(inside * w->C);
        gemm_i8_set(to, outside, before);
        gemm_i8_ready(to + before, x + (n * w->H + y) * w->W * w->C, count, x_end);
        gemm_i8_set(to + before + count, outside, d->row - before - count);
    }
}

/* Sum of x - x_zero under the window at `at`. */
static int32_t padded_i8_sum(const struct padded_i8 *d, const i8_act *at, int32_t x_zero) {
    const size_t run = padded_i8_run(d->w);
    uint32_t sum = 0;
    for (size_t h = 0; h < d->runs_h; h++)
        for (size_t v = 0; v < d->runs_w; v++) {
            const i8_act *from = at + h * d->step_h + v * d->step_w;
            for (size_t k = 0; k < run; k++)
                sum += I8_BIAS ? (uint32_t)(uint8_t)from[k] - I8_BIAS : (uint32_t)from[k];
        }
    return (int32_t)(sum - (uint32_t)(d->runs_h * d->runs_w * run) * (uint32_t)x_zero);
}

/* A tile as gemm_i8_tile, whose rows are the windows at a[i], or from a[0] on d->right apart. Of 3x3 pixels of three
 * colours, one window beside the other, a compiler may know how far that is. */
enum padded_i8_way { PADDED_I8_TABLE, PADDED_I8_APART, PADDED_I8_RGB, PADDED_I8_RGB_BY_2 };
EDGE_INLINE void padded_i8_tile(const int rows, const int vecs, const enum padded_i8_way way, const struct gemm_i8 *g,
                                const struct padded_i8 *d, const i8_act *const *a, const int8_t *panel, int8_t *y, size_t n,
                                const int32_t *row_sums, uintptr_t ahead) {
    const size_t width = (size_t)(vecs * VF);
    vi acc[TILE_TALL_ROWS][TILE_VECS];
    gemm_i8_begin(rows, vecs, panel, NULL, acc);
    const int8_t *w = panel + 12 * width;
#ifdef I8_TILE_SUMS
    const size_t bytes = gemm_i8_bytes(d->groups, vecs), words = i8_order_step(d->groups, vecs);
    const uint32_t *order = (const uint32_t *)(const void *)(w + gemm_i8_bytes(gemm_i8_groups(g->K), vecs));
    (void)way;
    i8_tile_turn(0, rows, vecs, acc);
    for (size_t h = 0; h < d->runs_h; h++)
        for (size_t v = 0; v < d->runs_w; v++, w += bytes, order += words, ahead += d->groups * TILE_LINE)
            i8_tile_sums(rows, vecs, acc, a, h * d->step_h + v * d->step_w, w, order, d->groups * I8_GROUP, 1, ahead);
    i8_tile_turn(1, rows, vecs, acc);
#else
    const int rgb = way == PADDED_I8_RGB || way == PADDED_I8_RGB_BY_2;
    const size_t right = rgb ? (way == PADDED_I8_RGB ? 3 : 6) : d->right, runs_w = rgb ? 1 : d->runs_w;
    const size_t groups = rgb ? (8 + I8_GROUP) / I8_GROUP : d->groups;
    for (size_t h = 0; h < d->runs_h; h++)
        for (size_t v = 0; v < runs_w; v++) {
            const size_t first = h * d->step_h + v * d->step_w, last = first + groups * I8_GROUP;
            for (size_t k = first; k < last; k += I8_STEP, w += width * I8_STEP, ahead += TILE_LINE) {
                i8_w wv[TILE_VECS];
                EDGE_UNROLL
                for (int j = 0; j < vecs; j++) wv[j] = i8_load_w(w + j * VF * I8_STEP);
                if (vecs == TILE_VECS) i8_prefetch(ahead); /* narrower panels are small, and have no load to spare */
                EDGE_UNROLL
                for (int i = 0; i < rows; i++) {
                    const i8_a av = i8_set_ready((way == PADDED_I8_TABLE ? a[i] : a[0] + (size_t)i * right) + k);
                    EDGE_UNROLL
                    for (int j = 0; j < vecs; j++) acc[i][j] = i8_dot(acc[i][j], av, wv[j]);
                }
            }
        }
#endif
    gemm_i8_end(rows, vecs, g, acc, panel, y, n, row_sums);
}
typedef void (*padded_i8_fn)(const struct gemm_i8 *, const struct padded_i8 *, const i8_act *const *, const int8_t *,
                             int8_t *, size_t, const int32_t *, uintptr_t);
#define PADDED_I8_TILE(prefix, rows, vecs)                                                                             \
    static void prefix##_##rows##x##vecs(const struct gemm_i8 *g, const struct padded_i8 *d, const i8_act *const *a,   \
                                         const int8_t *panel, int8_t *y, size_t n, const int32_t *sums,                \
                                         uintptr_t ahead) {                                                            \
        padded_i8_tile(rows, vecs, PADDED_I8_TABLE, g, d, a, panel, y, n, sums, ahead);                                \
    }
TILE_EACH_TALL(PADDED_I8_TILE, padded_i8, 1) GEMM_I8_EACH_WIDE(PADDED_I8_TILE, padded_i8, TILE_VECS)
#if TILE_VECS == 4
TILE_EACH_NARROW(PADDED_I8_TILE, padded_i8, 2)
#endif
static const padded_i8_fn padded_i8_tiles[5][TILE_TALL_ROWS + 1] = {
    [1] = TILE_NAMES_TALL(padded_i8, 1),
#if TILE_VECS == 4
    [2] = TILE_NAMES_NARROW(padded_i8, 2),
#endif
    [TILE_VECS] = GEMM_I8_NAMES_WIDE(padded_i8, TILE_VECS)};

#ifndef I8_TILE_SUMS
/* `count` tiles, one after the other in each of `lines` rows of outputs: there is no table to fill. g and d are copied,
 * once for all rows: for all that a compiler knows, storing y may change what they point to. */
typedef void (*padded_i8_even_fn)(const struct gemm_i8 *, const struct padded_i8 *, size_t, size_t, const i8_act *,
                                  const int8_t *, int8_t *, size_t, const int32_t *);
#define PADDED_I8_LINES(prefix, rows, vecs, tile)                                                                      \
    static void prefix##_##rows##x##vecs(const struct gemm_i8 *g, const struct padded_i8 *d, size_t lines, size_t count, \
                                         const i8_act *from, const int8_t *panel, int8_t *to, size_t n,                \
                                         const int32_t *row_sums) {                                                    \
        const struct gemm_i8 own = *g;                                                                                 \
        const struct padded_i8 strip = *d;                                                                             \
        const size_t Q = (size_t)strip.w->Q;                                                                           \
        for (; lines; lines--, from += strip.down, to += Q * own.ldy, row_sums = row_sums ? row_sums + Q : NULL) {     \
            const i8_act *at = from;                                                                                   \
            for (size_t i = 0; i < count; i++, at += rows * strip.right) {                                             \
                int8_t *y = to + i * rows * own.ldy;                                                                   \
                const int32_t *sums = row_sums ? row_sums + i * rows : NULL;                                           \
                tile;                                                                                                  \
            }                                                                                                          \
        }                                                                                                              \
    }
#define PADDED_I8_WAY(way, prefix, rows, vecs)                                                                         \
    PADDED_I8_LINES(prefix, rows, vecs, padded_i8_tile(rows, vecs, way, &own, &strip, &at, panel, y, n, sums, 0))
#define PADDED_I8_EVEN(prefix, rows, vecs) PADDED_I8_WAY(PADDED_I8_APART, prefix, rows, vecs)
#define PADDED_I8_COLOURS(prefix, rows, vecs) PADDED_I8_WAY(PADDED_I8_RGB, prefix, rows, vecs)
#define PADDED_I8_COLOURS_BY_2(prefix, rows, vecs) PADDED_I8_WAY(PADDED_I8_RGB_BY_2, prefix, rows, vecs)
TILE_EACH_TALL(PADDED_I8_EVEN, padded_i8_even, 1)
#if TILE_VECS == 4
TILE_EACH_NARROW(PADDED_I8_EVEN, padded_i8_even, 2)
#endif
static const padded_i8_even_fn padded_i8_evens[TILE_VECS / 2 + 1][TILE_TALL_ROWS + 1] = {
    [1] = TILE_NAMES_TALL(padded_i8_even, 1),
#if TILE_VECS == 4
    [2] = TILE_NAMES_NARROW(padded_i8_even, 2),
#endif
};

/* The same for windows three pixels wide that move by one: what is loaded of a pixel serves all three outputs above it. */
EDGE_INLINE void padded_i8_slide_tile(const int rows, const struct gemm_i8 *g, const struct padded_i8 *d, const i8_act *at,
                                      const int8_t *panel, int8_t *y, size_t n, const int32_t *row_sums) {
    const size_t step = VF * I8_STEP, C = d->right, tap = C * VF;
    vi acc[TILE_TALL_ROWS][TILE_VECS];
    gemm_i8_begin(rows, 1, panel, NULL, acc);
    const int8_t *w = panel + 12 * VF;
    for (size_t h = 0; h < d->runs_h; h++, at += d->step_h, w += 2 * tap)
        for (size_t c = 0; c < C; c += I8_STEP, w += step) {
            const i8_w w0 = i8_load_w(w), w1 = i8_load_w(w + tap), w2 = i8_load_w(w + 2 * tap);
            const i8_act *from = at + c;
            EDGE_UNROLL
            for (int i = 0; i < rows + 2; i++, from += C) {
                const i8_a av = i8_set_ready(from);
                if (i < rows) acc[i][0] = i8_dot(acc[i][0], av, w0);
                if (i > 0 && i <= rows) acc[i - 1][0] = i8_dot(acc[i - 1][0], av, w1);
                if (i > 1) acc[i - 2][0] = i8_dot(acc[i - 2][0], av, w2);
            }
        }
    gemm_i8_end(rows, 1, g, acc, panel, y, n, row_sums);
}
#define PADDED_I8_SLIDE(prefix, rows, vecs)                                                                            \
    PADDED_I8_LINES(prefix, rows, vecs, padded_i8_slide_tile(rows, &own, &strip, at, panel, y, n, sums))
TILE_EACH_TALL(PADDED_I8_SLIDE, padded_i8_slide, 1)
static const padded_i8_even_fn padded_i8_slides[TILE_TALL_ROWS + 1] = TILE_NAMES_TALL(padded_i8_slide, 1);
TILE_EACH_TALL(PADDED_I8_COLOURS, padded_i8_rgb, 1)
TILE_EACH_TALL(PADDED_I8_COLOURS_BY_2, padded_i8_rgb_by_2, 1)
static const padded_i8_even_fn padded_i8_rgbs[2][TILE_TALL_ROWS + 1] = {
    TILE_NAMES_TALL(padded_i8_rgb, 1), TILE_NAMES_TALL(padded_i8_rgb_by_2, 1)}; /* by stride - 1 */
static inline int padded_i8_is_rgb(const struct tile_window *w) {
    return w->C == 3 && w->KW == 3 && w->stride_w <= 2 && w->dilation_w == 1;
}
static inline int padded_i8_slides_on(const struct tile_window *w) {
    return TILE_VECS == 4 && w->KW == 3 && w->stride_w == 1 && w->dilation_w == 1 && w->C % I8_STEP == 0;
}

static void padded_i8_even_run(const struct gemm_i8 *g, const struct padded_i8 *d, const i8_act *base, size_t q,
                               size_t count, int vecs, const int8_t *panel, int8_t *y, size_t n) {
    const size_t Q = (size_t)d->w->Q;
    const int32_t *sums = g->has_w_zero ? g->row_sums : NULL;
    const size_t most = vecs == 1 ? TILE_TALL_ROWS : TILE_NARROW_ROWS;
    const padded_i8_even_fn *tile = padded_i8_evens[vecs];
    if (vecs == 1 && padded_i8_slides_on(d->w)) tile = padded_i8_slides;
    else if (vecs == 1 && padded_i8_is_rgb(d->w)) tile = padded_i8_rgbs[d->w->stride_w - 1];
    for (size_t part, lines; count; count -= part * lines, q = 0, base += lines * d->down) {
        part = count < Q - q ? count : Q - q, lines = part == Q ? count / Q : 1;
        const size_t tiles = (part + most - 1) / most, low = part / tiles, higher = part % tiles;
        const size_t all = higher * (low + 1);
        const i8_act *at = base + q * d->right;
        if (higher) tile[low + 1](g, d, lines, higher, at, panel, y, n, sums);
        tile[low](g, d, lines, tiles - higher, at + all * d->right, panel, y + all * g->ldy, n, sums ? sums + all : NULL);
        y += part * lines * g->ldy, sums = sums ? sums + part * lines : NULL;
    }
}
#endif

/* `count` windows, from column q of the row at `base` on, times one panel: tiles of nearly equal height. */
static void padded_i8_panel_run(const struct gemm_i8 *g, const struct padded_i8 *d, const i8_act *base, size_t q,
                                size_t count, int vecs, const int8_t *panel, int8_t *y, size_t n) {
    const size_t most = vecs == 1 ? TILE_TALL_ROWS : gemm_i8_rows(vecs);
    const size_t tiles = (count + most - 1) / most, Q = (size_t)d->w->Q;
    const size_t bytes = gemm_i8_panel(g->K, vecs), step = gemm_i8_groups(g->K) * TILE_LINE;
    const i8_act *at = base + q * d->right;
    size_t ahead = 0;
#ifndef I8_TILE_SUMS
    if (vecs <= TILE_VECS / 2 && Q > TILE_TALL_ROWS) {
        padded_i8_even_run(g, d, base, q, count, vecs, panel, y, n);
        return;
    }
#endif
    for (size_t i = 0, m = 0; i < tiles; i++, ahead += step) {
        const i8_act *a[TILE_TALL_ROWS];
        const size_t rows = count / tiles + (i < count % tiles);
        for (size_t r = 0; r < rows;) {
            const size_t end = rows - r < Q - q ? rows : r + Q - q;
            q += end - r;
            for (; r < end; r++, at += d->right) a[r] = at;
            if (q == Q) q = 0, base += d->down, at = base;
        }
        padded_i8_tiles[vecs][rows](g, d, a, panel, y + m * g->ldy, n, g->has_w_zero ? g->row_sums + m : NULL,
                                    (uintptr_t)panel + (ahead < bytes ? bytes + ahead : 0));
        m += rows;
    }
}

/* The outputs of a part, strip after strip; g->row_sums has room for TILE_MAX_ROWS. */
static void padded_i8_run_part(const struct gemm_i8 *g, const struct padded_i8 *d, const struct tile_part *part,
                               const int8_t *x, const int8_t *x_end, const int8_t *packed, int32_t *sums, int8_t *y) {
    const size_t P = (size_t)d->w->P, Q = (size_t)d->w->Q, high = padded_i8_rows(d->w);
    for (size_t m = part->row; m < part->row_end;) {
        const size_t image = m / Q / P, p = m / Q % P, p_end = P - p < high ? P : p + high;
        const size_t last = (image * P + p_end) * Q, end = last < part->row_end ? last : part->row_end;
        padded_i8_fill(d, x, x_end, g->x_zero, (int64_t)image, (int64_t)p, (int64_t)((end - 1) / Q % P + 1));
        for (size_t count; m < end; m += count) {
            count = end - m < TILE_MAX_ROWS ? end - m : TILE_MAX_ROWS;
            const i8_act *base = d->strip + (m / Q % P - p) * d->down;
            for (size_t i = 0; g->has_w_zero && i < count; i++) {
                const size_t q = m % Q + i;
                sums[i] = padded_i8_sum(d, base + q / Q * d->down + q % Q * d->right, g->x_zero);
            }
            const int8_t *panel = packed;
            size_t index = 0;
            for (size_t n = 0; n < g->N && index < part->panel_end; index++) {
                const int vecs = tile_vecs(g->N - n);
                if (index >= part->panel)
                    padded_i8_panel_run(g, d, base, m % Q, count, vecs, panel, y + m * g->ldy + n, g->N - n);
                panel += gemm_i8_panel(g->K, vecs);
                n += (size_t)(vecs * VF);
            }
        }
    }
}
#endif
