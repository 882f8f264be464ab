/* Sixteen lanes: AVX-512 F, BW, DQ and VL (Intel servers since 2017, AMD since 2022). */
enum { VF = 16 };
typedef __m512 vf;
typedef __m512i vi;
typedef __mmask16 vm; /* a bit per lane */

/* memory */
static inline __mmask16 avx512_first(size_t n) { return (__mmask16)((1u << n) - 1u); } /* the first n lanes */
static inline vf vf_set(float x) { return _mm512_set1_ps(x); }
static inline vf vf_load(const float *p) { return _mm512_loadu_ps(p); }
static inline void vf_store(float *p, vf a) { _mm512_storeu_ps(p, a); }
static inline vf vf_load_n(const float *p, size_t n) { return _mm512_maskz_loadu_ps(avx512_first(n), p); }
static inline void vf_store_n(float *p, vf a, size_t n) { _mm512_mask_storeu_ps(p, avx512_first(n), a); }
static inline vi vi_set(int32_t x) { return _mm512_set1_epi32(x); }
static inline vi vi_load(const int32_t *p) { return _mm512_loadu_si512(p); }
static inline void vi_store(int32_t *p, vi a) { _mm512_storeu_si512(p, a); }
static inline vi vi_load_n(const int32_t *p, size_t n) { return _mm512_maskz_loadu_epi32(avx512_first(n), p); }
static inline void vi_store_n(int32_t *p, vi a, size_t n) { _mm512_mask_storeu_epi32(p, avx512_first(n), a); }
static inline vi vi_load_i8(const int8_t *p) {
    return _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
static inline vi vi_load_u8(const uint8_t *p) {
    return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
static inline vi vi_load_i16(const int16_t *p) {
    return _mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
static inline vi vi_load_i8_n(const int8_t *p, size_t n) {
    return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(avx512_first(n), p));
}
static inline vi vi_load_u8_n(const uint8_t *p, size_t n) {
    return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(avx512_first(n), p));
}
static inline vi vi_load_i16_n(const int16_t *p, size_t n) {
    return _mm512_cvtepi16_epi32(_mm256_maskz_loadu_epi16(avx512_first(n), p));
}
static inline void vi_store_i8(int8_t *p, vi a) {
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(a));
}
static inline void vi_store_u8(uint8_t *p, vi a) {
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(a));
}
static inline void vi_store_i16(int16_t *p, vi a) {
    _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16(a));
}
static inline void vi_store_i8_n(int8_t *p, vi a, size_t n) {
    _mm_mask_storeu_epi8(p, avx512_first(n), _mm512_cvtepi32_epi8(a));
}
static inline void vi_store_u8_n(uint8_t *p, vi a, size_t n) {
    _mm_mask_storeu_epi8(p, avx512_first(n), _mm512_cvtepi32_epi8(a));
}
static inline void vi_store_i16_n(int16_t *p, vi a, size_t n) {
    _mm256_mask_storeu_epi16(p, avx512_first(n), _mm512_cvtepi32_epi16(a));
}

/* float arithmetic */
static inline vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
static inline vf vf_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
static inline vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
static inline vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
static inline vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
static inline vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }
static inline vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
static inline vf vf_neg(vf a) { return _mm512_xor_ps(a, _mm512_set1_ps(-0.0f)); }
static inline vf vf_abs(vf a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a); }
static inline vf vf_sqrt(vf a) { return _mm512_sqrt_ps(a); }
static inline vf vf_round(vf a) {
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
static inline vf vf_floor(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
static inline vf vf_ceil(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC); }
static inline vf vf_trunc(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
static inline float vf_sum(vf a) { return _mm512_reduce_add_ps(a); }
#define VF_SUMS
static inline vf avx512_fold(vf a, vf b, int even) { /* quarters 0 and 1 of both plus 2 and 3, or even ones plus odd ones */
    return even ? _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd))
                : _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
}
static inline vf vf_sums(const vf *v) {
    vf four[4];
    for (int i = 0; i < 4; i++, v += 4) {
        const vf ab = _mm512_add_ps(_mm512_unpacklo_ps(v[0], v[1]), _mm512_unpackhi_ps(v[0], v[1]));
        const vf cd = _mm512_add_ps(_mm512_unpacklo_ps(v[2], v[3]), _mm512_unpackhi_ps(v[2], v[3]));
        const __m512d x = _mm512_castps_pd(ab), y = _mm512_castps_pd(cd);
        four[i] = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(x, y)), _mm512_castpd_ps(_mm512_unpackhi_pd(x, y)));
    }
    return avx512_fold(avx512_fold(four[0], four[1], 0), avx512_fold(four[2], four[3], 0), 1);
}
static inline float vf_hmax(vf a) { return _mm512_reduce_max_ps(a); }
static inline float vf_hmin(vf a) { return _mm512_reduce_min_ps(a); }

