/* Eight lanes: AVX2 with FMA (Intel since 2013, AMD since 2015). */
#define EDGE_EIGHT_LANES
enum { VF = 8 };
typedef __m256 vf;
typedef __m256i vi;
typedef __m256i vm; /* lanes of all ones or all zeros */

/* memory */
static inline __m256i avx2_first(size_t n) { /* mask of the first n lanes */
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline vf vf_set(float x) { return _mm256_set1_ps(x); }
static inline vf vf_load(const float *p) { return _mm256_loadu_ps(p); }
static inline void vf_store(float *p, vf a) { _mm256_storeu_ps(p, a); }
static inline vf vf_load_n(const float *p, size_t n) { return _mm256_maskload_ps(p, avx2_first(n)); }
static inline void vf_store_n(float *p, vf a, size_t n) { _mm256_maskstore_ps(p, avx2_first(n), a); }
static inline vi vi_set(int32_t x) { return _mm256_set1_epi32(x); }
static inline vi vi_load(const int32_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
static inline void vi_store(int32_t *p, vi a) { _mm256_storeu_si256((__m256i *)(void *)p, a); }
static inline vi vi_load_n(const int32_t *p, size_t n) { return _mm256_maskload_epi32((const int *)p, avx2_first(n)); }
static inline void vi_store_n(int32_t *p, vi a, size_t n) { _mm256_maskstore_epi32((int *)p, avx2_first(n), a); }
static inline vi vi_load_i8(const int8_t *p) {
    return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
static inline vi vi_load_u8(const uint8_t *p) {
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
static inline vi vi_load_i16(const int16_t *p) {
    return _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
static inline __m128i avx2_narrow(vi a) { /* eight int16, in order */
    return _mm_packs_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
}
static inline void vi_store_i8(int8_t *p, vi a) {
    __m128i s = avx2_narrow(a);
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packs_epi16(s, s));
}
static inline void vi_store_u8(uint8_t *p, vi a) {
    __m128i s = avx2_narrow(a);
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi16(s, s));
}
static inline void vi_store_i16(int16_t *p, vi a) { _mm_storeu_si128((__m128i *)(void *)p, avx2_narrow(a)); }
#define EDGE_MASKED_32
#include "tail.h"

/* float arithmetic */
static inline vf vf_add(vf a, vf b) { return _mm256_add_ps(a, b); }
static inline vf vf_sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
static inline vf vf_mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
static inline vf vf_div(vf a, vf b) { return _mm256_div_ps(a, b); }
static inline vf vf_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
static inline vf vf_min(vf a, vf b) { return _mm256_min_ps(a, b); }
static inline vf vf_max(vf a, vf b) { return _mm256_max_ps(a, b); }
static inline vf vf_neg(vf a) { return _mm256_xor_ps(a, _mm256_set1_ps(-0.0f)); }
static inline vf vf_abs(vf a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
static inline vf vf_sqrt(vf a) { return _mm256_sqrt_ps(a); }
static inline vf vf_round(vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
static inline vf vf_floor(vf a) { return _mm256_floor_ps(a); }
static inline vf vf_ceil(vf a) { return _mm256_ceil_ps(a); }
static inline vf vf_trunc(vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
static inline float vf_sum(vf a) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ps(s, _mm_shuffle_ps(s, s, 1)));
}
#define VF_SUMS
static inline vf vf_sums(const vf *v) {
    const vf low = _mm256_hadd_ps(_mm256_hadd_ps(v[0], v[1]), _mm256_hadd_ps(v[2], v[3]));
    const vf high = _mm256_hadd_ps(_mm256_hadd_ps(v[4], v[5]), _mm256_hadd_ps(v[6], v[7]));
    return _mm256_add_ps(_mm256_permute2f128_ps(low, high, 0x20), _mm256_permute2f128_ps(low, high, 0x31));
}
static inline float vf_hmax(vf a) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ps(s, _mm_shuffle_ps(s, s, 1)));
}
static inline float vf_hmin(vf a) {
    __m128 s = _mm_min_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_min_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_min_ps(s, _mm_shuffle_ps(s, s, 1)));
}

/* masks */
static inline vm vf_lt(vf a, vf b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_LT_OQ)); }
static inline vm vf_le(vf a, vf b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_LE_OQ)); }
static inline vm vf_eq(vf a, vf b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_EQ_OQ)); }
static inline vm vf_gt(vf a, vf b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_GT_OQ)); }
static inline vm vf_ge(vf a, vf b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_GE_OQ)); }
static inline vm vf_ne(vf a, vf b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_NEQ_UQ)); }
static inline vm vi_lt(vi a, vi b) { return _mm256_cmpgt_epi32(b, a); }
static inline vm vi_gt(vi a, vi b) { return _mm256_cmpgt_epi32(a, b); }
static inline vm vi_eq(vi a, vi b) { return _mm256_cmpeq_epi32(a, b); }
static inline vm vm_and(vm a, vm b) { return _mm256_and_si256(a, b); }
static inline vm vm_or(vm a, vm b) { return _mm256_or_si256(a, b); }
static inline vm vm_not(vm a) { return _mm256_xor_si256(a, _mm256_set1_epi32(-1)); }
static inline vm vm_andnot(vm a, vm b) { return _mm256_andnot_si256(a, b); }
static inline int vm_any(vm a) { return _mm256_movemask_epi8(a) != 0; }
static inline vf vf_select(vm m, vf a, vf b) { return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(m)); }
static inline vi vi_select(vm m, vi a, vi b) { return _mm256_blendv_epi8(b, a, m); }

