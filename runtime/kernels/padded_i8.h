/* Convolutions in int8 over rows of the image that are copied once: with x_zero around them, as activations that dot
 * products take as they lie. Every window of a strip of outputs is then read in place, and none is at a border.
 *
 * A window is runs of neighbours: its rows, or single taps where columns are dilated. Where runs are one element longer
 * than whole groups (see gemm_i8_rests), these rests lie aside, those of a window side by side: 3x3 pixels of three colours
 * are seven steps of four products then instead of nine. */
#ifndef EDGE_KERNELS_PADDED_I8_H
#define EDGE_KERNELS_PADDED_I8_H
#include "gemm_i8.h"

/* Outputs of a strip, or a whole row of them; or more, while its activations are not more than so many. The scratch of the
 * declaration says the same. */
enum { PADDED_I8_PIXELS = 128, PADDED_I8_ELEMENTS = 8192, PADDED_I8_MORE = 896 };

struct padded_i8 {
    const struct tile_window *w;
    i8_act *strip;
    size_t row, down, right;   /* activations of a row of the strip; from an output to the one below, to its neighbour */
    size_t runs_h, runs_w, step_h, step_w, groups; /* runs of a window, how far they are apart, I8_GROUPs of each */
    i8_act *rests;             /* a group of them for each output of the strip, then the next group of each */
    size_t rest_groups, plane; /* groups of a window, how far they are apart */
    size_t joined;             /* windows that fit where rests would lie, or 0 where they are read in place */
};

/* Elements of a run: the same for all strips of a layer. */
static inline size_t padded_i8_run(const struct tile_window *w) {
    return (size_t)(w->dilation_w == 1 ? w->KW * w->C : w->C);
}
/* Whether windows are copied out of the strip, so that their runs lie side by side: where each run would be filled up to
 * whole groups for much, or is too short to be worth a loop of its own. */
static inline int padded_i8_joins(const struct tile_window *w) {
#ifdef I8_JOIN
    const size_t run = padded_i8_run(w), K = run * (size_t)w->KH;
    const size_t apart = (size_t)w->KH * tile_round(run, I8_GROUP), joined = tile_round(K, I8_GROUP);
    return w->G == 1 && w->dilation_w == 1 && w->KH > 1 && (apart * 8 >= joined * 9 || run < I8_JOIN);
#else
    (void)w;
    return 0;
#endif
}
static inline size_t padded_i8_row(const struct tile_window *w) { /* elements of a row of a strip */
    return (size_t)(((w->Q - 1) * w->stride_w + (w->KW - 1) * w->dilation_w + 1) * w->C);
}
/* Rows of outputs in a strip. */
static inline size_t padded_i8_rows(const struct tile_window *w) {
    const int64_t fit = PADDED_I8_ELEMENTS / (int64_t)padded_i8_row(w), span = (w->KH - 1) * w->dilation_h + 1;
    const int64_t small = fit > span ? (fit - span) / w->stride_h + 1 : 1, even = PADDED_I8_PIXELS / w->Q;
    const int64_t most = small > even ? small : even, rows = most < w->P ? most : w->P;
    const int64_t strips = (w->P + rows - 1) / rows;
    return (size_t)((w->P + strips - 1) / strips); /* strips of nearly equal height */
}
static struct padded_i8 padded_i8_begin(const struct tile_window *w, void *scratch) {
    const size_t row = padded_i8_row(w), rows = padded_i8_rows(w), run = padded_i8_run(w);
    const size_t high = (rows - 1) * (size_t)w->stride_h + (size_t)((w->KH - 1) * w->dilation_h) + 1;
    const size_t runs_h = (size_t)w->KH, runs_w = w->dilation_w == 1 ? 1 : (size_t)w->KW;
    const int rests = gemm_i8_rests(runs_h * runs_w * run, run);
    const size_t joined = padded_i8_joins(w) ? (row * high + PADDED_I8_MORE) / tile_round(run * runs_h, 8) : 0;
    return (struct padded_i8){w, scratch, row, row * (size_t)w->stride_h, (size_t)(w->stride_w * w->C), runs_h, runs_w,
                              row * (size_t)w->dilation_h, (size_t)(w->dilation_w * w->C),
                              rests ? run / I8_GROUP : gemm_i8_groups(run),
                              (i8_act *)scratch + tile_round(row * high + I8_BLOCK, I8_BLOCK),
                              rests ? gemm_i8_groups(runs_h * runs_w) : 0, rows * (size_t)w->Q * I8_GROUP, joined};
}

