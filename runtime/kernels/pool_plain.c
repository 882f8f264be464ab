/* Pooling without words: wide sums, places of maxima, and putting maxima back. */
#include "pool.h"

EDGE_KERNEL(avg_pool2d_i16) {
    const size_t C = (size_t)a->C;
    size_t lo, hi;
    if (C == 0) return EDGE_OK;
    edge_share(t, (size_t)a->N * (size_t)a->P * (size_t)a->Q, &lo, &hi);
    for (size_t pixel = lo; pixel < hi; pixel++) {
        const struct pool_at w = POOL_AT(a, pixel);
        const struct taps down = taps_within(w.top, a->KH, a->dilation_h, a->from_h, a->to_h);
        const struct taps across = taps_within(w.left, a->KW, a->dilation_w, a->from_w, a->to_w);
        const int64_t taps = (down.last - down.first) * (across.last - across.first), count = taps ? taps : 1;
        for (size_t c = 0; c < C; c++) {
            int64_t sum = 0;
            for (int64_t i = w.rows.first, y = w.rows.at; i < w.rows.last; i++, y += a->dilation_h)
                for (int64_t j = w.columns.first, x = w.columns.at; j < w.columns.last; j++, x += a->dilation_w)
                    sum += a->x[((w.image * (size_t)a->H + (size_t)y) * (size_t)a->W + (size_t)x) * C + c];
            int64_t mean = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
            mean = mean < a->lo ? a->lo : mean > a->hi ? a->hi : mean;
            a->y[pixel * C + c] = (int16_t)mean;
        }
    }
    return EDGE_OK;
}

EDGE_KERNEL(max_pool2d_index_f32) {
    const size_t C = (size_t)a->C, H = (size_t)a->H, W = (size_t)a->W;
    const size_t step_y = a->by_column ? 1 : W, step_x = a->by_column ? H : 1;
    size_t lo, hi;
    if (C == 0) return EDGE_OK;
    edge_share(t, (size_t)a->N * (size_t)a->P * (size_t)a->Q, &lo, &hi);
    for (size_t pixel = lo; pixel < hi; pixel++) {
        const struct pool_at w = POOL_AT(a, pixel);
        for (size_t c = 0; c < C; c++) {
            float best = -__builtin_inff();
            size_t place = 0;
            int found = 0;
            for (int64_t i = w.rows.first, y = w.rows.at; i < w.rows.last; i++, y += a->dilation_h)
                for (int64_t j = w.columns.first, x = w.columns.at; j < w.columns.last; j++, x += a->dilation_w) {
                    float v = a->x[((w.image * H + (size_t)y) * W + (size_t)x) * C + c];
                    if (found && !(v > best)) continue;
                    best = v, found = 1;
                    place = (w.image * C + c) * H * W + (size_t)y * step_y + (size_t)x * step_x;
                }
            a->y[pixel * C + c] = best;
            a->indices[pixel * C + c] = (int64_t)place;
        }
    }
    return EDGE_OK;
}

EDGE_KERNEL(max_unpool) {
    (void)t;
    const size_t H = (size_t)a->H, W = (size_t)a->W, C = (size_t)a->C, size = (size_t)a->size;
    const size_t plane = H * W, total = (size_t)a->N * H * W * C;
    memset(a->y, 0, total * size);
    for (size_t i = 0; i < (size_t)a->pixels * C; i++) {
        int64_t index = a->indices[i];
        if (index < 0 || (uint64_t)index >= total) return EDGE_E_INDEX;
        size_t within = (size_t)index % plane, channel = (size_t)index / plane % C, image = (size_t)index / plane / C;
        memmove(a->y + ((image * plane + within) * C + channel) * size, a->x + i * size, size);
    }
    return EDGE_OK;
}