/* conversion */
static inline vi vf_to_vi(vf a) { return _mm256_cvtps_epi32(a); }
static inline vf vi_to_vf(vi a) { return _mm256_cvtepi32_ps(a); }
static inline vi vf_as_vi(vf a) { return _mm256_castps_si256(a); }
static inline vf vi_as_vf(vi a) { return _mm256_castsi256_ps(a); }

/* integer arithmetic, wrapping */
static inline vi vi_add(vi a, vi b) { return _mm256_add_epi32(a, b); }
static inline vi vi_sub(vi a, vi b) { return _mm256_sub_epi32(a, b); }
static inline vi vi_mul(vi a, vi b) { return _mm256_mullo_epi32(a, b); }
static inline vi vi_min(vi a, vi b) { return _mm256_min_epi32(a, b); }
static inline vi vi_max(vi a, vi b) { return _mm256_max_epi32(a, b); }
static inline vi vi_and(vi a, vi b) { return _mm256_and_si256(a, b); }
static inline vi vi_or(vi a, vi b) { return _mm256_or_si256(a, b); }
static inline vi vi_xor(vi a, vi b) { return _mm256_xor_si256(a, b); }
static inline vi vi_shl(vi a, int n) { return _mm256_sll_epi32(a, _mm_cvtsi32_si128(n)); }
static inline vi vi_shr(vi a, int n) { return _mm256_srl_epi32(a, _mm_cvtsi32_si128(n)); }
static inline vi vi_sra(vi a, int n) { return _mm256_sra_epi32(a, _mm_cvtsi32_si128(n)); }
static inline int32_t vi_sum(vi a) {
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}
static inline int32_t vi_hmax(vi a) {
    __m128i s = _mm_max_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    s = _mm_max_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_max_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}
static inline int32_t vi_hmin(vi a) {
    __m128i s = _mm_min_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    s = _mm_min_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_min_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}

