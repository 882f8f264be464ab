/* y[M,N] = requantize(a[M,K] w[N,K]^T + bias[N]) in int8 with int32 sums: one packing routine, one tile, one loop.
 *
 * Activations are i8_act, I8_STEP of them per step of a dot product; with I8_IN_PLACE that is int8 as it lies in memory.
 * The sums wanted are sum (x - x_zero)(w - w_zero); the tile computes sum (x + I8_BIAS) w and
 *   - the packed bias takes (x_zero + I8_BIAS) sum w off, or whatever the tile computes for x = x_zero,
 *   - where weights have zero points, each row's sum of x - x_zero times w_zero is taken off after the tile. */
#ifndef EDGE_KERNELS_GEMM_I8_H
#define EDGE_KERNELS_GEMM_I8_H
#include "../simd/tile_i8.h"
#include "tile.h"

struct gemm_i8 {
    size_t K, N, lda, ldy; /* lda in activations, a multiple of I8_GROUP */
    int32_t x_zero;
    int has_w_zero, wild;
    const int32_t *row_sums; /* of x - x_zero, per row; only with has_w_zero */
    struct i8_range range;   /* of outputs */
    const int32_t *row_start; /* what each row's sums begin with besides the bias, or NULL */
    const struct i8_bend *bend; /* or NULL; where there is one, the layer counts as wild */
};

/* Multipliers are below 1 in all but odd layers; then no sum times its multiplier leaves int32. Else the layer is `wild`:
 * where the multiplier is 1 or more, sums are cut at GEMM_I8_CUT, and multipliers at GEMM_I8_STEEP, which is far beyond
 * what int8 can show. */
enum { GEMM_I8_CUT = 1 << 20, GEMM_I8_STEEP = 1024 };
static inline int gemm_i8_wild(const float *multiplier, size_t n) {
    size_t i = 0;
    for (; i + VF <= n; i += VF)
        if (vm_any(vm_not(vf_lt(vf_load(multiplier + i), vf_set(1.0f))))) return 1;
    for (; i < n; i++)
        if (!(multiplier[i] < 1.0f)) return 1;
    return 0;
}

/* A panel: vecs*VF biases, multipliers and weight zero points, then the weights: [K/I8_GROUP][vecs*VF][I8_GROUP], or what
 * i8_arrange makes of them, I8_SPREAD times as many bytes, and their order. Lane l of vector v is column
 * tile_channel(vecs, v, l). */
static inline size_t gemm_i8_groups(size_t K) { return (K + I8_GROUP - 1) / I8_GROUP; }
static inline size_t gemm_i8_bytes(size_t groups, int vecs) { return groups * (size_t)(vecs * VF) * I8_GROUP * I8_SPREAD; }
static inline size_t gemm_i8_panel(size_t K, int vecs) {
    const size_t groups = gemm_i8_groups(K), order = i8_order_words(groups, vecs) * sizeof(uint32_t);
    return tile_round((size_t)(vecs * VF) * 12 + gemm_i8_bytes(groups, vecs) + order, 4 * VF);
}

/* What is packed. Column n, element k of the weights is w[n * row + k * col]. */
struct gemm_i8_weights {
    const int8_t *w;
    ptrdiff_t row, col;
    const int32_t *bias, *w_zero;      /* or NULL */
    const float *multiplier;           /* NULL: one for all, `scale` */
    float scale;
    int32_t x_zero, zero;              /* `zero`: the weights' zero point where w_zero is NULL */
    size_t run;                        /* 0, or K is runs of so many, each packed as a multiple of I8_GROUP */
    int natural;                       /* columns lie in their own order instead of tile_channel's */
};
static inline size_t gemm_i8_column(const struct gemm_i8_weights *from, int vecs, size_t slot) {
    return from->natural ? slot : (size_t)tile_channel(vecs, (int)(slot / VF), (int)(slot % VF));
}
/* Whether the last elements of runs lie apart, behind all else and side by side: each run would take a group for it. */
static inline int gemm_i8_rests(size_t K, size_t run) {
#ifdef I8_REST
    return run % I8_GROUP == 1 && K / run > 2;
#else
    (void)K, (void)run;
    return 0;
#endif
}
static inline size_t gemm_i8_depth(size_t K, size_t run) { /* elements of K as they are packed */
    if (gemm_i8_rests(K, run)) return K / run * (run - 1) + tile_round(K / run, I8_GROUP);
    return run ? K / run * tile_round(run, I8_GROUP) : K;
}