/* n times the same; may write a block too far, as copies do. */
static inline void padded_i8_set(i8_act *to, const int8_t *block, size_t n) {
    for (size_t i = 0; i < n; i += I8_BLOCK) i8_ready_block(to + i, block);
}
/* The rows of image n under outputs p .. p_end. A copy may write a block too far: into what is written next, or slack. */
static void padded_i8_fill(const struct padded_i8 *d, const int8_t *x, const int8_t *x_end, int32_t x_zero, int64_t n,
                           int64_t p, int64_t p_end) {
    const struct tile_window *w = d->w;
    const int64_t columns = (int64_t)d->row / w->C, left = w->pad_left < columns ? w->pad_left : columns;
    const int64_t inside = w->W < columns - left ? w->W : columns - left;
    const size_t before = (size_t)(left * w->C), count = (size_t)(inside * w->C), after = d->row - before - count;
    const int64_t end = (p_end - 1) * w->stride_h - w->pad_top + (w->KH - 1) * w->dilation_h + 1;
    int8_t outside[I8_BLOCK];
    memset(outside, x_zero, sizeof outside);
    i8_act *to = d->strip;
    for (int64_t y = p * w->stride_h - w->pad_top; y < end; y++, to += d->row) {
        if (y < 0 || y >= w->H) {
            padded_i8_set(to, outside, d->row);
            continue;
        }
        padded_i8_set(to, outside, before);
        gemm_i8_ready(to + before, x + (n * w->H + y) * w->W * w->C, count, x_end);
        padded_i8_set(to + before + count, outside, after);
    }
}
/* The rests of the windows of `rows` rows of outputs. As much may be written too far. */
static void padded_i8_fill_rests(const struct padded_i8 *d, size_t rows) {
#ifdef I8_REST
    const size_t runs = d->runs_h * d->runs_w, Q = (size_t)d->w->Q;
    for (size_t group = 0; group < d->rest_groups; group++) {
        i8_act *to = d->rests + group * d->plane;
        const i8_act *row = d->strip + d->groups * I8_GROUP;
        for (size_t r = 0; r < rows; r++, row += d->down, to += Q * I8_GROUP) {
            const i8_act *from[I8_GROUP];
            for (size_t i = 0; i < I8_GROUP; i++) { /* beyond the last one are weights of zero */
                const size_t run = group * I8_GROUP + i < runs ? group * I8_GROUP + i : 0;
                from[i] = row + run / d->runs_w * d->step_h + run % d->runs_w * d->step_w;
            }
            i8_rest(to, from, d->right, Q);
        }
    }
#else
    (void)d, (void)rows;
#endif
}

#ifdef I8_JOIN
/* `count` windows, from column q of the row at `base` on, side by side. Blocks may be written too far. */
static void padded_i8_join(const struct padded_i8 *d, const i8_act *base, size_t q, size_t count) {
    const size_t run = padded_i8_run(d->w), pitch = tile_round(run * d->runs_h, 8);
    i8_act *to = d->rests;
    for (; count; count--, to += pitch) {
        const i8_act *from = base + q * d->right;
        for (size_t h = 0; h < d->runs_h; h++, from += d->step_h)
            for (size_t k = 0; k < run; k += I8_BLOCK) i8_gather_block(to + h * run + k, from + k);
        if (++q == (size_t)d->w->Q) q = 0, base += d->down;
    }
}
/* A part's panels times them. */
static void padded_i8_run_joined(struct gemm_i8 g, const struct padded_i8 *d, const struct tile_part *part,
                                 const i8_act *base, size_t q, size_t count, const int8_t *packed, int32_t *sums, int8_t *y) {
    g.lda = tile_round(g.K, 8);
    padded_i8_join(d, base, q, count);
    if (g.has_w_zero) gemm_i8_row_sums(&g, count, d->rests, sums);
    gemm_i8_run(&g, count, part->panel, part->panel_end, d->rests, packed, y);
}
#endif

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

