/* The _n words (1 <= n < VF elements) for instruction sets without masked memory access: through a small buffer, so
 * that nothing beyond element n-1 is read or written. Define EDGE_MASKED_32 where 32-bit elements have their own. */
#define EDGE_TAIL_LOAD(name, vector, type)                                                                             \
    static inline vector name##_n(const type *p, size_t n) {                                                           \
        type t[VF] = {0};                                                                                              \
        for (size_t i = 0; i < n && i < VF; i++) t[i] = p[i];                                                          \
        return name(t);                                                                                                \
    }
#define EDGE_TAIL_STORE(name, vector, type)                                                                            \
    static inline void name##_n(type *p, vector a, size_t n) {                                                         \
        type t[VF];                                                                                                    \
        name(t, a);                                                                                                    \
        for (size_t i = 0; i < n && i < VF; i++) p[i] = t[i];                                                          \
    }
#ifndef EDGE_MASKED_32
EDGE_TAIL_LOAD(vf_load, vf, float)
EDGE_TAIL_LOAD(vi_load, vi, int32_t)
EDGE_TAIL_STORE(vf_store, vf, float)
EDGE_TAIL_STORE(vi_store, vi, int32_t)
#endif
EDGE_TAIL_LOAD(vi_load_i8, vi, int8_t)
EDGE_TAIL_LOAD(vi_load_u8, vi, uint8_t)
EDGE_TAIL_LOAD(vi_load_i16, vi, int16_t)
EDGE_TAIL_STORE(vi_store_i8, vi, int8_t)
EDGE_TAIL_STORE(vi_store_u8, vi, uint8_t)
EDGE_TAIL_STORE(vi_store_i16, vi, int16_t)
#undef EDGE_TAIL_LOAD
#undef EDGE_TAIL_STORE
