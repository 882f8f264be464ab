/* y = table[x]: every value of a byte, or knots for 16 bits. */
#include "knots.h"

#define LOOKUP_8(name, expression)                                                                 \
    EDGE_KERNEL(name) {                                                                            \
        size_t i, n;                                                                               \
        edge_share(t, (size_t)a->n, &i, &n);                                                       \
        for (; i < n; i++) a->y[i] = a->table[expression];                                         \
        return EDGE_OK;                                                                            \
    }
LOOKUP_8(lookup_i8, a->x[i] + 128)
LOOKUP_8(lookup_u8, a->x[i])

EDGE_KERNEL(lookup_i16) {
    const int shift = knots_shift(a->step);
    size_t i, n;
    edge_share(t, (size_t)a->n, &i, &n);
    for (; i < n; i++) a->y[i] = knots_at(a->table, shift, a->x[i]);
    return EDGE_OK;
}
