/* The words of AVX-512; VNNI (Intel since 2019, AMD since 2022) adds a byte dot product to the tiles. */
#define EDGE_BYTE_DOT
#include "avx512.h"

/* `vpdpbusd` multiplies unsigned by signed: the tile computes with q + 128, and the bias takes it back. Assembly, because
 * gcc 12 spills the accumulators around the intrinsic and halves the speed. */
#define I8_IN_PLACE
#define I8_STEP 4
enum { I8_BIAS = 128 };
typedef int8_t i8_act;
typedef __m512i i8_w, i8_a;
static inline i8_w i8_load_w(const int8_t *p) { return _mm512_loadu_si512(p); }
static inline i8_a i8_set_a(const i8_act *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return _mm512_xor_si512(_mm512_set1_epi32(four), _mm512_set1_epi8(-128));
}
static inline i8_a i8_load_a(const i8_act *p) {
    return _mm512_xor_si512(_mm512_loadu_si512(p), _mm512_set1_epi8(-128));
}
static inline vi i8_dot(vi acc, i8_a a, i8_w w) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(w));
    return acc;
}
/* 16 bytes of each of 16 columns, from element k on, to a vector of a panel: four steps, `pitch` bytes apart */
#define I8_DEAL
static inline __m512i i8_four_columns(const int8_t *const *column, size_t k) {
    __m512i q = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(const void *)(column[0] + k)));
    q = _mm512_inserti32x4(q, _mm_loadu_si128((const __m128i *)(const void *)(column[4] + k)), 1);
    q = _mm512_inserti32x4(q, _mm_loadu_si128((const __m128i *)(const void *)(column[8] + k)), 2);
    return _mm512_inserti32x4(q, _mm_loadu_si128((const __m128i *)(const void *)(column[12] + k)), 3);
}
static inline void i8_deal(int8_t *to, size_t pitch, const int8_t *const *column, size_t k) {
    const __m512i a = i8_four_columns(column, k), b = i8_four_columns(column + 1, k);
    const __m512i c = i8_four_columns(column + 2, k), d = i8_four_columns(column + 3, k);
    const __m512i low = _mm512_unpacklo_epi32(a, b), low2 = _mm512_unpacklo_epi32(c, d);
    const __m512i high = _mm512_unpackhi_epi32(a, b), high2 = _mm512_unpackhi_epi32(c, d);
    _mm512_storeu_si512(to, _mm512_unpacklo_epi64(low, low2));
    _mm512_storeu_si512(to + pitch, _mm512_unpackhi_epi64(low, low2));
    _mm512_storeu_si512(to + 2 * pitch, _mm512_unpacklo_epi64(high, high2));
    _mm512_storeu_si512(to + 3 * pitch, _mm512_unpackhi_epi64(high, high2));
}
/* four rows of n <= 64 columns to the panel's order, as bytes_interleave below: 16 columns by 128 bits */
#define I8_WEAVE
static inline void i8_weave(int8_t *to, const int8_t *p, ptrdiff_t pitch, size_t n) {
    const __mmask64 first = n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0;
    const __m512i a = _mm512_maskz_loadu_epi8(first, p), b = _mm512_maskz_loadu_epi8(first, p + pitch);
    const __m512i c = _mm512_maskz_loadu_epi8(first, p + 2 * pitch), d = _mm512_maskz_loadu_epi8(first, p + 3 * pitch);
    const __m512i low = _mm512_unpacklo_epi8(a, b), low2 = _mm512_unpacklo_epi8(c, d);
    const __m512i high = _mm512_unpackhi_epi8(a, b), high2 = _mm512_unpackhi_epi8(c, d);
    _mm512_storeu_si512(to, _mm512_unpacklo_epi16(low, low2));
    _mm512_storeu_si512(to + 64, _mm512_unpackhi_epi16(low, low2));
    _mm512_storeu_si512(to + 128, _mm512_unpacklo_epi16(high, high2));
    _mm512_storeu_si512(to + 192, _mm512_unpackhi_epi16(high, high2));
}
static inline vi i16_dot(vi acc, i16_a a, i16_w w) {
    __asm__("vpdpwssd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(w));
    return acc;
}
enum { I8_BLOCK = 64 };
static inline void i8_gather_block(int8_t *to, const int8_t *from) {
    _mm512_storeu_si512(to, _mm512_loadu_si512(from));
}
#define I8_READY
static inline i8_a i8_set_ready(const i8_act *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return _mm512_set1_epi32(four);
}
static inline void i8_ready_block(i8_act *to, const int8_t *from) { _mm512_storeu_si512(to, i8_load_a(from)); }
/* columns of two lanes: eight activations to each pair; the pairs of two vectors added, in 128 bits those of a before
 * those of b; and what i8_finish makes of four of these, eight bytes of each vector after those of the one before */
#define I8_EIGHTS
static inline i8_a i8_set_eight(const i8_act *p) {
    int64_t eight;
    memcpy(&eight, p, 8);
    return _mm512_xor_si512(_mm512_set1_epi64(eight), _mm512_set1_epi8(-128));
}
static inline vi i8_fold(vi a, vi b) {
    const __m512 x = _mm512_castsi512_ps(a), y = _mm512_castsi512_ps(b);
    return _mm512_add_epi32(_mm512_castps_si512(_mm512_shuffle_ps(x, y, 0x88)),
                            _mm512_castps_si512(_mm512_shuffle_ps(x, y, 0xdd)));
}
static inline i8_bytes i8_unfold(i8_bytes q) {
    const __m512i order = _mm512_set_epi16(31, 23, 15, 7, 30, 22, 14, 6, 29, 21, 13, 5, 28, 20, 12, 4, 27, 19, 11, 3, 26,
                                           18, 10, 2, 25, 17, 9, 1, 24, 16, 8, 0);
    return _mm512_permutexvar_epi16(order, q);
}
static inline void i8_put_row(int8_t *y, i8_bytes q) { _mm512_storeu_si512(y, q); }
static inline void i8_put_two(int8_t *const *y, __m128i q) {
    _mm_storel_epi64((__m128i *)(void *)y[0], q);
    _mm_storeh_pd((double *)(void *)y[1], _mm_castsi128_pd(q));
}
static inline void i8_put_eights(int8_t *const *y, i8_bytes q) {
    i8_put_two(y, _mm512_castsi512_si128(q));
    i8_put_two(y + 2, _mm512_extracti32x4_epi32(q, 1));
    i8_put_two(y + 4, _mm512_extracti32x4_epi32(q, 2));
    i8_put_two(y + 6, _mm512_extracti32x4_epi32(q, 3));
}
EDGE_INLINE void i8_prefetch(uintptr_t at) { _mm_prefetch((const char *)at, _MM_HINT_T1); }
/* One element of each of four places, side by side; and so n times, those of a place on `right` apart. Writes and reads 16
 * at a time. Where 16 lie within two vectors their pairs are picked, and the odd ones of a pair shifted down. */
#define I8_REST
static inline __m512i i8_picked(const int8_t *p, __m512i pair, __m512i odd) {
    const __m512i both = _mm512_maskz_permutex2var_epi16(0x55555555, _mm512_loadu_si512(p), pair, _mm512_loadu_si512(p + 64));
    return _mm512_and_si512(_mm512_srlv_epi32(both, odd), _mm512_set1_epi32(0xff));
}
static inline void i8_rest(int8_t *to, const int8_t *const *from, size_t right, size_t n) {
    if (right > 8) {
        for (size_t i = 0; i < 4 * n; i++) to[i] = from[i % 4][i / 4 * right];
        return;
    }
    const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i byte = _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int)right)), pair = _mm512_srli_epi32(byte, 1);
    const __m512i odd = _mm512_slli_epi32(_mm512_and_si512(byte, _mm512_set1_epi32(1)), 3);
    for (size_t i = 0; i < n; i += 16) {
        const size_t at = i * right;
        const __m512i a = i8_picked(from[0] + at, pair, odd), b = i8_picked(from[1] + at, pair, odd);
        const __m512i c = i8_picked(from[2] + at, pair, odd), d = i8_picked(from[3] + at, pair, odd);
        const __m512i ab = _mm512_or_si512(a, _mm512_slli_epi32(b, 8)), cd = _mm512_or_si512(c, _mm512_slli_epi32(d, 8));
        _mm512_storeu_si512(to + 4 * i, _mm512_or_si512(ab, _mm512_slli_epi32(cd, 16)));
    }
}

