/* y = table[x] for 16 bits, between knots. */
#include "knots.h"

EDGE_KERNEL(lookup_i16) {
    const int shift = knots_shift(a->step);
    size_t i, n;
    edge_share(t, (size_t)a->n, &i, &n);
    for (; i < n; i++) a->y[i] = knots_at(a->table, shift, a->x[i]);
    return EDGE_OK;
}