/* Sum of K neighbours, modulo 2^32. */
static inline uint32_t gemm_i8_sum(size_t K, const int8_t *w) {
    vi sums = vi_set(0);
    size_t k = 0;
    for (; k + VF <= K; k += VF) sums = vi_add(sums, vi_load_i8(w + k));
    uint32_t sum = (uint32_t)vi_sum(sums);
    for (; k < K; k++) sum += (uint32_t)w[k];
    return sum;
}

/* What lies in four neighbouring columns of I8_GROUP rows, `col` apart, as four slots of a panel. */
static inline void gemm_i8_turn(const int8_t *from, ptrdiff_t col, int8_t *to) {
    int8_t block[I8_GROUP][4];
    for (int i = 0; i < I8_GROUP; i++) memcpy(block[i], from + i * col, 4);
    for (int j = 0; j < 4; j++)
        for (int i = 0; i < I8_GROUP; i++) to[j * I8_GROUP + i] = block[i][j];
}

/* K weights, from `first` on, of `valid` columns from n on into their places: I8_GROUP at a time where they are
 * neighbours, or four columns at a time where those are. */
static inline void gemm_i8_place(size_t first, size_t K, size_t n, size_t valid, int vecs,
                                 const struct gemm_i8_weights *from, int8_t *at) {
    const size_t width = (size_t)(vecs * VF);
    const int8_t *column[TILE_VECS * VF];
    for (size_t slot = 0; slot < width; slot++) {
        const size_t j = gemm_i8_column(from, vecs, slot);
        column[slot] = j < valid ? from->w + (ptrdiff_t)(n + j) * from->row + (ptrdiff_t)first * from->col : NULL;
    }
    size_t k = 0;
#ifdef I8_DEAL
    if (from->col == 1 && valid >= width)
        for (; k + 4 * I8_STEP <= K; k += 4 * I8_STEP)
            for (size_t slot = 0; slot < width; slot += VF)
                i8_deal(at + k * width + slot * I8_STEP, width * I8_STEP, column + slot, k);
#endif
    if (from->col == 1)
        for (; k + I8_GROUP <= K; k += I8_GROUP)
            for (size_t slot = 0; slot < width; slot++)
                if (column[slot]) memcpy(at + k * width + slot * I8_GROUP, column[slot] + k, I8_GROUP);
#ifdef I8_WEAVE
    if (from->row == 1 && vecs == TILE_VECS)
        for (; k + I8_GROUP <= K; k += I8_GROUP)
            i8_weave(at + k * width, from->w + n + (ptrdiff_t)(first + k) * from->col, from->col, valid);
#endif
    if (from->row == 1 && valid == width && VF % 4 == 0) /* slots of four neighbours: see tile_channel */
        for (; k + I8_GROUP <= K; k += I8_GROUP)
            for (size_t slot = 0; slot < width; slot += 4)
                gemm_i8_turn(column[slot] + (ptrdiff_t)k * from->col, from->col, at + k * width + slot * I8_GROUP);
    for (; k < K; k++)
        for (size_t slot = 0; slot < width; slot++)
            if (column[slot])
                at[(k / I8_GROUP * width + slot) * I8_GROUP + k % I8_GROUP] = column[slot][(ptrdiff_t)k * from->col];
}

/* What a tile sums up for each column of a panel, in the order of its slots, where every activation is x. */
static inline void gemm_i8_column_sums(size_t K, int vecs, const int8_t *w, int32_t x, int32_t *sums) {
    i8_act buffer[I8_STEP];
    for (int i = 0; i < I8_STEP; i++) buffer[i] = (i8_act)x;
    const i8_a all = i8_set_a(buffer);
    for (int v = 0; v < vecs; v++) {
        int32_t parts[I8_GROUP / I8_STEP * VF]; /* a column has as many neighbouring parts as a group has steps */
        for (int p = 0; p < I8_GROUP / I8_STEP; p++) {
            const int8_t *at = w + v * VF * I8_GROUP + p * VF * I8_STEP;
            vi sum = vi_set(0);
            for (size_t s = gemm_i8_groups(K); s; s--, at += vecs * VF * I8_GROUP) sum = i8_dot(sum, all, i8_load_w(at));
            vi_store(parts + p * VF, sum);
        }
        for (int l = 0; l < VF; l++) {
            uint32_t sum = 0;
            for (int p = 0; p < I8_GROUP / I8_STEP; p++) sum += (uint32_t)parts[l * (I8_GROUP / I8_STEP) + p];
            sums[v * VF + l] = (int32_t)sum;
        }
    }
}

