/* y[M,N] = clamp(a[M,K] w[N,K]^T + bias[N] + residual[M,N]) in float32: one packing routine, one tile, one loop over tiles.
 *
 * A row of the left matrix is one run of floats, or several that lie anywhere: the window of a convolution is a run for
 * each of its taps, read from the image in place. */
#ifndef EDGE_KERNELS_GEMM_F32_H
#define EDGE_KERNELS_GEMM_F32_H
#include "../simd/tile_f32.h"
#include "../simd/transpose.h"
#include "tile.h"

/* A panel: vecs*VF biases, then K = runs*length rows of vecs*VF weights; columns beyond N are zeros, or see below. */
struct gemm_f32 {
    size_t runs, length, N, lda, ldy; /* strides in elements; lda counts where no table of runs is given */
    size_t pitch;                     /* of the table: runs of a whole row; without one, from a run to the next */
    float lo, hi;
    size_t ldr; /* stride of the residual; 0: that of y */
};
enum {
    GEMM_F32_PASS_BYTES = 393216,
    GEMM_F32_OWN = 262144,   /* bytes of weights that each thread's own cache may hold */
    GEMM_F32_STREAM = 49152, /* bytes: how far ahead weights are fetched that serve a single row */
    GEMM_F32_LINE = 16,      /* floats that a prefetch brings */
};

/* Where the left matrix lies: run r of row i is a + i*lda + r*pitch, or at[i*pitch + r]. */
struct gemm_f32_rows {
    const float *a;
    const float *const *at;
};

/* Vectors of the panel that begins with `left` columns to go. Few columns get a panel of their own width, and no panel
 * is a single vector where neighbours can share: five are three and two, nine are three times three. */
static inline int gemm_f32_vecs(size_t left) {
    const size_t vecs = (left + VF - 1) / VF;
#if TILE_VECS == 4
    static const int first[11] = {1, 1, 2, 3, 4, 3, 3, 4, 4, 3, 4};
    return vecs <= 10 ? first[vecs] : 4;
#else
    return vecs < TILE_VECS ? 1 : TILE_VECS;
#endif
}
/* Whether the last vector of a panel with n columns to go is at most half full. It holds its columns twice then, and tiles
 * multiply it by two rows at once: 24 columns take one and a half products a row instead of two. */
static inline int gemm_f32_is_halved(int vecs, size_t n) {
#ifdef F32_HALVES
    return vecs > 1 && n <= (size_t)vecs * VF - VF / 2;
#else
    (void)vecs, (void)n;
    return 0;
#endif
}
static inline size_t gemm_f32_panels(size_t columns) {
    size_t panels = 0;
    for (size_t n = 0; n < columns; n += (size_t)gemm_f32_vecs(columns - n) * VF) panels++;
    return panels;
}
static inline size_t gemm_f32_panel(size_t K, int vecs) { return (K + 1) * (size_t)(vecs * VF); }

/* n floats that are too few for memcpy, which compilers make a string instruction of. */
static inline void gemm_f32_copy(float *to, const float *from, size_t n) {
    size_t i = 0;
    for (; i + VF <= n; i += VF) vf_store(to + i, vf_load(from + i));
    if (i < n) vf_store_n(to + i, vf_load_n(from + i, n - i), n - i);
}

/* `valid` columns of K weights into a panel's rows, `width` floats apart; whole squares are turned in registers. */
static inline void gemm_f32_place(size_t K, size_t valid, size_t width, const float *w, ptrdiff_t row, ptrdiff_t col, float *to) {
    size_t turned = 0; /* of the rows, in whole squares of the columns */
    const size_t squares = col == 1 && row != 1 ? valid / VF * VF : 0;
    for (; squares && turned + VF <= K; turned += VF)
        for (size_t j = 0; j < squares; j += VF) {
            vf r[VF];
            EDGE_UNROLL
            for (size_t i = 0; i < VF; i++) r[i] = vf_load(w + (ptrdiff_t)(j + i) * row + (ptrdiff_t)turned);
            vf_transpose(r);
            EDGE_UNROLL
            for (size_t i = 0; i < VF; i++) vf_store(to + (turned + i) * width + j, r[i]);
        }
    for (size_t k = 0; k < K; k++) {
        const float *from = w + (ptrdiff_t)k * col;
        float *at = to + k * width;
        if (row == 1) gemm_f32_copy(at, from, valid);
        else
            for (size_t j = k < turned ? squares : 0; j < valid; j++) at[j] = from[(ptrdiff_t)j * row];
    }
}

