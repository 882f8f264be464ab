/* Words that only fixed-point arithmetic uses: VH int16 in lanes of 16 bits, and products of int32 with a fraction.
 *
 * `vh` is VH int16 (two vectors of VF), `vhm` a truth value per lane. Sums wrap, but vh_adds saturates; vh_add_i8(a, p)
 * adds VH int8; vh_mulr(a, b) is (a b + 2^14) >> 15, unless both are -32768; vh_narrow(a, b) is two vectors of int32, saturated, in order;
 * vi_mul31(a, m) is (a m + 2^30) >> 31 for m >= 0. Set, load, store, select and comparisons are as in README.md. */
#ifndef EDGE_SIMD_SHORTS_H
#define EDGE_SIMD_SHORTS_H

#if defined(EDGE_ONE_LANE)
enum { VH = 1 };
typedef int32_t vh;
typedef int vhm;
static inline vh vh_set(int32_t x) { return x; }
static inline vh vh_load(const int16_t *p) { return *p; }
static inline void vh_store(int16_t *p, vh a) { *p = (int16_t)a; }
static inline vh vh_add(vh a, vh b) { return (int16_t)(a + b); }
static inline vh vh_add_i8(vh a, const int8_t *p) { return (int16_t)(a + *p); }
static inline vh vh_sub(vh a, vh b) { return (int16_t)(a - b); }
static inline vh vh_narrow(vi a, vi b) { return (void)b, a < -32768 ? -32768 : a > 32767 ? 32767 : a; }
static inline vh vh_adds(vh a, vh b) { return vh_narrow(a + b, 0); }
static inline vh vh_mulr(vh a, vh b) { return (a * b + (1 << 14)) >> 15; }
static inline vh vh_min(vh a, vh b) { return a < b ? a : b; }
static inline vh vh_and(vh a, vh b) { return a & b; }
static inline vh vh_shl(vh a, int n) { return (int16_t)((uint32_t)a << n); }
static inline vh vh_sra(vh a, int n) { return a >> n; }
static inline vhm vh_eq(vh a, vh b) { return a == b; }
static inline vhm vh_lt(vh a, vh b) { return a < b; }
static inline vh vh_select(vhm m, vh a, vh b) { return m ? a : b; }
static inline vi vi_mul31(vi a, vi m) { return (int32_t)(((int64_t)a * m + (1 << 30)) >> 31); }