static void gemm_i8_pack_panel(size_t K, size_t n, size_t valid, int vecs, const struct gemm_i8_weights *from,
                               int8_t *panel) {
    const size_t width = (size_t)(vecs * VF), run = from->run ? from->run : K, rest = (size_t)gemm_i8_rests(K, from->run);
    const size_t step = tile_round(run - rest, I8_GROUP);
    memset(panel, 0, gemm_i8_panel(gemm_i8_depth(K, from->run), vecs));
    int8_t *at = panel + 12 * width;
    for (size_t k = 0; k < K; k += run, at += step * width) gemm_i8_place(k, run - rest, n, valid, vecs, from, at);
    for (size_t i = 0; rest && i < K / run; i++)
        gemm_i8_place((i + 1) * run - 1, 1, n, valid, vecs, from, at + i / I8_GROUP * I8_GROUP * width + i % I8_GROUP);
    int32_t sums[TILE_VECS * VF];
    gemm_i8_column_sums(gemm_i8_depth(K, from->run), vecs, panel + 12 * width, from->x_zero, sums);
    for (size_t slot = 0; slot < width; slot++) {
        const size_t j = gemm_i8_column(from, vecs, slot);
        if (j >= valid) continue;
        const uint32_t bias = from->bias ? (uint32_t)from->bias[n + j] : 0;
        const uint32_t whole = bias - (uint32_t)sums[slot];
        const float given = from->multiplier ? from->multiplier[n + j] : from->scale;
        const float multiplier = given > GEMM_I8_STEEP ? GEMM_I8_STEEP : given;
        const int32_t zero = from->w_zero ? from->w_zero[n + j] : from->zero;
        memcpy(panel + 4 * slot, &whole, 4);
        memcpy(panel + 4 * (width + slot), &multiplier, 4);
        memcpy(panel + 4 * (2 * width + slot), &zero, 4);
    }
    const size_t groups = gemm_i8_groups(gemm_i8_depth(K, from->run));
    int8_t *w = panel + 12 * width;
    i8_arrange(groups, gemm_i8_groups(run), vecs, w, (uint32_t *)(void *)(w + gemm_i8_bytes(groups, vecs)));
}

/* Bytes of all panels. */
static inline size_t gemm_i8_pack(size_t K, size_t N, const struct gemm_i8_weights *from, int8_t *out) {
    size_t used = 0;
    for (size_t n = 0; n < N;) {
        const int vecs = tile_vecs(N - n);
        const size_t width = (size_t)(vecs * VF);
        if (out) gemm_i8_pack_panel(K, n, N - n < width ? N - n : width, vecs, from, out + used);
        used += gemm_i8_panel(from ? gemm_i8_depth(K, from->run) : K, vecs);
        n += width;
    }
    return used;
}

/* One vector from sums to int8: scale, clamp while still float, round to nearest even, add the zero point. */
static inline vi gemm_i8_requantize(vi sum, vf multiplier, const struct i8_bend *bend, vf lo, vf hi, vi zero) {
    vf v = vf_mul(vi_to_vf(sum), multiplier);
    if (bend) v = i8_bent(v, bend);
    return vi_add(vf_to_vi(vf_min(vf_max(v, lo), hi)), zero); /* NaN becomes lo */
}

