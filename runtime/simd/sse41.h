/* Four lanes: SSE4.1 (Intel since 2008, AMD since 2011). */
enum { VF = 4 };
typedef __m128 vf;
typedef __m128i vi;
typedef __m128i vm; /* lanes of all ones or all zeros */

/* memory */
static inline vf vf_set(float x) { return _mm_set1_ps(x); }
static inline vf vf_load(const float *p) { return _mm_loadu_ps(p); }
static inline void vf_store(float *p, vf a) { _mm_storeu_ps(p, a); }
static inline vi vi_set(int32_t x) { return _mm_set1_epi32(x); }
static inline vi vi_load(const int32_t *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
static inline void vi_store(int32_t *p, vi a) { _mm_storeu_si128((__m128i *)(void *)p, a); }
static inline __m128i sse41_load4(const void *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return _mm_cvtsi32_si128(four);
}
static inline void sse41_store4(void *p, __m128i a) {
    int32_t four = _mm_cvtsi128_si32(a);
    memcpy(p, &four, 4);
}
static inline vi vi_load_i8(const int8_t *p) { return _mm_cvtepi8_epi32(sse41_load4(p)); }
static inline vi vi_load_u8(const uint8_t *p) { return _mm_cvtepu8_epi32(sse41_load4(p)); }
static inline vi vi_load_i16(const int16_t *p) {
    return _mm_cvtepi16_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
static inline void vi_store_i8(int8_t *p, vi a) {
    __m128i s = _mm_packs_epi32(a, a);
    sse41_store4(p, _mm_packs_epi16(s, s));
}
static inline void vi_store_u8(uint8_t *p, vi a) {
    __m128i s = _mm_packs_epi32(a, a);
    sse41_store4(p, _mm_packus_epi16(s, s));
}
static inline void vi_store_i16(int16_t *p, vi a) {
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packs_epi32(a, a));
}
#include "tail.h"

/* float arithmetic */
static inline vf vf_add(vf a, vf b) { return _mm_add_ps(a, b); }
static inline vf vf_sub(vf a, vf b) { return _mm_sub_ps(a, b); }
static inline vf vf_mul(vf a, vf b) { return _mm_mul_ps(a, b); }
static inline vf vf_div(vf a, vf b) { return _mm_div_ps(a, b); }
static inline vf vf_fma(vf a, vf b, vf c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
static inline vf vf_min(vf a, vf b) { return _mm_min_ps(a, b); }
static inline vf vf_max(vf a, vf b) { return _mm_max_ps(a, b); }
static inline vf vf_neg(vf a) { return _mm_xor_ps(a, _mm_set1_ps(-0.0f)); }
static inline vf vf_abs(vf a) { return _mm_andnot_ps(_mm_set1_ps(-0.0f), a); }
static inline vf vf_sqrt(vf a) { return _mm_sqrt_ps(a); }
static inline vf vf_round(vf a) { return _mm_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
static inline vf vf_floor(vf a) { return _mm_floor_ps(a); }
static inline vf vf_ceil(vf a) { return _mm_ceil_ps(a); }
static inline vf vf_trunc(vf a) { return _mm_round_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
static inline vf sse41_swap2(vf a) { return _mm_movehl_ps(a, a); }
static inline vf sse41_swap1(vf a) { return _mm_shuffle_ps(a, a, 1); }
static inline float vf_sum(vf a) {
    a = _mm_add_ps(a, sse41_swap2(a));
    return _mm_cvtss_f32(_mm_add_ps(a, sse41_swap1(a)));
}
static inline float vf_hmax(vf a) {
    a = _mm_max_ps(a, sse41_swap2(a));
    return _mm_cvtss_f32(_mm_max_ps(a, sse41_swap1(a)));
}
static inline float vf_hmin(vf a) {
    a = _mm_min_ps(a, sse41_swap2(a));
    return _mm_cvtss_f32(_mm_min_ps(a, sse41_swap1(a)));
}

/* masks */
static inline vm vf_lt(vf a, vf b) { return _mm_castps_si128(_mm_cmplt_ps(a, b)); }
static inline vm vf_le(vf a, vf b) { return _mm_castps_si128(_mm_cmple_ps(a, b)); }
static inline vm vf_eq(vf a, vf b) { return _mm_castps_si128(_mm_cmpeq_ps(a, b)); }
static inline vm vf_gt(vf a, vf b) { return _mm_castps_si128(_mm_cmpgt_ps(a, b)); }
static inline vm vf_ge(vf a, vf b) { return _mm_castps_si128(_mm_cmpge_ps(a, b)); }
static inline vm vf_ne(vf a, vf b) { return _mm_castps_si128(_mm_cmpneq_ps(a, b)); }
static inline vm vi_lt(vi a, vi b) { return _mm_cmplt_epi32(a, b); }
static inline vm vi_gt(vi a, vi b) { return _mm_cmpgt_epi32(a, b); }
static inline vm vi_eq(vi a, vi b) { return _mm_cmpeq_epi32(a, b); }
static inline vm vm_and(vm a, vm b) { return _mm_and_si128(a, b); }
static inline vm vm_or(vm a, vm b) { return _mm_or_si128(a, b); }
static inline vm vm_not(vm a) { return _mm_xor_si128(a, _mm_set1_epi32(-1)); }
static inline vm vm_andnot(vm a, vm b) { return _mm_andnot_si128(a, b); }
static inline int vm_any(vm a) { return _mm_movemask_epi8(a) != 0; }
static inline vf vf_select(vm m, vf a, vf b) { return _mm_blendv_ps(b, a, _mm_castsi128_ps(m)); }
static inline vi vi_select(vm m, vi a, vi b) { return _mm_blendv_epi8(b, a, m); }

/* conversion */
static inline vi vf_to_vi(vf a) { return _mm_cvtps_epi32(a); }
static inline vf vi_to_vf(vi a) { return _mm_cvtepi32_ps(a); }
static inline vi vf_as_vi(vf a) { return _mm_castps_si128(a); }
static inline vf vi_as_vf(vi a) { return _mm_castsi128_ps(a); }

/* integer arithmetic, wrapping */
static inline vi vi_add(vi a, vi b) { return _mm_add_epi32(a, b); }
static inline vi vi_sub(vi a, vi b) { return _mm_sub_epi32(a, b); }
static inline vi vi_mul(vi a, vi b) { return _mm_mullo_epi32(a, b); }
static inline vi vi_min(vi a, vi b) { return _mm_min_epi32(a, b); }
static inline vi vi_max(vi a, vi b) { return _mm_max_epi32(a, b); }
static inline vi vi_and(vi a, vi b) { return _mm_and_si128(a, b); }
static inline vi vi_or(vi a, vi b) { return _mm_or_si128(a, b); }
static inline vi vi_xor(vi a, vi b) { return _mm_xor_si128(a, b); }
static inline vi vi_shl(vi a, int n) { return _mm_sll_epi32(a, _mm_cvtsi32_si128(n)); }
static inline vi vi_shr(vi a, int n) { return _mm_srl_epi32(a, _mm_cvtsi32_si128(n)); }
static inline vi vi_sra(vi a, int n) { return _mm_sra_epi32(a, _mm_cvtsi32_si128(n)); }
static inline vi sse41_swap2i(vi a) { return _mm_shuffle_epi32(a, 0x4e); }
static inline vi sse41_swap1i(vi a) { return _mm_shuffle_epi32(a, 0xb1); }
static inline int32_t vi_sum(vi a) {
    a = _mm_add_epi32(a, sse41_swap2i(a));
    return _mm_cvtsi128_si32(_mm_add_epi32(a, sse41_swap1i(a)));
}
static inline int32_t vi_hmax(vi a) {
    a = _mm_max_epi32(a, sse41_swap2i(a));
    return _mm_cvtsi128_si32(_mm_max_epi32(a, sse41_swap1i(a)));
}
static inline int32_t vi_hmin(vi a) {
    a = _mm_min_epi32(a, sse41_swap2i(a));
    return _mm_cvtsi128_si32(_mm_min_epi32(a, sse41_swap1i(a)));
}

/* register tiles: see README.md */
#define TILE_ROWS 6
#define TILE_VECS 2
#define I16_STEP 2
typedef __m128i i16_w, i16_a;
static inline i16_w i16_load_w(const int8_t *p) {
    return _mm_cvtepi8_epi16(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
static inline i16_a i16_set_a(const int16_t *p) {
    int32_t pair;
    memcpy(&pair, p, 4);
    return _mm_set1_epi32(pair);
}
static inline i16_a i16_load_a(const int16_t *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
static inline vi i16_dot(vi acc, i16_a a, i16_w w) { return _mm_add_epi32(acc, _mm_madd_epi16(a, w)); }
/* two vectors of int16 beside each other, wrapping */
static inline i16_w i16_load_two(const int8_t *p, const int8_t *q, size_t n) {
    int8_t part[8] = {0};
    memcpy(part, p, n < 4 ? n : 4);
    memcpy(part + 4, q, n < 4 ? n : 4);
    return i16_load_w(part);
}
static inline i16_w i16_add(i16_w a, i16_w b) { return _mm_add_epi16(a, b); }
static inline i16_w i16_sub(i16_w a, i16_w b) { return _mm_sub_epi16(a, b); }
static inline i16_w i16_shl(i16_w a, int n) { return _mm_slli_epi16(a, n); }
static inline void i16_store(int16_t *p, i16_w a) { _mm_storeu_si128((__m128i *)(void *)p, a); }
static inline void i16_store_two(int16_t *p, int16_t *q, i16_w a, size_t n) {
    int16_t part[8];
    i16_store(part, a);
    memcpy(p, part, (n < 4 ? n : 4) * sizeof *p);
    memcpy(q, part + 4, (n < 4 ? n : 4) * sizeof *q);
}
enum { I8_BLOCK = 8 };
static inline void i8_gather_block(int16_t *to, const int8_t *from) {
    _mm_storeu_si128((__m128i *)(void *)to, i16_load_w(from));
}
static inline void tile_store_i8(int8_t *p, const vi *v) {
    __m128i s = _mm_packs_epi32(v[0], v[1]);
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packs_epi16(s, s));
}
#include "bytes_as_i16.h"