/* The columns in the last vector of a halved panel once more. */
static inline void gemm_f32_double(size_t K, size_t width, float *panel) {
    for (size_t k = 1; k <= K + 1; k++)
        memcpy(panel + k * width - VF / 2, panel + k * width - VF, VF / 2 * sizeof(float));
}

/* Floats of all panels. Column n, element k of the weights is w[n * row + k * col]. */
static inline size_t gemm_f32_pack(size_t K, size_t N, const float *w, ptrdiff_t row, ptrdiff_t col, const float *bias,
                                   float *out) {
    size_t used = 0;
    for (size_t n = 0; n < N;) {
        const int vecs = gemm_f32_vecs(N - n);
        const size_t width = (size_t)(vecs * VF), valid = N - n < width ? N - n : width;
        if (out) {
            float *panel = out + used;
            memset(panel, 0, (valid < width ? gemm_f32_panel(K, vecs) : width) * sizeof(float));
            if (bias) memcpy(panel, bias + n, valid * sizeof(float));
            gemm_f32_place(K, valid, width, w + (ptrdiff_t)n * row, row, col, panel + width);
            if (gemm_f32_is_halved(vecs, valid)) gemm_f32_double(K, width, panel);
        }
        used += gemm_f32_panel(K, vecs);
        n += width;
    }
    return used;
}

/* `count` tiles of equal height, one below the other: outputs y[i*ldy + j] of n columns. `bias` has as many entries as
 * the panel has columns, `w` is its first weight row; `residual`, at residual[i*ldr + j], may be NULL. Each step fetches a line
 * from `ahead` on, where the next weights lie, up to `ahead_end`; after that, from the tile after the next. */
struct gemm_f32_tiles {
    const float *a;
    const float *const *at;
    const float *bias, *w, *residual;
    float *y;
    size_t n, count, ldr;
    uintptr_t ahead, ahead_end;
};

/* Settle one row of a tile: add the residual, clamp, store; NaN passes. n covers the first `whole` vectors. */
EDGE_INLINE void gemm_f32_settle(const int vecs, const int whole, const struct gemm_f32 *g, const vf *acc,
                                 const float *residual, float *y, size_t n) {
    const vf lo = vf_set(g->lo), hi = vf_set(g->hi); /* here, not before the sums, which need every register */
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) {
        const size_t left = j < whole || n >= (size_t)(j + 1) * VF ? VF : n > (size_t)j * VF ? n - (size_t)j * VF : 0;
        if (left == 0) break;
        vf v = acc[j];
        if (residual) v = vf_add(v, left == VF ? vf_load(residual + j * VF) : vf_load_n(residual + j * VF, left));
        v = tile_clamp(v, lo, hi);
        if (left == VF) vf_store(y + j * VF, v);
        else vf_store_n(y + j * VF, v, left);
    }
}

/* The sums of row i: those of a halved vector lie in the accumulator of the even row, in its upper half if i is odd. */
EDGE_INLINE void gemm_f32_row(const int vecs, const int halved, const int i, vf (*acc)[TILE_VECS], vf *row) {
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) row[j] = acc[i][j];
    if (halved && i % 2) row[vecs - 1] = tile_swap(acc[i - 1][vecs - 1]);
}

