/* Rows of a depthwise convolution for dual.h: channels side by side, and pairs of neighbours. */
#ifndef EDGE_CHIP_DEPTHWISE_DUAL_H
#define EDGE_CHIP_DEPTHWISE_DUAL_H

/* Two neighbouring pixels of four channels, each channel to its own row. */
EDGE_INLINE void chip_put(int16_t *to, int32_t pitch, uint32_t left, uint32_t right) {
    const uint32_t even = chip_even(left), odd = chip_odd(left), next_even = chip_even(right), next_odd = chip_odd(right);
    const uint32_t pairs[4] = {chip_lows(even, next_even), chip_lows(odd, next_odd), chip_highs(even, next_even),
                               chip_highs(odd, next_odd)};
    EDGE_UNROLL
    for (int i = 0; i < CHIP_PLANES; i++, to += pitch) memcpy(to, pairs + i, 4);
}

/* The channels of a pixel that there are. */
static inline uint32_t chip_pixel(const int8_t *from, int32_t channels) {
    uint32_t bytes = 0;
    for (int32_t i = channels; i > 0; i--) bytes = bytes << 8 | (uint8_t)from[i - 1];
    return bytes;
}

/* Up to four channels of the rows from `top` on, `pitch` elements each, to `to`. Where the borders are odd, a last pair may reach
 * an element into the next row, which begins with the same border. */
EDGE_INLINE void chip_planes(const struct chip_depthwise_i8 *a, const int8_t *x, int32_t channels, int32_t top, int32_t rows,
                            int32_t pitch, int16_t *to) {
    const uint32_t outside = (uint8_t)a->x_zero * 0x01010101u;
    const int32_t C = a->C, row_bytes = a->W * C;
    const int32_t before = a->pad_left < pitch ? a->pad_left : pitch, width = a->W < pitch - before ? a->W : pitch - before;
    for (const int8_t *row = x + top * row_bytes; rows > 0; rows--, top++, row += row_bytes) {
        const int inside = top >= 0 && top < a->H;
        int16_t *const end = to + pitch;
        const int8_t *from = row, *const stop = inside ? row + width * C : row;
        for (int32_t i = 0; i < before; i += 2) chip_put(to + i, pitch, outside, outside);
        to += before;
        if (channels == CHIP_PLANES)
            for (; stop - from > C; from += 2 * C, to += 2) chip_put(to, pitch, chip_word(from), chip_word(from + C));
        for (; from < stop; from += 2 * C, to += 2)
            chip_put(to, pitch, chip_pixel(from, channels), stop - from > C ? chip_pixel(from + C, channels) : outside);
        for (; to < end; to += 2) chip_put(to, pitch, outside, outside);
        to = end + 3 * pitch;
    }
}

/* Windows of 3 by 3: the three words of weights become six pairs, 0 and 1, 1 and 2 of each row. */
CHIP_KERNEL void chip_3x3(const struct chip_depthwise_i8 *a, const uint32_t *w, const int16_t *x, int32_t pitch,
                          struct chip_rows_3x3 *p) {
    p->zero = a->y_zero, p->bias = (int32_t)w[0], p->apart = a->C * a->M;
    memcpy(&p->multiplier, w + 1, 4);
    for (int i = 0; i < 3; i++) p->w[2 * i] = chip_first(w[2 + i]), p->w[2 * i + 1] = chip_second(w[2 + i]);
    p->top = (const chip_pair *)(const void *)x, p->middle = p->top + pitch / 2, p->bottom = p->middle + pitch / 2;
}
/* At stride 1 two neighbouring outputs share four activations of each row. */
CHIP_KERNEL void chip_3x3s1_rows(const struct chip_depthwise_i8 *a, const uint32_t *w, const int16_t *x, int32_t pitch,
                                 int32_t rows, int8_t *y) {
    struct chip_rows_3x3 p;
    chip_3x3(a, w, x, pitch, &p);
    p.y = y, p.rows = rows, p.pairs = a->Q / 2, p.odd = a->Q & 1;
    p.skip = 2 * a->stride_h * pitch - 4 * (p.pairs + p.odd);
    chip_pairs(&p);
}
CHIP_KERNEL void chip_3x3s2_rows(const struct chip_depthwise_i8 *a, const uint32_t *w, const int16_t *x, int32_t pitch,
                                 int32_t rows, int8_t *y) {
    struct chip_rows_3x3 p;
    chip_3x3(a, w, x, pitch, &p);
    p.y = y, p.rows = rows, p.pairs = a->Q, p.odd = 0, p.skip = 2 * a->stride_h * pitch - 4 * p.pairs;
    chip_singles(&p);
}

#endif
