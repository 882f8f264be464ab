/* Softmax of bytes along the middle axis of x[outer][length][inner]. */
#include "softmax_q_i8.h"

EDGE_KERNEL(softmax_q_i8_i8) {
    const size_t length = (size_t)a->length, inner = (size_t)a->inner;
    size_t row, end;
    edge_share(t, (size_t)a->outer * inner, &row, &end);
    if (row >= end || !length) return EDGE_OK;
    if (length <= SOFTMAX_I8_FEW && end - row <= SOFTMAX_I8_FEW / length) { /* tables cost more than they save */
        for (; row < end; row++) {
            const size_t start = row / inner * length * inner + row % inner;
            softmax_i8_few(a->coarse, a->fine, a->per_step, a->zero_y, a->x + start, a->y + start, length, inner);
        }
        return EDGE_OK;
    }
    struct softmax_i8 s;
    softmax_i8_prepare(&s, a->coarse, a->fine, a->per_step, a->zero_y);
    while (row < end) {
        const size_t start = row / inner * length * inner + row % inner;
        size_t rows = inner == 1 ? end - row : 1;
        if (rows > SOFTMAX_I8_ROWS) rows = SOFTMAX_I8_ROWS;
        softmax_i8_rows(&s, a->x + start, a->y + start, rows, length, inner, length);
        row += rows;
    }
    return EDGE_OK;
}
