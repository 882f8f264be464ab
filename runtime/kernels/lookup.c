/* y = table[x] for every value of a byte. For 16 bits see lookup_i16.c. */
#include "../kernel.h"
#include "../simd/lookup.h"

#define LOOKUP_8(name, flip)                                                                       \
    EDGE_KERNEL(name) {                                                                            \
        const struct lookup table = lookup_load(a->table, flip);                                   \
        size_t i, n;                                                                               \
        edge_share(t, (size_t)a->n, &i, &n);                                                       \
        for (; i + LOOKUP_BYTES <= n; i += LOOKUP_BYTES) lookup_block(&table, a->x + i, a->y + i); \
        if (i < n) {                                                                               \
            uint8_t rest[LOOKUP_BYTES] = {0};                                                      \
            memcpy(rest, a->x + i, n - i);                                                         \
            lookup_block(&table, rest, rest);                                                      \
            memcpy(a->y + i, rest, n - i);                                                         \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }
LOOKUP_8(lookup_i8, 0x80)
LOOKUP_8(lookup_u8, 0)
