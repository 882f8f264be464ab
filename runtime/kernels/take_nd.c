/* Copies in which elements are found through tables: pads, repeats, nearest resizing, reversed sequences. */
#include "indices.h"

EDGE_KERNEL(take_nd) {
    const int32_t *table[8], *next = a->table;
    size_t rows = 1, inner = (size_t)a->inner, n = (size_t)a->dims[7], lo, hi;
    int64_t last = 0;
    for (int i = 0; i < 8; i++) {
        int32_t most = 0;
        table[i] = next, next += a->dims[i];
        for (int32_t j = 0; j < a->dims[i]; j++) {
            if (table[i][j] < 0) return EDGE_E_INDEX;
            most = table[i][j] > most ? table[i][j] : most;
        }
        last += most;
        rows *= i < 7 ? (size_t)a->dims[i] : 1;
    }
    if (rows == 0 || n == 0 || inner == 0) return EDGE_OK;
    if (last >= a->count) return EDGE_E_INDEX;
    edge_share(t, rows, &lo, &hi);
    for (size_t row = lo; row < hi; row++) {
        size_t rest = row, from = 0;
        for (int i = 6; i >= 0; i--) {
            from += (size_t)table[i][rest % (size_t)a->dims[i]];
            rest /= (size_t)a->dims[i];
        }
        const uint8_t *x = a->x + from * inner;
        uint8_t *y = a->y + row * n * inner;
        for (size_t j = 0; j < n; j++) copy_run(y + j * inner, x + (size_t)table[7][j] * inner, inner);
    }
    return EDGE_OK;
}

/* Axes: outer, first, middle, second, inner; one of first and second counts rows, the other is reversed. */
EDGE_KERNEL(reverse_sequence) {
    size_t first = (size_t)a->first, middle = (size_t)a->middle, second = (size_t)a->second, inner = (size_t)a->inner;
    size_t length = a->seq_is_second ? second : first, lo, hi;
    if (inner == 0 || second == 0) return EDGE_OK;
    edge_share(t, (size_t)a->outer * first * middle, &lo, &hi);
    for (size_t unit = lo; unit < hi; unit++) {
        size_t m = unit % middle, f = unit / middle % first, o = unit / middle / first;
        for (size_t s = 0; s < second; s++) {
            int64_t count = read_index(a->lengths, a->seq_is_second ? f : s, a->index_size);
            if (count < 0 || (uint64_t)count > length) return EDGE_E_INDEX;
            size_t at = a->seq_is_second ? s : f, from = at < (size_t)count ? (size_t)count - 1 - at : at;
            size_t x_first = a->seq_is_second ? f : from, x_second = a->seq_is_second ? from : s;
            copy_run(a->y + (unit * second + s) * inner,
                     a->x + (((o * first + x_first) * middle + m) * second + x_second) * inner, inner);
        }
    }
    return EDGE_OK;
}
