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

/* depthwise: bytes of 4*VF channels; four taps interleaved so that a lane's dot product runs over taps. Unpacking works
 * within 128 bits, so lane l of vector v is channel bytes_channel(v, l); bytes_store brings the order back. */
typedef __m512i i8_bytes;
static inline int bytes_channel(int v, int l) { return 16 * (l / 4) + 4 * v + l % 4; }
static inline i8_bytes bytes_set(int32_t q) { return _mm512_set1_epi8((char)(q + I8_BIAS)); }
static inline i8_bytes bytes_load(const int8_t *p, size_t n) { /* 1 <= n <= 64 */
    __mmask64 first = n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0;
    return _mm512_xor_si512(_mm512_maskz_loadu_epi8(first, p), _mm512_set1_epi8(-128));
}
static inline void bytes_interleave(i8_bytes a, i8_bytes b, i8_bytes c, i8_bytes d, i8_a *out) {
    __m512i ab = _mm512_unpacklo_epi8(a, b), cd = _mm512_unpacklo_epi8(c, d);
    out[0] = _mm512_unpacklo_epi16(ab, cd), out[1] = _mm512_unpackhi_epi16(ab, cd);
    ab = _mm512_unpackhi_epi8(a, b), cd = _mm512_unpackhi_epi8(c, d);
    out[2] = _mm512_unpacklo_epi16(ab, cd), out[3] = _mm512_unpackhi_epi16(ab, cd);
}
static inline void bytes_store(int8_t *p, const vi *v, size_t n) {
    __mmask64 first = n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0;
    __m512i low = _mm512_packs_epi32(v[0], v[1]), high = _mm512_packs_epi32(v[2], v[3]);
    _mm512_mask_storeu_epi8(p, first, _mm512_packs_epi16(low, high));
}
