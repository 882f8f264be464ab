/* Long short-term memory on int8 with an int16 cell, its weights packed in panels. Sums are exact; scales and activations
 * are fixed point.
 *
 * LSTM_Q_ROWS rows are multiplied at once: rows of the batch, or steps of one row where the state does not matter. */
#include "gemm_i8.h"
#include "lstm_q.h"

enum { LSTM_Q_ROWS = 4, LSTM_Q_PANEL = TILE_VECS * VF };

/* rows x vecs tile of sums, rows of which lie `pitch` apart, a whole panel wide */
typedef void (*lstm_q_fn)(const struct gemm_i8 *, const i8_act *, const int8_t *, int32_t *, size_t);
#define LSTM_Q_TILE(prefix, rows, vecs)                                                                                \
    static void prefix##_##rows##x##vecs(const struct gemm_i8 *g, const i8_act *a, const int8_t *panel, int32_t *y,    \
                                         size_t pitch) {                                                               \
        vi acc[TILE_NARROW_ROWS][TILE_VECS];                                                                           \
        gemm_i8_begin(rows, vecs, panel, NULL, acc);                                                                   \
        gemm_i8_sums(rows, vecs, g, a, panel + 12 * vecs * VF, acc, (uintptr_t)panel);                                 \
        EDGE_UNROLL                                                                                                    \
        for (int i = 0; i < rows; i++) {                                                                               \
            EDGE_UNROLL                                                                                                \
            for (int j = 0; j < vecs; j++) vi_store(y + (size_t)i * pitch + j * VF, acc[i][j]);                        \
        }                                                                                                              \
    }
TILE_EACH_4(LSTM_Q_TILE, lstm_q, 1) TILE_EACH_4(LSTM_Q_TILE, lstm_q, 2)
#if TILE_VECS == 4
TILE_EACH_4(LSTM_Q_TILE, lstm_q, 4)
#endif
static const lstm_q_fn lstm_q_tiles[5][LSTM_Q_ROWS + 1] = {
    [1] = {TILE_NAMES_4(lstm_q, 1)}, [2] = {TILE_NAMES_4(lstm_q, 2)},
#if TILE_VECS == 4
    [4] = {TILE_NAMES_4(lstm_q, 4)},
#endif
};

/* One of the products: K elements of a row times N columns; sums lie `pitch` apart. */
struct lstm_q_product {
    struct gemm_i8 g;
    const int8_t *panels;
    i8_act *rows;
    int32_t *sums;
    size_t pitch;
};
static void lstm_q_run(const struct lstm_q_product *p, size_t rows) {
    const int8_t *panel = p->panels;
    for (size_t n = 0; n < p->g.N;) {
        const int vecs = tile_vecs(p->g.N - n);
        lstm_q_tiles[vecs][rows](&p->g, p->rows, panel, p->sums + n, p->pitch);
        panel += gemm_i8_panel(p->g.K, vecs);
        n += (size_t)(vecs * VF);
    }
}
/* Row i of what is multiplied. */
static inline void lstm_q_row(const struct lstm_q_product *p, size_t i, const int8_t *from, const int8_t *end) {
#ifdef I8_IN_PLACE
    (void)end;
    memmove(p->rows + i * p->g.lda, from, p->g.K);
#else
    gemm_i8_copy(p->rows + i * p->g.lda, from, p->g.K, end);
#endif
}
/* Where a new state is written: at once into the row that the next step multiplies, if that is of bytes. */
static inline int8_t *lstm_q_state(const struct lstm_q_product *p, size_t i, int8_t *h) {
#ifdef I8_IN_PLACE
    return (void)h, p->rows + i * p->g.lda;
#else
    return h + i * p->g.K;
#endif
}

/* The weights of the three products: of x, of h, of the hidden output. */
static struct gemm_i8_weights lstm_q_weights(const struct edge_lstm_q_i8 *a, int which) {
    const int8_t *w[3] = {a->w, a->r, a->projection};
    const int32_t *bias[3] = {a->norm ? NULL : a->bias, NULL, a->projection_bias}; /* it comes after a normalization */
    const int32_t K[3] = {a->inputs, a->out, a->units}, zero[3] = {a->zero_x, a->zero_h, a->zero_hidden};
    return (struct gemm_i8_weights){w[which], K[which], 1, bias[which], NULL, NULL, 0, zero[which], 0, 0, 1};
}
static inline size_t lstm_q_columns(const struct edge_lstm_q_i8 *a, int which) {
    return which < 2 ? 4 * (size_t)a->units : a->projection ? (size_t)a->out : 0;
}
EDGE_PACK(lstm_q_i8) {
    size_t used = 0;
    for (int which = 0; which < 3; which++) {
        const struct gemm_i8_weights from = lstm_q_weights(a, which);
        used += gemm_i8_pack((size_t)from.row, lstm_q_columns(a, which), &from, out ? (int8_t *)out + used : NULL);
    }
    return used;
}

