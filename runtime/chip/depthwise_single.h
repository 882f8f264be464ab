/* Rows of a depthwise convolution for single.h: one channel at a time, as bytes without sign, which every core loads. */
#ifndef EDGE_CHIP_DEPTHWISE_SINGLE_H
#define EDGE_CHIP_DEPTHWISE_SINGLE_H

/* A channel of the rows from `top` on, `pitch` elements each, 128 more than they are, to `to`. */
EDGE_INLINE void chip_planes(const struct chip_depthwise_i8 *a, const int8_t *x, int32_t channels, int32_t top, int32_t rows,
                             int32_t pitch, chip_plane *to) {
    (void)channels;
    const chip_plane outside = (chip_plane)((uint8_t)a->x_zero ^ 128);
    const int32_t C = a->C, row_bytes = a->W * C;
    const int32_t before = a->pad_left < pitch ? a->pad_left : pitch, width = a->W < pitch - before ? a->W : pitch - before;
    for (const int8_t *row = x + top * row_bytes; rows > 0; rows--, top++, row += row_bytes) {
        chip_plane *const end = to + pitch, *const first = to + before;
        while (to != first) *to++ = outside;
        if (top >= 0 && top < a->H)
            for (const int8_t *from = row, *const stop = row + width * C; from < stop; from += C)
                *to++ = (chip_plane)((uint8_t)*from ^ 128);
        while (to != end) *to++ = outside;
    }
}

/* Windows of 3 by 3. */
EDGE_INLINE void chip_3x3(const struct chip_depthwise_i8 *a, const uint32_t *w, const chip_plane *x, int32_t pitch,
                          int32_t rows, int8_t *y, int stride) {
    const int8_t *taps = (const int8_t *)(w + 2);
    const int32_t apart = a->C * a->M;
    const uint32_t weights[9] = {(uint32_t)taps[0], (uint32_t)taps[1], (uint32_t)taps[2], (uint32_t)taps[4], (uint32_t)taps[5],
                           (uint32_t)taps[6], (uint32_t)taps[8], (uint32_t)taps[9], (uint32_t)taps[10]};
    float multiplier;
    memcpy(&multiplier, w + 1, 4);
    for (; rows; rows--, x += a->stride_h * pitch) {
        const chip_plane *at[3] = {x, x + pitch, x + 2 * pitch};
        for (int32_t q = a->Q; q > 0; q--, y += apart) {
            uint32_t sum = w[0];
            EDGE_UNROLL
            for (int i = 0; i < 3; at[i++] += stride)
                EDGE_UNROLL
                for (int j = 0; j < 3; j++) sum += at[i][j] * weights[3 * i + j];
            *y = (int8_t)chip_settle((int32_t)sum, multiplier, a->y_zero);
        }
    }
}
CHIP_KERNEL void chip_3x3s1_rows(const struct chip_depthwise_i8 *a, const uint32_t *w, const chip_plane *x, int32_t pitch,
                                 int32_t rows, int8_t *y) {
    chip_3x3(a, w, x, pitch, rows, y, 1);
}
CHIP_KERNEL void chip_3x3s2_rows(const struct chip_depthwise_i8 *a, const uint32_t *w, const chip_plane *x, int32_t pitch,
                                 int32_t rows, int8_t *y) {
    chip_3x3(a, w, x, pitch, rows, y, 2);
}
#endif