/* The end of a tile that takes more than the others: from sums in memory. */
static void gemm_i8_odd(int rows, int vecs, const struct gemm_i8 *g, const int32_t *sums, const int8_t *panel, int8_t *y,
                        size_t n, const int32_t *row_sums) {
    const size_t width = (size_t)(vecs * VF);
    const float *multiplier = (const float *)(const void *)panel + width;
    const int32_t *zero = (const int32_t *)(const void *)panel + 2 * width;
    for (int i = 0; i < rows; i += 4 / vecs) {
        vi q[4];
        vf m[4];
        for (int v = 0; v < 4; v++) {
            const int row = i + v / vecs < rows ? i + v / vecs : i, column = v % vecs * VF;
            m[v] = vf_load(multiplier + column);
            q[v] = vi_load(sums + (size_t)row * width + column);
            if (g->has_w_zero) q[v] = vi_sub(q[v], vi_mul(vi_load(zero + column), vi_set(row_sums[row])));
            const vm steep = vf_ge(m[v], vf_set(1.0f));
            q[v] = vi_select(steep, vi_min(q[v], vi_set(GEMM_I8_CUT)), q[v]);
        }
        const i8_bytes bytes = g->bend ? i8_finish_bent(q[0], q[1], q[2], q[3], m, &g->range, g->bend)
                                       : i8_finish(q[0], q[1], q[2], q[3], m, &g->range);
        tile_put(vecs, rows - i < 4 / vecs ? rows - i : 4 / vecs, y + (size_t)i * g->ldy, g->ldy, n, bytes);
    }
}

/* The end of a tile with a function before rounding. */
EDGE_INLINE void gemm_i8_bend_rows(int rows, const int vecs, const struct gemm_i8 *g, const int32_t *sums,
                                   const int8_t *panel, int8_t *y, size_t n) {
    const float *multiplier = (const float *)(const void *)panel + vecs * VF;
    const struct i8_range range = g->range; /* copies: for all that a compiler knows, storing y may change them */
    const struct i8_bend bend = *g->bend;
    const size_t ldy = g->ldy;
    vf m[4];
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) m[v] = vf_load(multiplier + v % vecs * VF);
    for (int i = 0; i < rows; i += 4 / vecs, sums += 4 * VF) { /* rows beyond the last one are not stored */
        const i8_bytes bytes = i8_finish_bent(vi_load(sums), vi_load(sums + VF), vi_load(sums + 2 * VF),
                                              vi_load(sums + 3 * VF), m, &range, &bend);
        tile_put(vecs, rows - i < 4 / vecs ? rows - i : 4 / vecs, y + (size_t)i * ldy, ldy, n, bytes);
    }
}
static void gemm_i8_bend(int rows, int vecs, const struct gemm_i8 *g, const int32_t *sums, const int8_t *panel, int8_t *y,
                         size_t n) {
    if (vecs == 1) gemm_i8_bend_rows(rows, 1, g, sums, panel, y, n);
    else if (vecs == 2) gemm_i8_bend_rows(rows, 2, g, sums, panel, y, n);
    else gemm_i8_bend_rows(rows, TILE_VECS, g, sums, panel, y, n);
}

/* The parts of a tile of rows x vecs vectors of sums: they start from the bias ... */
EDGE_INLINE void gemm_i8_begin(const int rows, const int vecs, const int8_t *panel,
                               const int32_t *row_start, vi acc[][TILE_VECS]) {
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) {
        const vi bias = vi_load((const int32_t *)(const void *)panel + j * VF);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) acc[i][j] = bias;
    }
    if (row_start) {
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            const vi start = vi_set(row_start[i]);
            EDGE_UNROLL
            for (int j = 0; j < vecs; j++) acc[i][j] = vi_add(acc[i][j], start);
        }
    }
}
/* ... gain the products of their rows and one panel's weights ... */
EDGE_INLINE void gemm_i8_sums(const int rows, const int vecs, const struct gemm_i8 *g, const i8_act *a, const int8_t *w,
                              vi acc[][TILE_VECS], uintptr_t ahead) {
    const size_t width = (size_t)(vecs * VF);
#ifdef I8_TILE_SUMS
    (void)width;
    const i8_act *row[TILE_NARROW_ROWS];
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) row[i] = a + (size_t)i * g->lda;
    i8_tile_turn(0, rows, vecs, acc);
    const int8_t *order = w + gemm_i8_bytes(gemm_i8_groups(g->K), vecs);
    i8_tile_sums(rows, vecs, acc, row, 0, w, (const uint32_t *)(const void *)order, g->K, 0, ahead);
    i8_tile_turn(1, rows, vecs, acc);
