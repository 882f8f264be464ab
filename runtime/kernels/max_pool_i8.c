/* The largest int8 of each window: bytes are compared as bytes, a row of outputs at a time. */
#include "../simd/bytes.h"
#include "pool.h"

/* The taps of one window: `rows` rows of `columns` pixels. */
struct max_pool_i8_window {
    const int8_t *x; /* the first tap's first channel */
    int64_t rows, columns;
    ptrdiff_t down, across; /* from tap to tap */
};

static inline bytes_i8 max_pool_i8_at(const struct max_pool_i8_window *w, size_t c, size_t n) {
    bytes_i8 most = bytes_i8_set(-128);
    for (int64_t i = 0; i < w->rows; i++) {
        const int8_t *x = w->x + i * w->down + c;
        for (int64_t j = 0; j < w->columns; j++, x += w->across)
            most = bytes_i8_max(most, n < BYTES_WIDTH ? bytes_i8_load_n(x, n) : bytes_i8_load(x));
    }
    return most;
}

EDGE_KERNEL(max_pool2d_i8) {
    const size_t C = (size_t)a->C;
    const bytes_i8 low = bytes_i8_set(a->lo), high = bytes_i8_set(a->hi);
    size_t row, end;
    edge_share(t, (size_t)a->N * (size_t)a->P, &row, &end);
    for (; row < end && C; row++) {
        const int64_t image = (int64_t)row / a->P, p = (int64_t)row % a->P;
        const struct taps rows = taps_within(p * a->stride_h - a->pad_top, a->KH, a->dilation_h, 0, a->H);
        int8_t *y = a->y + row * (size_t)a->Q * C;
        for (int64_t q = 0; q < a->Q; q++, y += C) {
            const struct taps columns = taps_within(q * a->stride_w - a->pad_left, a->KW, a->dilation_w, 0, a->W);
            struct max_pool_i8_window w = {NULL, rows.last - rows.first, columns.last - columns.first, 0, 0};
            if (w.rows > 1) w.down = (ptrdiff_t)a->dilation_h * a->W * a->C; /* else it might be beyond all bounds */
            if (w.columns > 1) w.across = (ptrdiff_t)a->dilation_w * a->C;
            if (w.rows && w.columns) w.x = a->x + ((image * a->H + rows.at) * a->W + columns.at) * a->C;
            else w.rows = 0;
            for (size_t c = 0; c < C; c += BYTES_WIDTH) {
                const size_t n = C - c < BYTES_WIDTH ? C - c : BYTES_WIDTH;
                const bytes_i8 most = bytes_i8_min(bytes_i8_max(max_pool_i8_at(&w, c, n), low), high);
                if (n < BYTES_WIDTH) bytes_i8_store_n(y + c, most, n);
                else bytes_i8_store(y + c, most);
            }
        }
    }
    return EDGE_OK;
}