/* masks */
static inline vm vf_lt(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
static inline vm vf_le(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
static inline vm vf_eq(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
static inline vm vf_gt(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
static inline vm vf_ge(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
static inline vm vf_ne(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_NEQ_UQ); }
static inline vm vi_lt(vi a, vi b) { return _mm512_cmplt_epi32_mask(a, b); }
static inline vm vi_gt(vi a, vi b) { return _mm512_cmpgt_epi32_mask(a, b); }
static inline vm vi_eq(vi a, vi b) { return _mm512_cmpeq_epi32_mask(a, b); }
static inline vm vm_and(vm a, vm b) { return (vm)(a & b); }
static inline vm vm_or(vm a, vm b) { return (vm)(a | b); }
static inline vm vm_not(vm a) { return (vm)~a; }
static inline vm vm_andnot(vm a, vm b) { return (vm)(~a & b); }
static inline int vm_any(vm a) { return a != 0; }
static inline vf vf_select(vm m, vf a, vf b) { return _mm512_mask_blend_ps(m, b, a); }
static inline vi vi_select(vm m, vi a, vi b) { return _mm512_mask_blend_epi32(m, b, a); }

/* conversion */
static inline vi vf_to_vi(vf a) { return _mm512_cvtps_epi32(a); }
static inline vf vi_to_vf(vi a) { return _mm512_cvtepi32_ps(a); }
static inline vi vf_as_vi(vf a) { return _mm512_castps_si512(a); }
static inline vf vi_as_vf(vi a) { return _mm512_castsi512_ps(a); }

/* integer arithmetic, wrapping */
static inline vi vi_add(vi a, vi b) { return _mm512_add_epi32(a, b); }
static inline vi vi_sub(vi a, vi b) { return _mm512_sub_epi32(a, b); }
static inline vi vi_mul(vi a, vi b) { return _mm512_mullo_epi32(a, b); }
static inline vi vi_min(vi a, vi b) { return _mm512_min_epi32(a, b); }
static inline vi vi_max(vi a, vi b) { return _mm512_max_epi32(a, b); }
static inline vi vi_and(vi a, vi b) { return _mm512_and_si512(a, b); }
static inline vi vi_or(vi a, vi b) { return _mm512_or_si512(a, b); }
static inline vi vi_xor(vi a, vi b) { return _mm512_xor_si512(a, b); }
static inline vi vi_shl(vi a, int n) { return _mm512_sll_epi32(a, _mm_cvtsi32_si128(n)); }
static inline vi vi_shr(vi a, int n) { return _mm512_srl_epi32(a, _mm_cvtsi32_si128(n)); }
static inline vi vi_sra(vi a, int n) { return _mm512_sra_epi32(a, _mm_cvtsi32_si128(n)); }
static inline int32_t vi_sum(vi a) { return _mm512_reduce_add_epi32(a); }
static inline int32_t vi_hmax(vi a) { return _mm512_reduce_max_epi32(a); }
static inline int32_t vi_hmin(vi a) { return _mm512_reduce_min_epi32(a); }

/* register tiles: see README.md */
#define TILE_ROWS 6
#define TILE_VECS 4
#define F32_HALVES
static inline vf tile_halves(vf even, vf odd) { return _mm512_mask_blend_ps(0xff00, even, odd); }
static inline vf tile_swap(vf a) { return _mm512_shuffle_f32x4(a, a, 0x4e); }
#define F32_NONZERO
static inline size_t tile_nonzero(const float *x, size_t n, int32_t first, float *values, int32_t *places) {
    const vf v = n < 16 ? vf_load_n(x, n) : vf_load(x);
    const vi all = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const vm kept = vf_ne(v, vf_set(0.0f));
    vf_store(values, _mm512_maskz_compress_ps(kept, v));
    vi_store(places, _mm512_maskz_compress_epi32(kept, vi_add(all, vi_set(first))));
    return (size_t)__builtin_popcount(kept);
}
#define I16_STEP 2
typedef __m512i i16_w, i16_a;
static inline i16_w i16_load_w(const int8_t *p) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
static inline i16_a i16_set_a(const int16_t *p) {
    int32_t pair;
    memcpy(&pair, p, 4);
    return _mm512_set1_epi32(pair);
}
static inline i16_a i16_load_a(const int16_t *p) { return _mm512_loadu_si512(p); }
#ifndef EDGE_BYTE_DOT
static inline vi i16_dot(vi acc, i16_a a, i16_w w) { return _mm512_add_epi32(acc, _mm512_madd_epi16(a, w)); }
#endif
/* two vectors of int16 beside each other, wrapping */
static inline __m128i avx512_sixteen(const int8_t *p, size_t n) {
    return n < 16 ? _mm_maskz_loadu_epi8(avx512_first(n), p) : _mm_loadu_si128((const __m128i *)(const void *)p);
}
static inline i16_w i16_load_two(const int8_t *p, const int8_t *q, size_t n) {
    return _mm512_cvtepi8_epi16(_mm256_set_m128i(avx512_sixteen(q, n), avx512_sixteen(p, n)));
}
static inline i16_w i16_add(i16_w a, i16_w b) { return _mm512_add_epi16(a, b); }
static inline i16_w i16_sub(i16_w a, i16_w b) { return _mm512_sub_epi16(a, b); }
static inline i16_w i16_shl(i16_w a, int n) { return _mm512_slli_epi16(a, (unsigned)n); }
static inline void i16_store(int16_t *p, i16_w a) { _mm512_storeu_si512(p, a); }
static inline void avx512_put_sixteen(int16_t *p, __m256i a, size_t n) {
    if (n < 16) _mm256_mask_storeu_epi16(p, avx512_first(n), a);
    else _mm256_storeu_si256((__m256i *)(void *)p, a);
}
static inline void i16_store_two(int16_t *p, int16_t *q, i16_w a, size_t n) {
    avx512_put_sixteen(p, _mm512_castsi512_si256(a), n);
    avx512_put_sixteen(q, _mm512_extracti64x4_epi64(a, 1), n);
}
static inline void tile_store_i8(int8_t *p, const vi *v) {
    __m512i low = _mm512_packs_epi32(v[0], v[1]), high = _mm512_packs_epi32(v[2], v[3]);
    __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    _mm512_storeu_si512(p, _mm512_permutexvar_epi32(order, _mm512_packs_epi16(low, high)));
}
/* Packing works within 128 bits. Channels are dealt out to lanes so that it ends in their natural order. */
#define I8_FINISH
typedef __m512i i8_bytes;
static inline int tile_channel(int vecs, int v, int l) {
    return vecs == 1 ? l : 4 * vecs * (l / 4) + 4 * v + l % 4;
}
/* Ranges of which the packs themselves do a part: all bytes; or what begins at the zero point, as after ReLU. */
enum i8_range_kind { I8_ANY, I8_ALL, I8_POSITIVE, I8_POSITIVE_ALL };
struct i8_range {
    __m512i zero, lo, hi; /* zero in 16 bits */
    __m512i base, reach;  /* of positive ones: the zero point in bytes, and the most above it */
    enum i8_range_kind kind;
};
static inline struct i8_range i8_range(int32_t zero, int32_t lo, int32_t hi) {
    const int all = lo == -128 && hi == 127, positive = lo == zero && lo >= -128 && hi >= lo;
    return (struct i8_range){_mm512_set1_epi16((short)zero), _mm512_set1_epi8((char)lo), _mm512_set1_epi8((char)hi),
                             _mm512_set1_epi8((char)zero), _mm512_set1_epi8((char)(hi - zero)),
                             positive ? (all ? I8_POSITIVE_ALL : I8_POSITIVE) : all ? I8_ALL : I8_ANY};
}
static inline __m512i i8_rounded(vi sum, vf multiplier) { /* not a number becomes INT32_MIN */
    return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), multiplier));
}
static inline i8_bytes i8_narrow_any(__m512i ab, __m512i cd, const struct i8_range *r) {
    const __m512i all = _mm512_packs_epi16(_mm512_adds_epi16(ab, r->zero), _mm512_adds_epi16(cd, r->zero));
    return _mm512_min_epi8(_mm512_max_epi8(all, r->lo), r->hi);
}
static inline i8_bytes i8_narrow(vi a, vi b, vi c, vi d, const struct i8_range *r) {
    const __m512i ab = _mm512_packs_epi32(a, b), cd = _mm512_packs_epi32(c, d);
    if (__builtin_expect(r->kind == I8_POSITIVE_ALL, 1)) return _mm512_xor_si512(_mm512_packus_epi16(ab, cd), r->base);
    if (r->kind == I8_POSITIVE)
        return _mm512_add_epi8(_mm512_min_epu8(_mm512_packus_epi16(ab, cd), r->reach), r->base);
    if (r->kind == I8_ALL)
        return _mm512_packs_epi16(_mm512_adds_epi16(ab, r->zero), _mm512_adds_epi16(cd, r->zero));
    return i8_narrow_any(ab, cd, r);
}
static inline i8_bytes i8_finish(vi a, vi b, vi c, vi d, const vf *m, const struct i8_range *r) {
    return i8_narrow(i8_rounded(a, m[0]), i8_rounded(b, m[1]), i8_rounded(c, m[2]), i8_rounded(d, m[3]), r);
}
#define I8_FINISH_STRAIGHT
static inline i8_bytes i8_finish_straight(vi a, vi b, vi c, vi d, const vf *m, const struct i8_range *r) {
    return i8_narrow_any(_mm512_packs_epi32(i8_rounded(a, m[0]), i8_rounded(b, m[1])),
                         _mm512_packs_epi32(i8_rounded(c, m[2]), i8_rounded(d, m[3])), r);
}
static inline void tile_put_16(int8_t *y, __m128i q, size_t n) {
    if (n >= 16) _mm_storeu_si128((__m128i *)(void *)y, q);
    else _mm_mask_storeu_epi8(y, (__mmask16)((1u << n) - 1), q);
}
static inline void tile_put_32(int8_t *y, __m256i q, size_t n) {
    if (n >= 32) _mm256_storeu_si256((__m256i *)(void *)y, q);
    else _mm256_mask_storeu_epi8(y, (__mmask32)((1u << n) - 1), q);
}
static inline void tile_put(int vecs, int rows, int8_t *y, size_t pitch, size_t n, i8_bytes q) {
    if (vecs == 4) {
        if (n >= 64) _mm512_storeu_si512(y, q);
        else _mm512_mask_storeu_epi8(y, ((__mmask64)1 << n) - 1, q);
    } else if (vecs == 2) {
        q = _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), q);
        if (rows == 2 && pitch == 32 && n == 32) {
            _mm512_storeu_si512(y, q);
            return;
        }
        tile_put_32(y, _mm512_castsi512_si256(q), n);
        if (rows > 1) tile_put_32(y + pitch, _mm512_extracti64x4_epi64(q, 1), n);
    } else {
        q = _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), q);
        if (rows == 4 && pitch == 16 && n == 16) {
            _mm512_storeu_si512(y, q);
            return;
        }
        tile_put_16(y, _mm512_castsi512_si128(q), n);
        if (rows > 1) tile_put_16(y + pitch, _mm512_extracti32x4_epi32(q, 1), n);
        if (rows > 2) tile_put_16(y + 2 * pitch, _mm512_extracti32x4_epi32(q, 2), n);
        if (rows > 3) tile_put_16(y + 3 * pitch, _mm512_extracti32x4_epi32(q, 3), n);
    }
}

#ifndef EDGE_BYTE_DOT
enum { I8_BLOCK = 32 };
static inline void i8_gather_block(int16_t *to, const int8_t *from) { _mm512_storeu_si512(to, i16_load_w(from)); }
#include "bytes_as_i16.h"
#endif
