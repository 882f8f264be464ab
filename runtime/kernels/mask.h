/* Stores truth values as bytes of 0 and 1, as the element type bool has them. */
#ifndef EDGE_MASK_H
#define EDGE_MASK_H

static inline void mask_store(uint8_t *y, vm m) { vi_store_u8(y, vi_select(m, vi_set(1), vi_set(0))); }
static inline void mask_store_n(uint8_t *y, vm m, size_t n) { vi_store_u8_n(y, vi_select(m, vi_set(1), vi_set(0)), n); }

#endif