/* rows, vecs and halved are constants where it is inlined. */
EDGE_INLINE void gemm_f32_tile(const int rows, const int vecs, const int halved, const struct gemm_f32 *g,
                               const struct gemm_f32_tiles *t) {
    const float *base = t->a, *residual = t->residual;
    const float *const *at = t->at;
    float *y = t->y;
    uintptr_t ahead = t->ahead;
    for (size_t count = t->count; count; count--) {
        vf acc[TILE_NARROW_ROWS][TILE_VECS];
        /* 1. start from the bias */
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) {
            const vf bias = vf_load(t->bias + j * VF);
            EDGE_UNROLL
            for (int i = 0; i < rows; i++) acc[i][j] = bias;
        }
        /* 2. one weight row times one activation of each row, run after run */
        const float *w = t->w, *from = base;
        for (size_t run = 0; run < g->runs; run++, from += g->pitch) {
            const float *a[TILE_NARROW_ROWS];
            EDGE_UNROLL
            for (int i = 0; i < rows; i++) a[i] = at ? at[(size_t)i * g->pitch + run] : from + (size_t)i * g->lda;
            const size_t done = tile_lanes(rows, vecs, acc, a, g->length, w);
            w += done * (size_t)(vecs * VF);
            for (size_t k = done; k < g->length; k++, w += vecs * VF, ahead += 64) {
                vf wv[TILE_VECS];
                EDGE_UNROLL
                for (int j = 0; j < vecs; j++) {
                    wv[j] = vf_load(w + j * VF);
                    if (rows == 1 && j * VF % GEMM_F32_LINE == 0)
                        __builtin_prefetch((const void *)((uintptr_t)(w + j * VF) + GEMM_F32_STREAM), 0, 2);
                }
                if (rows > 1) __builtin_prefetch((const void *)ahead, 0, 3);
                vf even = wv[0]; /* for now */
                EDGE_UNROLL
                for (int i = 0; i < rows; i++) {
                    const vf av = vf_set(a[i][k]);
                    EDGE_UNROLL
                    for (int j = 0; j < vecs - halved; j++) acc[i][j] = vf_fma(av, wv[j], acc[i][j]);
                    const int last = vecs - 1, above = i / 2 * 2;
                    if (halved && (i % 2 || i == rows - 1))
                        acc[above][last] = vf_fma(i % 2 ? tile_halves(even, av) : av, wv[last], acc[above][last]);
                    even = av;
                }
            }
        }
        /* 3. residual, clamp, store */
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            const float *r = residual ? residual + (size_t)i * t->ldr : NULL;
            vf row[TILE_VECS];
            gemm_f32_row(vecs, halved, i, acc, row);
            if (halved) gemm_f32_settle(vecs, vecs - 1, g, row, r, y + (size_t)i * g->ldy, t->n);
            else if (t->n >= (size_t)(vecs * VF)) gemm_f32_settle(vecs, vecs, g, row, r, y + (size_t)i * g->ldy, t->n);
            else gemm_f32_settle(vecs, 0, g, row, r, y + (size_t)i * g->ldy, t->n);
        }
        y += (size_t)rows * g->ldy;
        if (residual) residual += (size_t)rows * t->ldr;
        if (at) at += (size_t)rows * g->pitch;
        else base += (size_t)rows * g->lda;
        if (ahead >= t->ahead_end) ahead = at ? (uintptr_t)t->w : (uintptr_t)base + (uintptr_t)rows * g->lda * sizeof(float);
    }
}
typedef void (*gemm_f32_fn)(const struct gemm_f32 *, const struct gemm_f32_tiles *);
#define GEMM_F32_TILE(prefix, rows, vecs)                                                                              \
    static void prefix##_##rows##x##vecs(const struct gemm_f32 *g, const struct gemm_f32_tiles *t) {                   \
        gemm_f32_tile(rows, vecs, 0, g, t);                                                                            \
    }
TILE_EACH(GEMM_F32_TILE, gemm_f32)
#if TILE_VECS == 4
TILE_EACH_NARROW(GEMM_F32_TILE, gemm_f32, 3)
#endif
static const gemm_f32_fn gemm_f32_tiles[5][TILE_NARROW_ROWS + 1] = {
    [1] = TILE_NAMES_NARROW(gemm_f32, 1),
#if TILE_VECS == 4
    [2] = TILE_NAMES_NARROW(gemm_f32, 2), [3] = TILE_NAMES_NARROW(gemm_f32, 3),
#endif
    [TILE_VECS] = TILE_NAMES_WIDE(gemm_f32, TILE_VECS)};

#ifdef F32_HALVES
#define GEMM_F32_HALVED(prefix, rows, vecs)                                                                            \
    static void prefix##_##rows##x##vecs(const struct gemm_f32 *g, const struct gemm_f32_tiles *t) {                   \
        gemm_f32_tile(rows, vecs, 1, g, t);                                                                            \
    }
TILE_EACH_NARROW(GEMM_F32_HALVED, gemm_f32_halved, 2)
TILE_EACH_NARROW(GEMM_F32_HALVED, gemm_f32_halved, 3)
TILE_EACH_WIDE(GEMM_F32_HALVED, gemm_f32_halved, 4)
static const gemm_f32_fn gemm_f32_halved[5][TILE_NARROW_ROWS + 1] = {[2] = TILE_NAMES_NARROW(gemm_f32_halved, 2),
                                                                     [3] = TILE_NAMES_NARROW(gemm_f32_halved, 3),
                                                                     [4] = TILE_NAMES_WIDE(gemm_f32_halved, 4)};
#else
#define gemm_f32_halved gemm_f32_tiles
#endif

