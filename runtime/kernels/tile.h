/* What the tile kernels share: panels of columns, how threads split a product, and the rows of a convolution.
 *
 * A product y[M,N] = a[M,K] w[N,K]^T is computed in register tiles of up to eight rows by one panel of columns. A panel
 * is 1, 2 or 4 vectors wide (TILE_VECS at most), so that few columns do not waste a wide one. */
#ifndef EDGE_KERNELS_TILE_H
#define EDGE_KERNELS_TILE_H

enum {
    TILE_NARROW_ROWS = 8,     /* rows of a tile narrower than TILE_VECS; of the widest: TILE_ROWS */
    TILE_TALL_ROWS = 12,      /* of a single vector, where nothing but loads bounds it */
    TILE_ROW_BYTES = 65536,   /* gathered rows should stay in the cache ... */
    TILE_MIN_ROWS = 12,       /* ... but a pass over the weights must pay */
    TILE_MAX_ROWS = 192,
    TILE_SLACK = 64,          /* elements that a gather may write beyond the last row */
    TILE_LINE = 64,           /* bytes that a prefetch brings */
};

static inline size_t tile_round(size_t n, size_t to) { return (n + to - 1) / to * to; }

/* Vectors of the panel that begins with `left` columns to go. Where vectors are long three are a panel of two and one of
 * one: 48 columns take a fifth less than in one of four. */
static inline int tile_vecs(size_t left) {
    int vecs = 1;
    if (VF == 16 && left > 2 * VF && left <= 3 * VF) return 2;
    while (vecs < TILE_VECS && left > (size_t)(vecs * VF)) vecs *= 2;
    return vecs;
}
static inline int tile_rows(int vecs) { return vecs == TILE_VECS ? TILE_ROWS : TILE_NARROW_ROWS; }

/* Rows that are gathered at once. The scratch expressions of the declarations say the same. */
static inline size_t tile_block(size_t row_bytes) {
    size_t rows = TILE_ROW_BYTES / (row_bytes ? row_bytes : 1);
    return rows < TILE_MIN_ROWS ? TILE_MIN_ROWS : rows > TILE_MAX_ROWS ? TILE_MAX_ROWS : rows;
}

/* A thread's part: either some rows and all panels, or all rows and some panels. Each output is computed whole by one
 * thread in one order, so the number of threads cannot change a bit. */
struct tile_part {
    size_t row, row_end, panel, panel_end;
};
static inline struct tile_part tile_split(const struct edge_task *t, size_t rows, size_t panels) {
    struct tile_part part = {0, rows, 0, panels};
    if (rows >= (size_t)t->count * 2 * TILE_ROWS || panels < (size_t)t->count)
        edge_share(t, rows, &part.row, &part.row_end);
    else
        edge_share(t, panels, &part.panel, &part.panel_end);
    return part;
}
static inline size_t tile_panels(size_t columns) {
    size_t panels = 0;
    for (size_t n = 0; n < columns; n += (size_t)tile_vecs(columns - n) * VF) panels++;
    return panels;
}

/* Geometry of a convolution window. Row m of its matrix is the window of output pixel m. */
struct tile_window {
    int64_t H, W, C, P, Q, KH, KW, G, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
};
#define TILE_WINDOW(a)                                                                                                 \
    {(a)->H, (a)->W, (a)->C, (a)->P, (a)->Q, (a)->KH, (a)->KW, (a)->G, (a)->stride_h, (a)->stride_w, (a)->dilation_h,  \
     (a)->dilation_w, (a)->pad_top, (a)->pad_left}

static inline int tile_is_dense(const struct tile_window *w) { /* row m is pixel m: nothing to gather */
    return w->KH == 1 && w->KW == 1 && w->stride_h == 1 && w->stride_w == 1 && w->pad_top == 0 && w->pad_left == 0 &&
           w->P == w->H && w->Q == w->W && w->G == 1;
}

/* Defines name(w, x, x_end, group, m, m_end, fill, to, pitch): rows m .. m_end of a group's windows, `pitch` elements
 * apart; taps outside the image become `fill`. copy(to, from, n, x_end) may write TILE_SLACK elements too many, but
 * reads nothing at or beyond x_end; set(to, fill, n). */
