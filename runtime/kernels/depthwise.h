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

/* Calls run(columns, KW, stride, all_inside) with constants for the windows that have tiles. */
#define DEPTHWISE_DISPATCH(KW, stride, columns, full, run)                                                             \
    switch ((KW) * 100 + (stride) * 10 + ((full) ? 5 : (columns))) {                                                   \
        case 311: run(1, 3, 1, 0); break;                                                                              \
        case 312: run(2, 3, 1, 0); break;                                                                              \
        case 313: run(3, 3, 1, 0); break;                                                                              \
        case 314: run(4, 3, 1, 0); break;                                                                              \
        case 315: run(4, 3, 1, 1); break;                                                                              \
        case 321: run(1, 3, 2, 0); break;                                                                              \
        case 322: run(2, 3, 2, 0); break;                                                                              \
        case 323: run(3, 3, 2, 0); break;                                                                              \
        case 324: run(4, 3, 2, 0); break;                                                                              \
        case 325: run(4, 3, 2, 1); break;                                                                              \
        case 511: run(1, 5, 1, 0); break;                                                                              \
        case 512: run(2, 5, 1, 0); break;                                                                              \
        case 513: run(3, 5, 1, 0); break;                                                                              \
        case 514: run(4, 5, 1, 0); break;                                                                              \
        case 515: run(4, 5, 1, 1); break;                                                                              \
        case 521: run(1, 5, 2, 0); break;                                                                              \
        case 522: run(2, 5, 2, 0); break;                                                                              \
        case 523: run(3, 5, 2, 0); break;                                                                              \
        case 524: run(4, 5, 2, 0); break;                                                                              \
        default: run(4, 5, 2, 1); break;                                                                               \
    }
#define DEPTHWISE_HAS_TILE(a)                                                                                          \
    ((a)->M == 1 && (a)->dilation_w == 1 && ((a)->KW == 3 || (a)->KW == 5) && ((a)->stride_w == 1 || (a)->stride_w == 2))
#endif
