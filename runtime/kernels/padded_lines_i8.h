/* Windows of padded_i8.h in tiles of one or two vectors, one after the other in each row of outputs. */
#ifndef EDGE_KERNELS_PADDED_LINES_I8_H
#define EDGE_KERNELS_PADDED_LINES_I8_H

/* `count` tiles in each of `lines` rows: there is no table to fill. g and d are copied, once for all rows: for all that a
 * compiler knows, storing y may change what they point to. */
typedef void (*padded_i8_even_fn)(const struct gemm_i8 *, const struct padded_i8 *, size_t, size_t, const i8_act *,
                                  const i8_act *, const int8_t *, int8_t *, size_t, const int32_t *);
#define PADDED_I8_LINES(prefix, rows, vecs, before, tile)                                                              \
    static void prefix##_##rows##x##vecs(const struct gemm_i8 *g, const struct padded_i8 *d, size_t lines, size_t count, \
                                         const i8_act *from, const i8_act *rests, const int8_t *panel, int8_t *to,     \
                                         size_t n, const int32_t *row_sums) {                                          \
        const struct gemm_i8 own = *g;                                                                                 \
        const struct padded_i8 strip = *d;                                                                             \
        const size_t Q = (size_t)strip.w->Q;                                                                           \
        before;                                                                                                        \
        for (; lines; lines--, from += strip.down, rests += Q * I8_GROUP, to += Q * own.ldy) {                         \
            const i8_act *at = from;                                                                                   \
            for (size_t i = 0; i < count; i++, at += rows * strip.right) {                                             \
                const i8_act *rest = rests + i * rows * I8_GROUP;                                                      \
                int8_t *y = to + i * rows * own.ldy;                                                                   \
                const int32_t *sums = row_sums ? row_sums + i * rows : NULL;                                           \
                tile;                                                                                                  \
            }                                                                                                          \
            row_sums = row_sums ? row_sums + Q : NULL;                                                                 \
        }                                                                                                              \
    }
#define PADDED_I8_EVEN(prefix, rows, vecs)                                                                             \
    PADDED_I8_LINES(prefix, rows, vecs, (void)0,                                                                       \
                    padded_i8_tile(rows, vecs, &own, &strip, NULL, at, rest, panel, y, n, sums, 0))
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
    PADDED_I8_LINES(prefix, rows, vecs, (void)0,                                                                      \
                    (void)rest; padded_i8_slide_tile(rows, &own, &strip, at, panel, y, n, sums))
TILE_EACH_TALL(PADDED_I8_SLIDE, padded_i8_slide, 1)
static const padded_i8_even_fn padded_i8_slides[TILE_TALL_ROWS + 1] = TILE_NAMES_TALL(padded_i8_slide, 1);
static inline int padded_i8_slides_on(const struct tile_window *w) {
    return TILE_VECS == 4 && w->KW == 3 && w->stride_w == 1 && w->dilation_w == 1 && w->C % I8_STEP == 0;
}

/* The same for 3x3 pixels of three colours: a compiler knows how many steps there are, and how far windows lie apart.
 * With rests aside there are so few that weights stay in registers from tile to tile. */
#ifdef I8_REST
enum { RGB_GROUPS = 8 / I8_GROUP, RGB_HELD = 3 * RGB_GROUPS + 1, RGB_ROWS = 8, RGB_ROWS_2 = 4 };
#define RGB_UNROLL EDGE_UNROLL
#else
enum { RGB_GROUPS = (8 + I8_GROUP) / I8_GROUP, RGB_HELD = 0, RGB_ROWS = TILE_TALL_ROWS };
#define RGB_UNROLL
#endif
EDGE_INLINE void padded_i8_hold(const int vecs, const int8_t *w, i8_w *held) {
    EDGE_UNROLL
    for (int s = 0; s < RGB_HELD; s++) padded_i8_weights(vecs, w + s * vecs * VF * I8_STEP, held + s * vecs);
}
EDGE_INLINE void padded_i8_rgb_tile(const int rows, const int vecs, const size_t right, const struct gemm_i8 *g,
                                    const struct padded_i8 *d, const i8_act *at, const i8_act *rest, const i8_w *held,
                                    const int8_t *panel, int8_t *y, size_t n, const int32_t *row_sums) {
    const int8_t *w = panel + 12 * vecs * VF;
    vi acc[TILE_TALL_ROWS][TILE_VECS];
    i8_w wv[TILE_VECS];
    gemm_i8_begin(rows, vecs, panel, NULL, acc);
    RGB_UNROLL
    for (int h = 0; h < 3; h++, at += d->step_h)
        RGB_UNROLL
        for (int k = 0; k < RGB_GROUPS; k++, w += vecs * VF * I8_STEP) {
            if (!RGB_HELD) padded_i8_weights(vecs, w, wv);
            padded_i8_step(rows, vecs, NULL, at, right, (size_t)k * I8_GROUP,
                           RGB_HELD ? held + (h * RGB_GROUPS + k) * vecs : wv, acc);
        }
    if (RGB_HELD) padded_i8_step(rows, vecs, NULL, rest, I8_GROUP, 0, held + 3 * RGB_GROUPS * vecs, acc);
    gemm_i8_end(rows, vecs, g, acc, panel, y, n, row_sums);
}
#define PADDED_I8_RGB_BY(right, prefix, rows, vecs)                                                                    \
    PADDED_I8_LINES(prefix, rows, vecs,                                                                                \
                    i8_w held[RGB_HELD * vecs + 1]; padded_i8_hold(vecs, panel + 12 * vecs * VF, held),                \
                    padded_i8_rgb_tile(rows, vecs, right, &own, &strip, at, rest, held, panel, y, n, sums))