#else
    const size_t steps = gemm_i8_groups(g->K);
    for (size_t s = 0; s < steps; s++, w += width * I8_STEP) { /* I8_STEP products per lane and step */
        i8_w wv[TILE_VECS];
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) wv[j] = i8_load_w(w + j * VF * I8_STEP);
        i8_prefetch(ahead + s * TILE_LINE);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            const i8_a av = i8_set_a(a + (size_t)i * g->lda + s * I8_STEP);
            EDGE_UNROLL
            for (int j = 0; j < vecs; j++) acc[i][j] = i8_dot(acc[i][j], av, wv[j]);
        }
    }
#endif
}
/* ... and end as n int8 of each row. */
EDGE_INLINE void gemm_i8_end(const int rows, const int vecs, const struct gemm_i8 *g, vi acc[][TILE_VECS],
                             const int8_t *panel, int8_t *y, size_t n, const int32_t *row_sums) {
    const float *multiplier = (const float *)(const void *)panel + (size_t)(vecs * VF);
    if (g->has_w_zero || g->wild) {
        int32_t sums[(TILE_TALL_ROWS * TILE_VECS + 3) * VF];
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            EDGE_UNROLL
            for (int j = 0; j < vecs; j++) vi_store(sums + (i * vecs + j) * VF, acc[i][j]);
        }
        if (g->bend && !g->has_w_zero) gemm_i8_bend(rows, vecs, g, sums, panel, y, n);
        else gemm_i8_odd(rows, vecs, g, sums, panel, y, n, row_sums);
        return;
    }
#ifdef I8_TILE_SUMS /* a copy: for all that a compiler knows, storing y may change the range */
    const struct i8_range copy = g->range, *const range = &copy;
#else
    const struct i8_range *const range = &g->range; /* operands of instructions may as well lie in memory */
#endif
    const size_t ldy = g->ldy;
#define GEMM_I8_SUM(v) acc[i + (v) / vecs < rows ? i + (v) / vecs : i][(v) % vecs]
    vf m[4];
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) m[v] = vf_load(multiplier + v % vecs * VF);
    EDGE_UNROLL
    for (int i = 0; i < rows; i += 4 / vecs) {
        const i8_bytes bytes =
            i8_finish(GEMM_I8_SUM(0), GEMM_I8_SUM(1), GEMM_I8_SUM(2), GEMM_I8_SUM(3), m, range);
        tile_put(vecs, rows - i < 4 / vecs ? rows - i : 4 / vecs, y + (size_t)i * ldy, ldy, n, bytes);
    }
#undef GEMM_I8_SUM
}

/* rows x vecs tile: y[i, 0..n) from rows a[i*lda ..] and one panel. rows and vecs are constants where it is inlined. */
EDGE_INLINE void gemm_i8_tile(const int rows, const int vecs, const struct gemm_i8 *g, const i8_act *a,
                              const int8_t *panel, int8_t *y, size_t n, const int32_t *row_sums,
                              const int32_t *row_start, uintptr_t ahead) {
    const size_t width = (size_t)(vecs * VF);
    vi acc[TILE_NARROW_ROWS][TILE_VECS];
    gemm_i8_begin(rows, vecs, panel, row_start, acc);
    gemm_i8_sums(rows, vecs, g, a, panel + 12 * width, acc, ahead);
    gemm_i8_end(rows, vecs, g, acc, panel, y, n, row_sums);
}

/* Rows m .. m_end, a multiple of the tile's height, of y and a, which begin at row 0. Meanwhile what lies behind the
 * panel, mostly the next one, is brought into the cache, a part by each tile. */
typedef void (*gemm_i8_fn)(const struct gemm_i8 *, size_t, size_t, const i8_act *, const int8_t *, int8_t *, size_t);
#define GEMM_I8_TILE(prefix, rows, vecs)                                                                               \
    static void prefix##_##rows##x##vecs(const struct gemm_i8 *g, size_t m, size_t m_end, const i8_act *a,             \
                                         const int8_t *panel, int8_t *y, size_t n) {                                   \
        const size_t bytes = gemm_i8_panel(g->K, vecs), step = gemm_i8_groups(g->K) * TILE_LINE;                        \
        size_t done = m / rows * step;                                                                                 \
        for (; m < m_end; m += rows, done += step)                                                                     \
            gemm_i8_tile(rows, vecs, g, a + m * g->lda, panel, y + m * g->ldy, n,                                      \
                         g->has_w_zero ? g->row_sums + m : NULL, g->row_start ? g->row_start + m : NULL,               \
                         (uintptr_t)panel + (done < bytes ? bytes + done : 0)); \
    }
