/* Rows of a convolution's matrix in int8: the windows of neighbouring output pixels as activations.
 *
 * Windows that lie inside the image from left to right are copied in blocks without a look at their length: what a
 * block writes too much is overwritten by the next row of the window or meets weights of zero. All others, and what
 * would be read beyond the image, go the careful way of TILE_GATHER. */
#ifndef EDGE_KERNELS_GATHER_I8_H
#define EDGE_KERNELS_GATHER_I8_H
#include "gemm_i8.h"

enum { GATHER_I8_ROWS = 16, GATHER_I8_BYTES = 1024 }; /* of a window, and of its row, that are copied in blocks */

TILE_GATHER(gather_i8_careful, int8_t, i8_act, gemm_i8_copy, gemm_i8_set)

/* One row of a window. */
EDGE_INLINE void gather_i8_row(const int few, int64_t blocks, const int8_t *from, i8_act *to) {
    for (int64_t b = 0; b < blocks; b++) {
        if (few) i8_gather_few(to + b * I8_FEW, from + b * I8_FEW);
        else i8_gather_block(to + b * I8_BLOCK, from + b * I8_BLOCK);
    }
}
/* `count` windows of KH rows of `blocks` blocks; rows[k] moves on by step[k] from window to window. */
EDGE_INLINE void gather_i8_windows(const int few, int64_t KH, int64_t count, int64_t blocks, size_t length,
                                   const int8_t **rows, const ptrdiff_t *step, i8_act *to, size_t pitch) {
    for (; count; count--, to += pitch)
        for (int64_t k = 0; k < KH; rows[k] += step[k], k++) gather_i8_row(few, blocks, rows[k], to + (size_t)k * length);
}
/* The same for windows of three short rows, as most first layers have. */
static void gather_i8_three(int64_t count, size_t length, const int8_t **rows, const ptrdiff_t *step, i8_act *to,
                            size_t pitch) {
    const int8_t *a = rows[0], *b = rows[1], *c = rows[2];
    for (; count; count--, to += pitch) {
        i8_gather_few(to, a), i8_gather_few(to + length, b), i8_gather_few(to + 2 * length, c);
        a += step[0], b += step[1], c += step[2];
    }
}

/* The windows m .. m_end of a group, as TILE_GATHER's functions. */
static void gather_i8(const struct tile_window *w, const int8_t *x, const int8_t *x_end, int64_t group, size_t m,
                      size_t m_end, i8_act fill, i8_act *to, size_t pitch) {
    const int64_t length = w->KW * w->C;
    const int few = length <= 2 * I8_FEW;
    const int64_t block = few ? I8_FEW : I8_BLOCK, blocks = (length + block - 1) / block;
    int8_t outside[GATHER_I8_BYTES];
    const int fast = w->G == 1 && w->dilation_w == 1 && w->KH <= GATHER_I8_ROWS && blocks * block <= GATHER_I8_BYTES;
    /* columns whose windows are inside: first <= q < last */
    const int64_t first = (w->pad_left + w->stride_w - 1) / w->stride_w;
    const int64_t last = w->W + w->pad_left < w->KW ? 0 : (w->W + w->pad_left - w->KW) / w->stride_w + 1;
    if (fast) memset(outside, (int)fill, (size_t)(blocks * block));
    while (m < m_end) {
        const int64_t q = (int64_t)m % w->Q, p = (int64_t)m / w->Q % w->P, n = (int64_t)m / w->Q / w->P;
        int64_t count = 1;
        if (fast && q >= first && q < last) {
            const int8_t *rows[GATHER_I8_ROWS];
            ptrdiff_t step[GATHER_I8_ROWS];
            count = (last < w->Q ? last : w->Q) - q;
            if (count > (int64_t)(m_end - m)) count = (int64_t)(m_end - m);
            for (int64_t k = 0; k < w->KH; k++) {
                const int64_t y = p * w->stride_h - w->pad_top + k * w->dilation_h;
                rows[k] = outside, step[k] = 0;
                if (y < 0 || y >= w->H) continue;
                rows[k] = x + ((n * w->H + y) * w->W + q * w->stride_w - w->pad_left) * w->C;
                step[k] = w->stride_w * w->C;
                while (count && x_end - rows[k] < (count - 1) * step[k] + blocks * block) count--;
            }
            if (count && few && blocks == 1 && w->KH == 3)
                gather_i8_three(count, (size_t)length, rows, step, to, pitch);
            else if (count && few)
                gather_i8_windows(1, w->KH, count, blocks, (size_t)length, rows, step, to, pitch);
            else if (count)
                gather_i8_windows(0, w->KH, count, blocks, (size_t)length, rows, step, to, pitch);
            m += (size_t)count, to += (size_t)count * pitch;
            if (count) continue;
        }
        gather_i8_careful(w, x, x_end, group, m, m + 1, fill, to, pitch);
        m++, to += pitch;
    }
}
#endif