#elif defined(__x86_64__)
enum { VH = 2 * VF };
#if TILE_VECS == 4
#define SHORTS(word) _mm512_##word
typedef __m512i vh;
typedef __mmask32 vhm;
static inline vh vh_load(const int16_t *p) { return _mm512_loadu_si512(p); }
static inline void vh_store(int16_t *p, vh a) { _mm512_storeu_si512(p, a); }
static inline vhm vh_eq(vh a, vh b) { return _mm512_cmpeq_epi16_mask(a, b); }
static inline vhm vh_lt(vh a, vh b) { return _mm512_cmplt_epi16_mask(a, b); }
static inline vh vh_select(vhm m, vh a, vh b) { return _mm512_mask_blend_epi16(m, b, a); }
static inline vh vh_narrow(vi a, vi b) {
    return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), _mm512_packs_epi32(a, b));
}
static inline vi shorts_odd(vi even, vi odd) { return _mm512_mask_blend_epi32(0xaaaa, even, odd); }
#else
#ifdef EDGE_EIGHT_LANES
#define SHORTS(word) _mm256_##word
typedef __m256i vh;
#else
#define SHORTS(word) _mm_##word
typedef __m128i vh;
#endif
typedef vh vhm;
#ifdef EDGE_EIGHT_LANES
static inline vh vh_load(const int16_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
static inline void vh_store(int16_t *p, vh a) { _mm256_storeu_si256((__m256i *)(void *)p, a); }
static inline vh vh_narrow(vi a, vi b) { return _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xd8); }
#else
static inline vh vh_load(const int16_t *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
static inline void vh_store(int16_t *p, vh a) { _mm_storeu_si128((__m128i *)(void *)p, a); }
static inline vh vh_narrow(vi a, vi b) { return _mm_packs_epi32(a, b); }
#endif
static inline vhm vh_eq(vh a, vh b) { return SHORTS(cmpeq_epi16)(a, b); }
static inline vhm vh_lt(vh a, vh b) { return SHORTS(cmpgt_epi16)(b, a); }
static inline vh vh_select(vhm m, vh a, vh b) { return SHORTS(blendv_epi8)(b, a, m); }
static inline vi shorts_odd(vi even, vi odd) { return SHORTS(blend_epi16)(even, odd, 0xcc); }
#endif
static inline vh vh_set(int32_t x) { return SHORTS(set1_epi16)((short)x); }
static inline vh vh_add(vh a, vh b) { return SHORTS(add_epi16)(a, b); }
static inline vh vh_add_i8(vh a, const int8_t *p) { return SHORTS(add_epi16)(a, i16_load_w(p)); }
static inline vh vh_sub(vh a, vh b) { return SHORTS(sub_epi16)(a, b); }
static inline vh vh_adds(vh a, vh b) { return SHORTS(adds_epi16)(a, b); }
static inline vh vh_mulr(vh a, vh b) { return SHORTS(mulhrs_epi16)(a, b); }
static inline vh vh_min(vh a, vh b) { return SHORTS(min_epi16)(a, b); }
static inline vh vh_and(vh a, vh b) { return vi_and(a, b); }
static inline vh vh_shl(vh a, int n) { return SHORTS(sll_epi16)(a, _mm_cvtsi32_si128(n)); }
static inline vh vh_sra(vh a, int n) { return SHORTS(sra_epi16)(a, _mm_cvtsi32_si128(n)); }
static inline vi vi_mul31(vi a, vi m) { /* even and odd lanes by themselves, as their products take twice the room */
    const vi half = SHORTS(srli_epi64)(vi_set(1 << 30), 32);
    const vi even = SHORTS(add_epi64)(SHORTS(mul_epi32)(a, m), half);
    const vi odd = SHORTS(add_epi64)(SHORTS(mul_epi32)(SHORTS(srli_epi64)(a, 32), SHORTS(srli_epi64)(m, 32)), half);
    return shorts_odd(SHORTS(srli_epi64)(even, 31), SHORTS(slli_epi64)(odd, 1));
}

#elif defined(__aarch64__)
enum { VH = 8 };
typedef int16x8_t vh;
typedef uint16x8_t vhm;
static inline vh vh_set(int32_t x) { return vdupq_n_s16((int16_t)x); }
static inline vh vh_load(const int16_t *p) { return vld1q_s16(p); }
static inline void vh_store(int16_t *p, vh a) { vst1q_s16(p, a); }
static inline vh vh_add(vh a, vh b) { return vaddq_s16(a, b); }
static inline vh vh_add_i8(vh a, const int8_t *p) { return vaddw_s8(a, vld1_s8(p)); }
static inline vh vh_sub(vh a, vh b) { return vsubq_s16(a, b); }
static inline vh vh_adds(vh a, vh b) { return vqaddq_s16(a, b); }
static inline vh vh_mulr(vh a, vh b) { return vqrdmulhq_s16(a, b); }
static inline vh vh_min(vh a, vh b) { return vminq_s16(a, b); }
static inline vh vh_and(vh a, vh b) { return vandq_s16(a, b); }
static inline vh vh_shl(vh a, int n) { return vshlq_s16(a, vdupq_n_s16((int16_t)n)); }
static inline vh vh_sra(vh a, int n) { return vshlq_s16(a, vdupq_n_s16((int16_t)-n)); }
static inline vhm vh_eq(vh a, vh b) { return vceqq_s16(a, b); }
static inline vhm vh_lt(vh a, vh b) { return vcltq_s16(a, b); }
static inline vh vh_select(vhm m, vh a, vh b) { return vbslq_s16(m, a, b); }
static inline vh vh_narrow(vi a, vi b) { return vcombine_s16(vqmovn_s32(a), vqmovn_s32(b)); }
static inline vi vi_mul31(vi a, vi m) { return vqrdmulhq_s32(a, m); }

#elif defined(__ARM_FEATURE_MVE)
enum { VH = 8 };
typedef int16x8_t vh;
typedef mve_pred16_t vhm;
static inline vh vh_set(int32_t x) { return vdupq_n_s16((int16_t)x); }
static inline vh vh_load(const int16_t *p) { return vld1q_s16(p); }
static inline void vh_store(int16_t *p, vh a) { vst1q_s16(p, a); }
static inline vh vh_add(vh a, vh b) { return vaddq_s16(a, b); }
static inline vh vh_add_i8(vh a, const int8_t *p) { return vaddq_s16(a, vldrbq_s16(p)); }
static inline vh vh_sub(vh a, vh b) { return vsubq_s16(a, b); }
static inline vh vh_adds(vh a, vh b) { return vqaddq_s16(a, b); }
static inline vh vh_mulr(vh a, vh b) { return vqrdmulhq_s16(a, b); }
static inline vh vh_min(vh a, vh b) { return vminq_s16(a, b); }
static inline vh vh_and(vh a, vh b) { return vandq_s16(a, b); }
static inline vh vh_shl(vh a, int n) { return vshlq_r_s16(a, n); }
static inline vh vh_sra(vh a, int n) { return vshlq_r_s16(a, -n); }
static inline vhm vh_eq(vh a, vh b) { return vcmpeqq_s16(a, b); }
static inline vhm vh_lt(vh a, vh b) { return vcmpltq_s16(a, b); }
static inline vh vh_select(vhm m, vh a, vh b) { return vpselq_s16(a, b, m); }
static inline vh vh_narrow(vi a, vi b) {
    const vi least = vi_set(-32768), most = vi_set(32767);
    int16_t both[8];
    vi_store_i16(both, vi_min(vi_max(a, least), most)), vi_store_i16(both + 4, vi_min(vi_max(b, least), most));
    return vh_load(both);
}
static inline vi vi_mul31(vi a, vi m) { return vqrdmulhq_s32(a, m); }

#else /* WebAssembly */
enum { VH = 8 };
typedef v128_t vh, vhm;
static inline vh vh_set(int32_t x) { return wasm_i16x8_splat((int16_t)x); }
static inline vh vh_load(const int16_t *p) { return wasm_v128_load(p); }
static inline void vh_store(int16_t *p, vh a) { wasm_v128_store(p, a); }
static inline vh vh_add(vh a, vh b) { return wasm_i16x8_add(a, b); }
static inline vh vh_add_i8(vh a, const int8_t *p) { return wasm_i16x8_add(a, wasm_i16x8_load8x8(p)); }
static inline vh vh_sub(vh a, vh b) { return wasm_i16x8_sub(a, b); }
static inline vh vh_adds(vh a, vh b) { return wasm_i16x8_add_sat(a, b); }
static inline vh vh_mulr(vh a, vh b) { return wasm_i16x8_q15mulr_sat(a, b); }
static inline vh vh_min(vh a, vh b) { return wasm_i16x8_min(a, b); }
static inline vh vh_and(vh a, vh b) { return wasm_v128_and(a, b); }
static inline vh vh_shl(vh a, int n) { return wasm_i16x8_shl(a, (uint32_t)n); }
static inline vh vh_sra(vh a, int n) { return wasm_i16x8_shr(a, (uint32_t)n); }
static inline vhm vh_eq(vh a, vh b) { return wasm_i16x8_eq(a, b); }
static inline vhm vh_lt(vh a, vh b) { return wasm_i16x8_lt(a, b); }
static inline vh vh_select(vhm m, vh a, vh b) { return wasm_v128_bitselect(a, b, m); }
static inline vh vh_narrow(vi a, vi b) { return wasm_i16x8_narrow_i32x4(a, b); }
static inline vi vi_mul31(vi a, vi m) {
    const v128_t half = wasm_i64x2_splat(1 << 30);
    const v128_t low = wasm_i64x2_shr(wasm_i64x2_add(wasm_i64x2_extmul_low_i32x4(a, m), half), 31);
    const v128_t high = wasm_i64x2_shr(wasm_i64x2_add(wasm_i64x2_extmul_high_i32x4(a, m), half), 31);
    return wasm_i32x4_shuffle(low, high, 0, 2, 4, 6);
}
#endif
#endif