#define TILE_GATHER(name, in_t, out_t, copy, set)                                                                      \
    static void name(const struct tile_window *w, const in_t *x, const in_t *x_end, int64_t group, size_t m,           \
                     size_t m_end, out_t fill, out_t *to, size_t pitch) {                                              \
        const int64_t cg = w->C / w->G;                                                                                \
        int64_t q = (int64_t)m % w->Q, p = (int64_t)m / w->Q % w->P, n = (int64_t)m / w->Q / w->P;                     \
        for (; m < m_end; m++, to += pitch) {                                                                          \
            const int64_t ix = q * w->stride_w - w->pad_left;                                                          \
            out_t *at = to;                                                                                            \
            for (int64_t kh = 0; kh < w->KH; kh++) {                                                                   \
                const int64_t iy = p * w->stride_h - w->pad_top + kh * w->dilation_h;                                  \
                if (iy < 0 || iy >= w->H) {                                                                            \
                    set(at, fill, (size_t)(w->KW * cg)), at += w->KW * cg;                                             \
                    continue;                                                                                          \
                }                                                                                                      \
                const in_t *row = x + (n * w->H + iy) * w->W * w->C + group * cg;                                      \
                if (w->G == 1 && w->dilation_w == 1) { /* one run of pixels between two borders */                     \
                    int64_t left = ix < 0 ? -ix : 0, right = w->W - ix;                                                \
                    left = left > w->KW ? w->KW : left, right = right > w->KW ? w->KW : right;                         \
                    right = right < left ? left : right;                                                               \
                    if (left) set(at, fill, (size_t)(left * cg));                                                      \
                    if (right > left)                                                                                  \
                        copy(at + left * cg, row + (ix + left) * cg, (size_t)((right - left) * cg), x_end);            \
                    if (right < w->KW) set(at + right * cg, fill, (size_t)((w->KW - right) * cg));                     \
                    at += w->KW * cg;                                                                                  \
                    continue;                                                                                          \
                }                                                                                                      \
                for (int64_t kw = 0; kw < w->KW; kw++, at += cg) {                                                     \
                    const int64_t at_x = ix + kw * w->dilation_w;                                                      \
                    if (at_x >= 0 && at_x < w->W) copy(at, row + at_x * w->C, (size_t)cg, x_end);                      \
                    else set(at, fill, (size_t)cg);                                                                    \
                }                                                                                                      \
            }                                                                                                          \
            if (++q == w->Q) {                                                                                         \
                q = 0;                                                                                                 \
                if (++p == w->P) p = 0, n++;                                                                           \
            }                                                                                                          \
        }                                                                                                              \
    }

/* Tile functions tiles[vecs][rows], named prefix_<rows>x<vecs>. */
#if TILE_VECS == 4
#define TILE_EACH(X, prefix)                                                                                           \
    TILE_EACH_NARROW(X, prefix, 1) TILE_EACH_NARROW(X, prefix, 2) TILE_EACH_WIDE(X, prefix, 4)
#define TILE_TABLE(prefix)                                                                                             \
    {[1] = TILE_NAMES_NARROW(prefix, 1), [2] = TILE_NAMES_NARROW(prefix, 2), [4] = TILE_NAMES_WIDE(prefix, 4)}
#else
#define TILE_EACH(X, prefix) TILE_EACH_NARROW(X, prefix, 1) TILE_EACH_WIDE(X, prefix, 2)
#define TILE_TABLE(prefix) {[1] = TILE_NAMES_NARROW(prefix, 1), [2] = TILE_NAMES_WIDE(prefix, 2)}
#endif
#define TILE_EACH_2(X, p, v) X(p, 1, v) X(p, 2, v)
#define TILE_EACH_4(X, p, v) TILE_EACH_2(X, p, v) X(p, 3, v) X(p, 4, v)
#define TILE_EACH_6(X, p, v) TILE_EACH_4(X, p, v) X(p, 5, v) X(p, 6, v)
#define TILE_EACH_NARROW(X, p, v) TILE_EACH_6(X, p, v) X(p, 7, v) X(p, 8, v)
#define TILE_EACH_8(X, p, v) TILE_EACH_NARROW(X, p, v)
#define TILE_EACH_TALL(X, p, v) TILE_EACH_NARROW(X, p, v) X(p, 9, v) X(p, 10, v) X(p, 11, v) X(p, 12, v)
#define TILE_NAMES_2(p, v) NULL, p##_1x##v, p##_2x##v
#define TILE_NAMES_4(p, v) TILE_NAMES_2(p, v), p##_3x##v, p##_4x##v
#define TILE_NAMES_6(p, v) TILE_NAMES_4(p, v), p##_5x##v, p##_6x##v
#define TILE_NAMES_8(p, v) TILE_NAMES_6(p, v), p##_7x##v, p##_8x##v
#define TILE_NAMES_NARROW(p, v) {TILE_NAMES_8(p, v)}
#define TILE_NAMES_TALL(p, v)                                                                                          \
    {TILE_NAMES_6(p, v), p##_7x##v, p##_8x##v, p##_9x##v, p##_10x##v, p##_11x##v, p##_12x##v}
#define TILE_PASTE_(a, b) a##b
#define TILE_PASTE(a, b) TILE_PASTE_(a, b)
#define TILE_EACH_WIDE(X, p, v) TILE_PASTE(TILE_EACH_, TILE_ROWS)(X, p, v)
#define TILE_NAMES_WIDE(p, v) {TILE_PASTE(TILE_NAMES_, TILE_ROWS)(p, v)}
#endif
