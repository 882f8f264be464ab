/* y = table[x]: tables of every value of a byte or of 16 bits, or knots 32 apart with linear interpolation. */
#include "../kernel.h"

#define LOOKUP(name, expression)                                                                   \
    EDGE_KERNEL(name) {                                                                            \
        size_t i, n;                                                                               \
        edge_share(t, (size_t)a->n, &i, &n);                                                       \
        for (; i < n; i++) a->y[i] = expression;                                                   \
        return EDGE_OK;                                                                            \
    }

static inline int16_t lookup_between(const int16_t *table, int32_t x) {
    int32_t at = x + 32768, low = table[at >> 5], high = table[(at >> 5) + 1];
    return (int16_t)(low + (((high - low) * (at & 31) + 16) >> 5));
}

LOOKUP(lookup_i8, a->table[a->x[i] + 128])
LOOKUP(lookup_u8, a->table[a->x[i]])
LOOKUP(lookup_i16, a->table[a->x[i] + 32768])
LOOKUP(lookup_i16_knots, lookup_between(a->table, a->x[i]))
