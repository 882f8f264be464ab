/* The taps of a pooling window that lie inside the image, and the walk over output pixels. */
#ifndef EDGE_POOL_H
#define EDGE_POOL_H

#include "../kernel.h"

struct taps {
    int64_t first, last; /* taps first .. last-1 ... */
    int64_t at;          /* ... of which the first lies at this row or column */
};

/* Taps k of `kernel` with from <= at + k * dilation < to; where there are none, first == last. */
static inline struct taps taps_within(int64_t at, int64_t kernel, int64_t dilation, int64_t from, int64_t to) {
    int64_t first = at >= from ? 0 : (from - at + dilation - 1) / dilation;
    int64_t last = to <= at ? 0 : (to - 1 - at) / dilation + 1;
    if (last > kernel) last = kernel;
    if (first > last) first = last;
    return (struct taps){first, last, at + first * dilation};
}

/* One output pixel: where its window begins, and which taps of it are real. */
struct pool_at {
    size_t pixel, image;
    int64_t top, left;
    struct taps rows, columns;
};
#define POOL_AT(a, pixel)                                                                          \
    pool_at(pixel, a->P, a->Q, a->H, a->W, a->KH, a->KW, a->stride_h, a->stride_w, a->dilation_h, a->dilation_w,   \
            a->pad_top, a->pad_left)

static inline struct pool_at pool_at(size_t pixel, int64_t P, int64_t Q, int64_t H, int64_t W, int64_t KH, int64_t KW,
                                     int64_t stride_h, int64_t stride_w, int64_t dilation_h, int64_t dilation_w,
                                     int64_t pad_top, int64_t pad_left) {
    int64_t q = (int64_t)(pixel % (size_t)Q), p = (int64_t)(pixel / (size_t)Q % (size_t)P);
    struct pool_at w = {.pixel = pixel, .image = pixel / (size_t)Q / (size_t)P};
    w.top = p * stride_h - pad_top, w.left = q * stride_w - pad_left;
    w.rows = taps_within(w.top, KH, dilation_h, 0, H);
    w.columns = taps_within(w.left, KW, dilation_w, 0, W);
    return w;
}

#endif