/* Places the products' rows and sums in the scratch, one behind the other; returns what follows them. */
static int32_t *lstm_q_products(const struct edge_lstm_q_i8 *a, int32_t *sums, struct lstm_q_product *p) {
    const int8_t *panels = a->packed;
    for (int which = 0; which < 3; which++) {
        const size_t K = (size_t)lstm_q_weights(a, which).row, N = lstm_q_columns(a, which);
        const size_t lda = tile_round(K, 8), pitch = tile_round(N, LSTM_Q_PANEL) + LSTM_Q_SLACK;
        p[which] = (struct lstm_q_product){{K, N, lda, 0, 0, 0, 0, NULL, i8_range(0, -128, 127), NULL, NULL}, panels,
                                           (i8_act *)(sums + LSTM_Q_ROWS * pitch), sums, pitch};
        sums += LSTM_Q_ROWS * pitch + (LSTM_Q_ROWS * lda + TILE_SLACK) * sizeof(i8_act) / sizeof *sums;
        panels += gemm_i8_pack(K, N, NULL, NULL);
    }
    return sums;
}

/* One step of `rows` rows of the batch, whose sums of x are known; c, h and y are those of the first. */
static void lstm_q_step(const struct edge_lstm_q_i8 *a, const struct lstm_q *s, const struct lstm_q_product *p,
                        const int32_t *from_x, size_t rows, int16_t *c, int8_t *h, int8_t *y) {
    const size_t units = (size_t)a->units, out = (size_t)a->out;
    lstm_q_run(&p[1], rows);
    for (size_t i = 0; i < rows; i++) {
        /* what is projected lies where the cell reads no further than it writes */
        int8_t *to = a->projection ? (int8_t *)s->seen : lstm_q_state(&p[1], i, h);
        lstm_q_cell(s, from_x + i * p[0].pitch, p[1].sums + i * p[1].pitch, c + i * units, to);
        if (a->projection) lstm_q_row(&p[2], i, to, to + units);
    }
    if (a->projection) {
        const struct fixed_scale by = fixed_scale(a->mantissa[PROJECTION], a->shift[PROJECTION]);
        lstm_q_run(&p[2], rows);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < out; j += VF) {
                const vi sum = fixed_scaled(vi_load(p[2].sums + i * p[2].pitch + j), &by);
                lstm_q_put(lstm_q_state(&p[1], i, h) + j, lstm_q_bytes(sum, a->zero_h, a->lo, a->hi), out - j);
            }
    }
    for (size_t i = 0; i < rows; i++) {
        const int8_t *state = lstm_q_state(&p[1], i, h);
        memmove(y + i * out, state, out);
        if (state != h + i * out) memmove(h + i * out, state, out);
        else lstm_q_row(&p[1], i, state, h + rows * out);
    }
}

EDGE_KERNEL(lstm_q_i8) {
    const size_t steps = (size_t)a->steps, batch = (size_t)a->batch, inputs = (size_t)a->inputs;
    const size_t units = (size_t)a->units, out = (size_t)a->out;
    if (!a->projection && out != units) return EDGE_E_INDEX;
    if (a->norm && (!a->bias || units == 0)) return EDGE_E_INDEX;
    struct lstm_q_product products[3], *x = &products[0];
    struct lstm_q s = LSTM_Q(a);
    (void)lstm_q_place(&s, (int16_t *)lstm_q_products(a, t->scratch, products));
    const int8_t *x_end = a->x + steps * batch * inputs;
    size_t lo, hi;
    edge_share(t, batch, &lo, &hi);
    memmove(a->h + lo * out, a->h0 + lo * out, (hi - lo) * out);
    memmove(a->c + lo * units, a->c0 + lo * units, (hi - lo) * units * sizeof(int16_t));
    for (size_t b = lo, rows; b < hi; b += rows) {
        rows = hi - b < LSTM_Q_ROWS ? hi - b : LSTM_Q_ROWS;
        for (size_t i = 0; i < rows; i++) lstm_q_row(&products[1], i, a->h + (b + i) * out, a->h + hi * out);
        const size_t most = LSTM_Q_ROWS / rows;
        for (size_t k = 0, count; k < steps; k += count) {
            count = steps - k < most ? steps - k : most;
            for (size_t i = 0; i < count * rows; i++) {
                const size_t step = a->reverse ? steps - 1 - k - i / rows : k + i / rows;
                lstm_q_row(x, i, a->x + (step * batch + b + i % rows) * inputs, x_end);
            }
            lstm_q_run(x, count * rows);
            for (size_t i = 0; i < count; i++) {
                const size_t step = a->reverse ? steps - 1 - k - i : k + i;
                lstm_q_step(a, &s, products, x->sums + i * rows * x->pitch, rows, a->c + b * units, a->h + b * out,
                            a->y + (step * batch + b) * out);
            }
        }
    }
    return EDGE_OK;
}
