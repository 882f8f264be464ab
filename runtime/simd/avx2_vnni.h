/* The words of AVX2; AVX-VNNI (Intel since 2021, AMD since 2024) adds dot products of bytes and of int16 to the tiles. */
#define EDGE_BYTE_DOT
#include "avx2.h"

/* As in avx512vnni.h: the tile computes with q + 128, and gcc 12 needs assembly to keep its sums in registers. */
#define I8_IN_PLACE
#define I8_STEP 4
enum { I8_BIAS = 128 };
typedef int8_t i8_act;
typedef __m256i i8_w, i8_a;
static inline __m256i avx2_ready(__m256i q) { return _mm256_xor_si256(q, _mm256_set1_epi8(-128)); }
static inline i8_w i8_load_w(const int8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
static inline i8_a i8_load_a(const i8_act *p) { return avx2_ready(i8_load_w(p)); }
static inline vi i8_dot(vi acc, i8_a a, i8_w w) {
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(acc) : "x"(a), "x"(w));
    return acc;
}
static inline vi i16_dot(vi acc, i16_a a, i16_w w) {
    __asm__("%{vex%} vpdpwssd %2, %1, %0" : "+x"(acc) : "x"(a), "x"(w));
    return acc;
}
#define I8_READY
static inline i8_a i8_set_ready(const i8_act *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return _mm256_set1_epi32(four);
}
static inline i8_a i8_set_a(const i8_act *p) { return avx2_ready(i8_set_ready(p)); }
enum { I8_BLOCK = 32 };
static inline void i8_gather_block(int8_t *to, const int8_t *from) {
    _mm256_storeu_si256((__m256i *)(void *)to, i8_load_w(from));
}
static inline void i8_ready_block(int8_t *to, const int8_t *from) {
    _mm256_storeu_si256((__m256i *)(void *)to, i8_load_a(from));
}
EDGE_INLINE void i8_prefetch(uintptr_t at) { _mm_prefetch((const char *)at, _MM_HINT_T1); }
#include "avx2_bytes.h"