#define PADDED_I8_RGB(prefix, rows, vecs) PADDED_I8_RGB_BY(3, prefix, rows, vecs)
#define PADDED_I8_RGB_2(prefix, rows, vecs) PADDED_I8_RGB_BY(6, prefix, rows, vecs)
#ifdef I8_REST
TILE_EACH_NARROW(PADDED_I8_RGB, padded_i8_rgb, 1) TILE_EACH_4(PADDED_I8_RGB, padded_i8_rgb, 2)
TILE_EACH_NARROW(PADDED_I8_RGB_2, padded_i8_rgb_2, 1) TILE_EACH_4(PADDED_I8_RGB_2, padded_i8_rgb_2, 2)
static const padded_i8_even_fn padded_i8_rgbs[2][3][RGB_ROWS + 1] = { /* by stride - 1, vectors, rows */
    {[1] = TILE_NAMES_NARROW(padded_i8_rgb, 1), [2] = {TILE_NAMES_4(padded_i8_rgb, 2)}},
    {[1] = TILE_NAMES_NARROW(padded_i8_rgb_2, 1), [2] = {TILE_NAMES_4(padded_i8_rgb_2, 2)}}};
#else
TILE_EACH_TALL(PADDED_I8_RGB, padded_i8_rgb, 1) TILE_EACH_TALL(PADDED_I8_RGB_2, padded_i8_rgb_2, 1)
static const padded_i8_even_fn padded_i8_rgbs[2][2][RGB_ROWS + 1] = {
    {[1] = TILE_NAMES_TALL(padded_i8_rgb, 1)}, {[1] = TILE_NAMES_TALL(padded_i8_rgb_2, 1)}};
#endif
/* Rows of the tallest such tile; 0 where windows are others. */
static inline size_t padded_i8_rgb_rows(const struct tile_window *w, int vecs) {
    if (w->C != 3 || w->KW != 3 || w->KH != 3 || w->stride_w > 2 || w->dilation_w != 1) return 0;
#ifdef I8_REST
    if (vecs == 2) return RGB_ROWS_2;
#endif
    return vecs == 1 ? RGB_ROWS : 0;
}

static void padded_i8_even_run(const struct gemm_i8 *g, const struct padded_i8 *d, const i8_act *base, size_t q,
                               size_t count, int vecs, const i8_act *rest, const int8_t *panel, int8_t *y, size_t n) {
    const size_t Q = (size_t)d->w->Q, rgb = padded_i8_rgb_rows(d->w, vecs);
    const int32_t *sums = g->has_w_zero ? g->row_sums : NULL;
    const size_t most = rgb ? rgb : vecs == 1 ? TILE_TALL_ROWS : TILE_NARROW_ROWS;
    const padded_i8_even_fn *tile = padded_i8_evens[vecs];
    if (vecs == 1 && padded_i8_slides_on(d->w)) tile = padded_i8_slides;
    else if (rgb) tile = padded_i8_rgbs[d->w->stride_w - 1][vecs];
    for (size_t part, lines; count; count -= part * lines, q = 0, base += lines * d->down) {
        part = count < Q - q ? count : Q - q, lines = part == Q ? count / Q : 1;
        const size_t tiles = (part + most - 1) / most, low = part / tiles, higher = part % tiles;
        const size_t all = higher * (low + 1);
        const i8_act *at = base + q * d->right;
        if (higher) tile[low + 1](g, d, lines, higher, at, rest, panel, y, n, sums);
        tile[low](g, d, lines, tiles - higher, at + all * d->right, rest + all * I8_GROUP, panel, y + all * g->ldy, n,
                  sums ? sums + all : NULL);
        y += part * lines * g->ldy, rest += part * lines * I8_GROUP, sums = sums ? sums + part * lines : NULL;
    }
}
#endif