/* depthwise: bytes of 4*VF channels; four taps interleaved so that a lane's dot product runs over taps. Unpacking works
 * within 128 bits, so lane l of vector v is channel bytes_channel(v, l). */
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

/* the same where a register holds `units` times 16 channels of several pixels, `stride` apart */
#define DW_UNITS 4
static inline i8_bytes bytes_load_pixels(int units, const int8_t *p, ptrdiff_t stride, size_t n) {
    const __mmask16 first = (__mmask16)(n < 16 ? (1u << n) - 1 : 0xffff); /* counts with one unit only */
    __m512i q;
    if (units == 4) {
        q = _mm512_loadu_si512(p);
    } else if (units == 2) {
        q = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(const void *)p));
        q = _mm512_inserti64x4(q, _mm256_loadu_si256((const __m256i *)(const void *)(p + stride)), 1);
    } else if (n >= 16) {
        q = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(const void *)p));
        q = _mm512_mask_broadcast_i32x4(q, 0x00f0, _mm_loadu_si128((const __m128i *)(const void *)(p + stride)));
        q = _mm512_mask_broadcast_i32x4(q, 0x0f00, _mm_loadu_si128((const __m128i *)(const void *)(p + 2 * stride)));
        q = _mm512_mask_broadcast_i32x4(q, 0xf000, _mm_loadu_si128((const __m128i *)(const void *)(p + 3 * stride)));
    } else {
        q = _mm512_castsi128_si512(_mm_maskz_loadu_epi8(first, p));
        q = _mm512_inserti32x4(q, _mm_maskz_loadu_epi8(first, p + stride), 1);
        q = _mm512_inserti32x4(q, _mm_maskz_loadu_epi8(first, p + 2 * stride), 2);
        q = _mm512_inserti32x4(q, _mm_maskz_loadu_epi8(first, p + 3 * stride), 3);
    }
    return _mm512_xor_si512(q, _mm512_set1_epi8(-128));
}
/* pixels move down by `units` (1 to 3), those of b follow */
static inline i8_a bytes_shift(int units, i8_a a, i8_a b) {
    return units == 1 ? _mm512_alignr_epi64(b, a, 2) : units == 2 ? _mm512_alignr_epi64(b, a, 4) : _mm512_alignr_epi64(b, a, 6);
}
/* n >= 1 bytes, but not more than 64; the rest of the register is q */
static inline i8_bytes bytes_load_inside(const int8_t *p, size_t n, int32_t q) {
    const __mmask64 first = n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0;
    return _mm512_xor_si512(_mm512_mask_loadu_epi8(_mm512_set1_epi8((char)q), first, p), _mm512_set1_epi8(-128));
}
/* neighbouring pixels of 8, 16 or 32 bytes, to even and odd ones */
static inline void bytes_part(int bytes, i8_bytes a, i8_bytes b, i8_bytes *even, i8_bytes *odd) {
    if (bytes == 8) {
        *even = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), b);
        *odd = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15), b);
    } else if (bytes == 16) {
        *even = _mm512_shuffle_i32x4(a, b, 0x88), *odd = _mm512_shuffle_i32x4(a, b, 0xdd);
    } else {
        *even = _mm512_shuffle_i32x4(a, b, 0x44), *odd = _mm512_shuffle_i32x4(a, b, 0xee);
    }
}
static inline void bytes_put_pixels(int units, int8_t *y, ptrdiff_t stride, int pixels, size_t n, i8_bytes q) {
    if (units == 4) {
        _mm512_storeu_si512(y, q);
    } else if (units == 2) {
        _mm256_storeu_si256((__m256i *)(void *)y, _mm512_castsi512_si256(q));
        if (pixels > 1) _mm256_storeu_si256((__m256i *)(void *)(y + stride), _mm512_extracti64x4_epi64(q, 1));
    } else {
        tile_put_16(y, _mm512_castsi512_si128(q), n);
        if (pixels > 1) tile_put_16(y + stride, _mm512_extracti32x4_epi32(q, 1), n);
        if (pixels > 2) tile_put_16(y + 2 * stride, _mm512_extracti32x4_epi32(q, 2), n);
        if (pixels > 3) tile_put_16(y + 3 * stride, _mm512_extracti32x4_epi32(q, 3), n);
    }
}
