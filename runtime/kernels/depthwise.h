/* What the depthwise kernels share: which taps of a window lie inside the image, and how a row of outputs is cut into
 * tiles of columns.
 *
 * x is [N,H,W,C], w is [KH,KW,C*M], y is [N,P,Q,C*M]; output channel c*M + m reads channel c. Channels are the vector
 * lanes, so weights need no packing. With M = 1 a tile of up to four neighbouring outputs shares its loads of x: an
 * input column serves every output whose window covers it. Windows of 3 or 5 columns at stride 1 or 2 have tiles with
 * all of that known when compiling; every other window, and M > 1, goes one output at a time. */
#ifndef EDGE_KERNELS_DEPTHWISE_H
#define EDGE_KERNELS_DEPTHWISE_H

enum { DEPTHWISE_COLUMNS = 4 };

/* First and one past the last tap whose position start + tap * dilation lies in [0, size). */
struct depthwise_taps {
    int64_t first, end;
};
static inline struct depthwise_taps depthwise_taps(int64_t start, int64_t dilation, int64_t count, int64_t size) {
    struct depthwise_taps t = {start < 0 ? (-start + dilation - 1) / dilation : 0, 0};
    t.end = start >= size ? 0 : (size - 1 - start) / dilation + 1;
    if (t.end > count) t.end = count;
    if (t.end < t.first) t.end = t.first;
    return t;
}

/* Bit i says that column start + i of `count` lies in [0, size). */
static inline uint32_t depthwise_inside(int64_t start, int count, int64_t size) {
    uint32_t bits = 0;
    for (int i = 0; i < count; i++) bits |= (uint32_t)(start + i >= 0 && start + i < size) << i;
    return bits;
}

/* Channel of x for each of n <= VF output channels from `o` on, where outputs per channel M > 1. */
#define DEPTHWISE_SPREAD(type, to, x, o, n, M)                                                                         \
    type to[VF] = {0};                                                                                                 \
    for (int64_t lane = 0; lane < (int64_t)(n); lane++) to[lane] = (x)[((o) + lane) / (M)]

/* X(prefix, columns, KW, stride, full) for each tile; `full` ones have every column inside the image. Then their table,
 * indexed by [KW == 5][stride - 1][columns, or 0 for the full one]. */
#define DEPTHWISE_EACH(X, p)                                                                                           \
    DEPTHWISE_EACH_OF(X, p, 3, 1) DEPTHWISE_EACH_OF(X, p, 3, 2)                                                        \
    DEPTHWISE_EACH_OF(X, p, 5, 1) DEPTHWISE_EACH_OF(X, p, 5, 2)
#define DEPTHWISE_EACH_OF(X, p, KW, s)                                                                                 \
    X(p, 4, KW, s, 1) X(p, 1, KW, s, 0) X(p, 2, KW, s, 0) X(p, 3, KW, s, 0) X(p, 4, KW, s, 0)
#define DEPTHWISE_TABLE(p)                                                                                             \
    {{DEPTHWISE_NAMES(p, 3, 1), DEPTHWISE_NAMES(p, 3, 2)}, {DEPTHWISE_NAMES(p, 5, 1), DEPTHWISE_NAMES(p, 5, 2)}}
#define DEPTHWISE_NAMES(p, KW, s)                                                                                      \
    {p##_4_##KW##_##s##_1, p##_1_##KW##_##s##_0, p##_2_##KW##_##s##_0, p##_3_##KW##_##s##_0, p##_4_##KW##_##s##_0}
/* The tile that begins at output q: its input columns start at ix, `inside` marks those in the image. */
struct depthwise_columns {
    int64_t ix;
    uint32_t inside;
    int columns, full;
};
static inline struct depthwise_columns depthwise_columns(int64_t q, int64_t Q, int64_t stride, int64_t pad, int64_t KW,
                                                         int64_t W) {
    struct depthwise_columns t = {q * stride - pad, 0, Q - q < DEPTHWISE_COLUMNS ? (int)(Q - q) : DEPTHWISE_COLUMNS, 0};
    const int reach = (int)((t.columns - 1) * stride + KW);
    t.inside = depthwise_inside(t.ix, reach, W);
    t.full = t.columns == DEPTHWISE_COLUMNS && t.inside == (1u << reach) - 1;
    return t;
}

#define DEPTHWISE_HAS_TILE(a)                                                                                          \
    ((a)->M == 1 && (a)->dilation_w == 1 && ((a)->KW == 3 || (a)->KW == 5) && (a)->stride_w <= 2)
#endif
