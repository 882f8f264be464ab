/* Words for plain bytes, for the kernels that need no wider numbers: BYTES_WIDTH int8 at once. */
#ifndef EDGE_SIMD_BYTES_H
#define EDGE_SIMD_BYTES_H

#if defined(__x86_64__) && TILE_VECS == 4
enum { BYTES_WIDTH = 64 };
typedef __m512i bytes_i8;
static inline bytes_i8 bytes_i8_set(int32_t q) { return _mm512_set1_epi8((char)q); }
static inline bytes_i8 bytes_i8_load(const int8_t *p) { return _mm512_loadu_si512(p); }
static inline void bytes_i8_store(int8_t *p, bytes_i8 a) { _mm512_storeu_si512(p, a); }
static inline bytes_i8 bytes_i8_max(bytes_i8 a, bytes_i8 b) { return _mm512_max_epi8(a, b); }
static inline bytes_i8 bytes_i8_min(bytes_i8 a, bytes_i8 b) { return _mm512_min_epi8(a, b); }
static inline bytes_i8 bytes_i8_load_n(const int8_t *p, size_t n) { /* n < BYTES_WIDTH; the rest is 0 */
    return _mm512_maskz_loadu_epi8(((__mmask64)1 << n) - 1, p);
}
static inline void bytes_i8_store_n(int8_t *p, bytes_i8 a, size_t n) {
    _mm512_mask_storeu_epi8(p, ((__mmask64)1 << n) - 1, a);
}
#else
enum { BYTES_WIDTH = 16 };
#if defined(__x86_64__) && TILE_ROWS == 6
typedef __m128i bytes_i8;
static inline bytes_i8 bytes_i8_set(int32_t q) { return _mm_set1_epi8((char)q); }
static inline bytes_i8 bytes_i8_load(const int8_t *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
static inline void bytes_i8_store(int8_t *p, bytes_i8 a) { _mm_storeu_si128((__m128i *)(void *)p, a); }
static inline bytes_i8 bytes_i8_max(bytes_i8 a, bytes_i8 b) { return _mm_max_epi8(a, b); }
static inline bytes_i8 bytes_i8_min(bytes_i8 a, bytes_i8 b) { return _mm_min_epi8(a, b); }
#elif defined(__aarch64__)
typedef int8x16_t bytes_i8;
static inline bytes_i8 bytes_i8_set(int32_t q) { return vdupq_n_s8((int8_t)q); }
static inline bytes_i8 bytes_i8_load(const int8_t *p) { return vld1q_s8(p); }
static inline void bytes_i8_store(int8_t *p, bytes_i8 a) { vst1q_s8(p, a); }
static inline bytes_i8 bytes_i8_max(bytes_i8 a, bytes_i8 b) { return vmaxq_s8(a, b); }
static inline bytes_i8 bytes_i8_min(bytes_i8 a, bytes_i8 b) { return vminq_s8(a, b); }
#else
typedef struct {
    int8_t q[BYTES_WIDTH];
} bytes_i8;
static inline bytes_i8 bytes_i8_set(int32_t q) {
    bytes_i8 a;
    memset(a.q, q, sizeof a.q);
    return a;
}
static inline bytes_i8 bytes_i8_load(const int8_t *p) {
    bytes_i8 a;
    memcpy(a.q, p, sizeof a.q);
    return a;
}
static inline void bytes_i8_store(int8_t *p, bytes_i8 a) { memcpy(p, a.q, sizeof a.q); }
static inline bytes_i8 bytes_i8_max(bytes_i8 a, bytes_i8 b) {
    for (int i = 0; i < BYTES_WIDTH; i++) a.q[i] = a.q[i] > b.q[i] ? a.q[i] : b.q[i];
    return a;
}
static inline bytes_i8 bytes_i8_min(bytes_i8 a, bytes_i8 b) {
    for (int i = 0; i < BYTES_WIDTH; i++) a.q[i] = a.q[i] < b.q[i] ? a.q[i] : b.q[i];
    return a;
}
#endif
static inline bytes_i8 bytes_i8_load_n(const int8_t *p, size_t n) { /* n < BYTES_WIDTH; the rest is 0 */
    int8_t part[BYTES_WIDTH] = {0};
    memcpy(part, p, n);
    return bytes_i8_load(part);
}
static inline void bytes_i8_store_n(int8_t *p, bytes_i8 a, size_t n) {
    int8_t part[BYTES_WIDTH];
    bytes_i8_store(part, a);
    memcpy(p, part, n);
}
#endif
#endif