/* register tiles: see README.md */
#define TILE_ROWS 6
#define TILE_VECS 2
#define I16_STEP 2
typedef __m256i i16_w, i16_a;
static inline i16_w i16_load_w(const int8_t *p) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)p));
}
static inline i16_a i16_set_a(const int16_t *p) {
    int32_t pair;
    memcpy(&pair, p, 4);
    return _mm256_set1_epi32(pair);
}
static inline i16_a i16_load_a(const int16_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
#ifndef EDGE_BYTE_DOT
static inline vi i16_dot(vi acc, i16_a a, i16_w w) { return _mm256_add_epi32(acc, _mm256_madd_epi16(a, w)); }
#endif
/* two vectors of int16 beside each other, wrapping */
static inline __m128i avx2_eight(const int8_t *p, size_t n) {
    int8_t part[8] = {0};
    if (n < 8) memcpy(part, p, n);
    return _mm_loadl_epi64((const __m128i *)(const void *)(n < 8 ? part : p));
}
static inline i16_w i16_load_two(const int8_t *p, const int8_t *q, size_t n) {
    return _mm256_cvtepi8_epi16(_mm_unpacklo_epi64(avx2_eight(p, n), avx2_eight(q, n)));
}
static inline i16_w i16_add(i16_w a, i16_w b) { return _mm256_add_epi16(a, b); }
static inline i16_w i16_sub(i16_w a, i16_w b) { return _mm256_sub_epi16(a, b); }
static inline i16_w i16_shl(i16_w a, int n) { return _mm256_slli_epi16(a, n); }
static inline void i16_store(int16_t *p, i16_w a) { _mm256_storeu_si256((__m256i *)(void *)p, a); }
static inline void avx2_put_eight(int16_t *p, __m128i a, size_t n) {
    int16_t part[8];
    _mm_storeu_si128((__m128i *)(void *)(n < 8 ? part : p), a);
    if (n < 8) memcpy(p, part, 2 * n);
}
static inline void i16_store_two(int16_t *p, int16_t *q, i16_w a, size_t n) {
    avx2_put_eight(p, _mm256_castsi256_si128(a), n);
    avx2_put_eight(q, _mm256_extracti128_si256(a, 1), n);
}
static inline void tile_store_i8(int8_t *p, const vi *v) {
    __m256i s = _mm256_permute4x64_epi64(_mm256_packs_epi32(v[0], v[1]), 0xd8);
    __m128i low = _mm256_castsi256_si128(s), high = _mm256_extracti128_si256(s, 1);
    _mm_storeu_si128((__m128i *)(void *)p, _mm_packs_epi16(low, high));
}
/* Packing works within 128 bits. Channels are dealt out to lanes so that it ends in their natural order. */
#define I8_FINISH
typedef __m256i i8_bytes;
static inline int tile_channel(int vecs, int v, int l) { return vecs == 1 ? l : 8 * (l / 4) + 4 * v + l % 4; }
struct i8_range {
    __m256i zero, lo, hi;
};
static inline struct i8_range i8_range(int32_t zero, int32_t lo, int32_t hi) {
    return (struct i8_range){_mm256_set1_epi16((short)zero), _mm256_set1_epi8((char)lo), _mm256_set1_epi8((char)hi)};
}
static inline __m256i i8_rounded(vi sum, vf multiplier) { /* not a number becomes INT32_MIN */
    return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(sum), multiplier));
}
static inline i8_bytes i8_narrow(vi a, vi b, vi c, vi d, const struct i8_range *r) {
    __m256i ab = _mm256_packs_epi32(a, b), cd = _mm256_packs_epi32(c, d);
    __m256i all = _mm256_packs_epi16(_mm256_adds_epi16(ab, r->zero), _mm256_adds_epi16(cd, r->zero));
    return _mm256_min_epi8(_mm256_max_epi8(all, r->lo), r->hi);
}
static inline i8_bytes i8_finish(vi a, vi b, vi c, vi d, const vf *m, const struct i8_range *r) {
    return i8_narrow(i8_rounded(a, m[0]), i8_rounded(b, m[1]), i8_rounded(c, m[2]), i8_rounded(d, m[3]), r);
}
static inline void tile_put_16(int8_t *y, __m128i q, size_t n) {
    int8_t part[16];
    _mm_storeu_si128((__m128i *)(void *)(n < 16 ? part : y), q);
    if (n < 16) memcpy(y, part, n);
}
static inline void tile_put_8(int8_t *y, __m128i q, size_t n) {
    int8_t part[8];
    _mm_storel_epi64((__m128i *)(void *)(n < 8 ? part : y), q);
    if (n < 8) memcpy(y, part, n);
}
static inline void tile_put_32(int8_t *y, __m256i q, size_t n) {
    int8_t part[32];
    _mm256_storeu_si256((__m256i *)(void *)(n < 32 ? part : y), q);
    if (n < 32) memcpy(y, part, n);
}
static inline void tile_put(int vecs, int rows, int8_t *y, size_t pitch, size_t n, i8_bytes q) {
    if (vecs == 4) {
        tile_put_32(y, q, n);
        return;
    }
    if (vecs == 2) {
        q = _mm256_permute4x64_epi64(q, 0xd8);
        tile_put_16(y, _mm256_castsi256_si128(q), n);
        if (rows > 1) tile_put_16(y + pitch, _mm256_extracti128_si256(q, 1), n);
        return;
    }
    q = _mm256_permutevar8x32_epi32(q, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    __m128i low = _mm256_castsi256_si128(q), high = _mm256_extracti128_si256(q, 1);
    tile_put_8(y, low, n);
    if (rows > 1) tile_put_8(y + pitch, _mm_srli_si128(low, 8), n);
    if (rows > 2) tile_put_8(y + 2 * pitch, high, n);
    if (rows > 3) tile_put_8(y + 3 * pitch, _mm_srli_si128(high, 8), n);
}

#ifndef EDGE_BYTE_DOT
#include "avx2_pairs.h"

/* Bytes of taps: |a| is at most 128 and no weight is -128, so two products of |a| and the weight with a's sign fit int16. */
#define BYTES_DOT
enum { BYTES_BIAS = 0 };
typedef __m256i bytes_taps;
static inline __m256i avx2_ready(__m256i q) { return q; }
static inline bytes_taps bytes_weights(const int8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
static inline vi bytes_dot(vi acc, bytes_taps a, bytes_taps w) {
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(w, a));
    return _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
static inline int bytes_fit(const int8_t *w, size_t n) {
    int8_t least = 0;
    for (size_t i = 0; i < n; i++) least = w[i] < least ? w[i] : least;
    return least > -128;
}
#include "avx2_bytes.h"
#endif
