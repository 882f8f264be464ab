/* The words of AVX-512; VNNI (Intel since 2019, AMD since 2022) adds a byte dot product to the tiles. */
#define EDGE_BYTE_DOT
#include "avx512.h"

/* `vpdpbusd` multiplies unsigned by signed: activations are gathered as q + 128, and the bias takes it back. Assembly,
 * because gcc 12 spills the accumulators around the intrinsic and halves the speed. */
#define I8_STEP 4
enum { I8_BIAS = 128 };
typedef uint8_t i8_act;
typedef __m512i i8_w, i8_a;
static inline i8_w i8_load_w(const int8_t *p) { return _mm512_loadu_si512(p); }
static inline i8_a i8_set_a(const i8_act *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return _mm512_set1_epi32(four);
}
static inline i8_a i8_load_a(const i8_act *p) { return _mm512_loadu_si512(p); }
static inline vi i8_dot(vi acc, i8_a a, i8_w w) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(w));
    return acc;
}
enum { I8_BLOCK = 64 };
static inline void i8_gather_block(uint8_t *to, const int8_t *from) {
    _mm512_storeu_si512(to, _mm512_xor_si512(_mm512_loadu_si512(from), _mm512_set1_epi8(-128)));
}