#ifndef I8_TILE_SUMS
/* One step of rows at a[i] + k, or at base + k and on `right` apart where there is no table. */
EDGE_INLINE void padded_i8_step(const int rows, const int vecs, const i8_act *const *a, const i8_act *base, size_t right,
                                size_t k, const i8_w *w, vi acc[][TILE_VECS]) {
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) {
        const i8_a av = i8_set_ready((a ? a[i] : base + (size_t)i * right) + k);
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) acc[i][j] = i8_dot(acc[i][j], av, w[j]);
    }
}
EDGE_INLINE void padded_i8_weights(const int vecs, const int8_t *w, i8_w *wv) {
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) wv[j] = i8_load_w(w + j * VF * I8_STEP);
}
#endif
/* A tile as gemm_i8_tile, whose rows are the windows at a[i], or from `base` on d->right apart where there is no table. */
EDGE_INLINE void padded_i8_tile(const int rows, const int vecs, const struct gemm_i8 *g, const struct padded_i8 *d,
                                const i8_act *const *a, const i8_act *base, const i8_act *rest, const int8_t *panel,
                                int8_t *y, size_t n, const int32_t *row_sums, uintptr_t ahead) {
    const size_t width = (size_t)(vecs * VF);
    vi acc[TILE_TALL_ROWS][TILE_VECS];
    gemm_i8_begin(rows, vecs, panel, NULL, acc);
    const int8_t *w = panel + 12 * width;
#ifdef I8_TILE_SUMS
    const size_t bytes = gemm_i8_bytes(d->groups, vecs), words = i8_order_step(d->groups, vecs);
    const uint32_t *order = (const uint32_t *)(const void *)(w + gemm_i8_bytes(gemm_i8_groups(g->K), vecs));
    (void)base, (void)rest;
    i8_tile_turn(0, rows, vecs, acc);
    for (size_t h = 0; h < d->runs_h; h++)
        for (size_t v = 0; v < d->runs_w; v++, w += bytes, order += words, ahead += d->groups * TILE_LINE)
            i8_tile_sums(rows, vecs, acc, a, h * d->step_h + v * d->step_w, w, order, d->groups * I8_GROUP, 1, ahead);
    i8_tile_turn(1, rows, vecs, acc);
#else
    i8_w wv[TILE_VECS];
    for (size_t h = 0; h < d->runs_h; h++)
        for (size_t v = 0; v < d->runs_w; v++) {
            const size_t first = h * d->step_h + v * d->step_w, last = first + d->groups * I8_GROUP;
            for (size_t k = first; k < last; k += I8_STEP, w += width * I8_STEP, ahead += TILE_LINE) {
                padded_i8_weights(vecs, w, wv);
                if (vecs == TILE_VECS) i8_prefetch(ahead); /* narrower panels are small, and have no load to spare */
                padded_i8_step(rows, vecs, a, base, d->right, k, wv, acc);
            }
        }
    for (size_t k = 0; k < d->rest_groups; k++, w += width * I8_STEP) {
        padded_i8_weights(vecs, w, wv);
        padded_i8_step(rows, vecs, NULL, rest, I8_GROUP, k * d->plane, wv, acc);
    }
#endif
    gemm_i8_end(rows, vecs, g, acc, panel, y, n, row_sums);
}
typedef void (*padded_i8_fn)(const struct gemm_i8 *, const struct padded_i8 *, const i8_act *const *, const i8_act *,
                             const int8_t *, int8_t *, size_t, const int32_t *, uintptr_t);
#define PADDED_I8_TILE(prefix, rows, vecs)                                                                             \
    static void prefix##_##rows##x##vecs(const struct gemm_i8 *g, const struct padded_i8 *d, const i8_act *const *a,   \
                                         const i8_act *rest, const int8_t *panel, int8_t *y, size_t n,                 \
                                         const int32_t *sums, uintptr_t ahead) {                                       \
        padded_i8_tile(rows, vecs, g, d, a, NULL, rest, panel, y, n, sums, ahead);                                     \
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
#include "padded_lines_i8.h"
#endif

/* `count` windows, from column q of the row at `base` on, times one panel: tiles of nearly equal height. */
static void padded_i8_panel_run(const struct gemm_i8 *g, const struct padded_i8 *d, const i8_act *base, size_t q,
                                size_t count, int vecs, const i8_act *rest, const int8_t *panel, int8_t *y, size_t n) {
    const size_t most = vecs == 1 ? TILE_TALL_ROWS : gemm_i8_rows(vecs);
    const size_t tiles = (count + most - 1) / most, Q = (size_t)d->w->Q;
    const size_t bytes = gemm_i8_panel(g->K, vecs), step = gemm_i8_groups(g->K) * TILE_LINE;
    const i8_act *at = base + q * d->right;
    size_t ahead = 0;
#ifndef I8_TILE_SUMS
    if (vecs <= TILE_VECS / 2 && Q > TILE_TALL_ROWS) {
        padded_i8_even_run(g, d, base, q, count, vecs, rest, panel, y, n);
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
        padded_i8_tiles[vecs][rows](g, d, a, rest + m * I8_GROUP, panel, y + m * g->ldy, n,
                                    g->has_w_zero ? g->row_sums + m : NULL,
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
        const size_t p_last = (end - 1) / Q % P;
        padded_i8_fill(d, x, x_end, g->x_zero, (int64_t)image, (int64_t)p, (int64_t)p_last + 1);
        padded_i8_fill_rests(d, p_last + 1 - p);
        for (size_t count; m < end; m += count) {
            count = end - m < TILE_MAX_ROWS || !g->has_w_zero ? end - m : TILE_MAX_ROWS;
            const i8_act *base = d->strip + (m / Q % P - p) * d->down;
#ifdef I8_JOIN
            if (d->joined) {
                count = count < d->joined ? count : d->joined;
                padded_i8_run_joined(*g, d, part, base, m % Q, count, packed, sums, y + m * g->ldy);
                continue;
            }
#endif
            const i8_act *rest = d->rests + (m - (image * P + p) * Q) * I8_GROUP;
            for (size_t i = 0; g->has_w_zero && i < count; i++) {
                const size_t q = m % Q + i;
                sums[i] = padded_i8_sum(d, base + q / Q * d->down + q % Q * d->right, g->x_zero);
            }
            const int8_t *panel = packed;
            size_t index = 0;
            for (size_t n = 0; n < g->N && index < part->panel_end; index++) {
                const int vecs = tile_vecs(g->N - n);
                if (index >= part->panel)
                    padded_i8_panel_run(g, d, base, m % Q, count, vecs, rest, panel, y + m * g->ldy + n, g->N - n);
                panel += gemm_i8_panel(g->K, vecs);
                n += (size_t)(vecs * VF);
            }
        }
    }
}
#endif
