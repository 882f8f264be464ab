/* y[M,N] = int8 rows x[M,K] times columns of weights, packed as those of a convolution, but CHIP_LINE_COLUMNS at a time.
 * Activations are read as they lie, so that no scratch is needed; up to CHIP_STEP - 1 bytes beyond are, too, and count
 * nothing, since their weights are zero. */
#include "settle.h"
#include "dual.h"

struct chip_fully_connected_i8 {
    const int8_t *x;
    int8_t *y;
    const uint32_t *w;
    int16_t M, N, K;
    int8_t y_zero;
};

CHIP_KERNEL void chip_fully_connected_i8(const struct chip_fully_connected_i8 *a) {
    const int32_t steps = (a->K + CHIP_STEP - 1) / CHIP_STEP, whole = a->N / CHIP_LINE_COLUMNS;
    const int32_t words = CHIP_LINE_COLUMNS * (steps * CHIP_STEP / 4 + 2), rest = a->N % CHIP_LINE_COLUMNS;
    const uint32_t *end = a->w + whole * words;
    const int8_t *x = a->x;
    int8_t *y = a->y, last[CHIP_LINE_COLUMNS];
    for (int32_t m = 0; m < a->M; m++, x += a->K, y += a->N) {
        struct chip_line l = {x, x + steps * CHIP_STEP, a->w, end, y, a->y_zero};
        if (whole) chip_lines(&l);
        if (!rest) continue;
        l.w = end, l.w_end = end + words, l.y = last;
        chip_lines(&l);
        memcpy(y + a->N - rest, last, (size_t)rest);
    }
}