#define GEMM_I8_EACH_WIDE(X, prefix, vecs) TILE_PASTE(TILE_EACH_, I8_ROWS)(X, prefix, vecs)
#define GEMM_I8_NAMES_WIDE(prefix, vecs) {TILE_PASTE(TILE_NAMES_, I8_ROWS)(prefix, vecs)}
TILE_EACH_NARROW(GEMM_I8_TILE, gemm_i8, 1) GEMM_I8_EACH_WIDE(GEMM_I8_TILE, gemm_i8, TILE_VECS)
#if TILE_VECS == 4
TILE_EACH_NARROW(GEMM_I8_TILE, gemm_i8, 2)
#endif
static const gemm_i8_fn gemm_i8_tiles[5][TILE_NARROW_ROWS + 1] = {
    [1] = TILE_NAMES_NARROW(gemm_i8, 1),
#if TILE_VECS == 4
    [2] = TILE_NAMES_NARROW(gemm_i8, 2),
#endif
    [TILE_VECS] = GEMM_I8_NAMES_WIDE(gemm_i8, TILE_VECS)};
static inline size_t gemm_i8_rows(int vecs) { return vecs == TILE_VECS ? I8_ROWS : TILE_NARROW_ROWS; }

/* M rows times one panel, in tiles of nearly equal height: first the higher ones, then those with a row less. */
static void gemm_i8_panel_run(const struct gemm_i8 *g, size_t M, int vecs, const i8_act *a, const int8_t *panel,
                              int8_t *y, size_t n) {
    const size_t most = gemm_i8_rows(vecs), tiles = (M + most - 1) / most;
    if (!M) return;
    const size_t low = M / tiles, higher = M % tiles * (low + 1);
    if (higher) gemm_i8_tiles[vecs][low + 1](g, 0, higher, a, panel, y, n);
    gemm_i8_tiles[vecs][low](g, higher, M, a, panel, y, n);
}

/* M rows times panels [first, end); y is the output at row 0, column 0. */
static inline void gemm_i8_run(const struct gemm_i8 *g, size_t M, size_t first, size_t end, const i8_act *a,
                        const int8_t *packed, int8_t *y) {
    size_t index = 0;
    for (size_t n = 0; n < g->N && index < end; index++) {
        const int vecs = tile_vecs(g->N - n);
        if (index >= first) gemm_i8_panel_run(g, M, vecs, a, packed, y + n, g->N - n);
        packed += gemm_i8_panel(g->K, vecs);
        n += (size_t)(vecs * VF);
    }
}

/* Row sums of x - x_zero. */
static void gemm_i8_row_sums(const struct gemm_i8 *g, size_t M, const i8_act *a, int32_t *sums) {
    for (size_t m = 0; m < M; m++) {
        uint32_t sum = 0;
#ifdef I8_IN_PLACE
        sum = gemm_i8_sum(g->K, a + m * g->lda);
#else
        for (size_t k = 0; k < g->K; k++) sum += (uint32_t)a[m * g->lda + k];
#endif
        sums[m] = (int32_t)(sum - (uint32_t)g->K * (uint32_t)g->x_zero);
    }
}

/* n int8 as activations, in whole blocks where the source has them. */
static inline void gemm_i8_copy(i8_act *to, const int8_t *from, size_t n, const int8_t *end) {
    size_t i = 0;
    for (; i < n && (size_t)(end - from) >= i + I8_BLOCK; i += I8_BLOCK) i8_gather_block(to + i, from + i);
    for (; i < n; i++) to[i] = from[i];
}
/* The same as activations that have their bias: what i8_set_ready takes. */
static void gemm_i8_ready(i8_act *to, const int8_t *from, size_t n, const int8_t *end) {
    size_t i = 0;
    for (; i < n && (size_t)(end - from) >= i + I8_BLOCK; i += I8_BLOCK) i8_ready_block(to + i, from + i);
    for (; i < n; i++) to[i] = (i8_act)(from[i] + I8_BIAS);
}
static inline void gemm_i8_set(i8_act *to, i8_act fill, size_t n) {
    if (sizeof fill == 1) memset(to, fill, n);
    else
        for (size_t i = 0; i < n; i++) to[i] = fill;
}
#endif