/* One panel: M rows in tiles of nearly equal height (seven rows are four and three, not six and one), a few runs at a
 * time so that the weights of a pass stay in the second cache. A later pass adds to what the one before left in y.
 * `next` is what to bring into the cache meanwhile, where it is not what follows the panel. */
static void gemm_f32_panel_then(const struct gemm_f32 *g, int vecs, size_t M, struct gemm_f32_rows rows, size_t n,
                                const float *panel, const float *residual, float *y, const void *next, size_t next_bytes) {
    const size_t width = (size_t)(vecs * VF), run_bytes = g->length * width * sizeof(float);
    const size_t passes = tile_round(g->runs * run_bytes, GEMM_F32_PASS_BYTES) / GEMM_F32_PASS_BYTES;
    const size_t most = (size_t)tile_rows(vecs), tiles = (M + most - 1) / most;
    static const float zeros[TILE_VECS * VF] = {0};
    const gemm_f32_fn *tile = gemm_f32_is_halved(vecs, n) ? gemm_f32_halved[vecs] : gemm_f32_tiles[vecs];
    const float *w = panel + width;
    for (size_t first = 0, pass = 1; first < g->runs; pass++) {
        const size_t end = pass < passes ? g->runs * pass / passes : g->runs;
        struct gemm_f32 part = *g;
        part.runs = end - first;
        if (end < g->runs) part.lo = -__builtin_inff(), part.hi = __builtin_inff();
        struct gemm_f32_tiles t = {rows.at ? NULL : rows.a + first * g->pitch, rows.at ? rows.at + first : NULL,
                                   first ? zeros : panel, w, first ? y : residual, y, n, 0, 0, 0, 0};
        t.ldr = first || !g->ldr ? g->ldy : g->ldr;
        t.ahead = next ? (uintptr_t)next : (uintptr_t)(w + part.runs * g->length * width);
        t.ahead_end = t.ahead + (next ? next_bytes : part.runs * run_bytes);
        for (int i = 0; i < 2; i++) { /* the higher tiles, then the lower ones */
            const size_t height = M / tiles + (i == 0);
            t.count = i == 0 ? M % tiles : tiles - M % tiles;
            if (t.count) tile[height](&part, &t);
            const size_t down = t.count * height;
            if (t.at) t.at += down * g->pitch;
            else t.a += down * g->lda;
            t.y += down * g->ldy;
            if (t.residual) t.residual += down * t.ldr;
        }
        w += part.runs * g->length * width;
        first = end;
    }
}

static inline void gemm_f32_panel_run(const struct gemm_f32 *g, int vecs, size_t M, struct gemm_f32_rows rows, size_t n,
                                      const float *panel, const float *residual, float *y) {
    gemm_f32_panel_then(g, vecs, M, rows, n, panel, residual, y, NULL, 0);
}

/* M rows times panels [begin, end); y and residual (or NULL) are given at row 0, column 0. */
static inline void gemm_f32_run(const struct gemm_f32 *g, size_t M, size_t begin, size_t end,
                                struct gemm_f32_rows rows, const float *packed, const float *residual, float *y) {
    size_t index = 0;
    for (size_t n = 0; n < g->N && index < end; index++) {
        const int vecs = gemm_f32_vecs(g->N - n);
        if (index >= begin)
            gemm_f32_panel_run(g, vecs, M, rows, g->N - n, packed, residual ? residual + n : NULL, y + n);
        packed += gemm_f32_panel(g->runs * g->length, vecs);
        n += (size_t)(vecs * VF);
    }
}

/* Whether threads share out panels, so that each reads only its part of the weights, rather than rows, whose results lie
 * near where the next layer looks for them. */
static inline int gemm_f32_by_panels(size_t count, size_t panels, size_t M, size_t N, size_t K) {
    const int even = panels % count == 0 || panels >= 4 * count;
    const int large = K * N * sizeof(float) > GEMM_F32_OWN;
    return (even && large && N > M && M < 64 * count) || M < count * TILE_ROWS;
}
static inline struct tile_part gemm_f32_split(const struct edge_task *t, size_t M, size_t N, size_t K) {
    const size_t panels = gemm_f32_panels(N);
    struct tile_part part = {0, M, 0, panels};
    if (gemm_f32_by_panels((size_t)t->count, panels, M, N, K)) edge_share(t, panels, &part.panel, &part.panel_end);
    else edge_share(t, M, &part.row, &part.row_end);
    return part;
}
#endif
