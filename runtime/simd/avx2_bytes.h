/* Depthwise windows on bytes for sets of eight lanes: bytes of 4*VF channels, four taps interleaved so that a lane's dot
 * product runs over taps. Unpacking works within 128 bits, so lane l of vector v is channel bytes_channel(v, l).
 * `avx2_ready` is what the set's dot product takes: the bytes, or the bytes with their bias. */
static inline int bytes_channel(int v, int l) { return 16 * (l / 4) + 4 * v + l % 4; }
static inline i8_bytes bytes_set(int32_t q) { return avx2_ready(_mm256_set1_epi8((char)q)); }
static inline i8_bytes bytes_load(const int8_t *p, size_t n) { /* 1 <= n <= 32 */
    int8_t part[32];
    if (n >= 32) return avx2_ready(_mm256_loadu_si256((const __m256i *)(const void *)p));
    memset(part, 0, sizeof part);
    memcpy(part, p, n);
    return avx2_ready(_mm256_loadu_si256((const __m256i *)(const void *)part));
}
static inline void bytes_interleave(i8_bytes a, i8_bytes b, i8_bytes c, i8_bytes d, __m256i *out) {
    __m256i ab = _mm256_unpacklo_epi8(a, b), cd = _mm256_unpacklo_epi8(c, d);
    out[0] = _mm256_unpacklo_epi16(ab, cd), out[1] = _mm256_unpackhi_epi16(ab, cd);
    ab = _mm256_unpackhi_epi8(a, b), cd = _mm256_unpackhi_epi8(c, d);
    out[2] = _mm256_unpacklo_epi16(ab, cd), out[3] = _mm256_unpackhi_epi16(ab, cd);
}

/* the same where a register holds 32 channels of a pixel, or 16 of two that lie `stride` apart */
#define DW_UNITS 2
static inline __m128i avx2_load_16(const int8_t *p, size_t n) { /* 1 <= n <= 16 */
    int8_t part[16];
    if (n >= 16) return _mm_loadu_si128((const __m128i *)(const void *)p);
    memset(part, 0, sizeof part);
    memcpy(part, p, n);
    return _mm_loadu_si128((const __m128i *)(const void *)part);
}
static inline i8_bytes bytes_load_pixels(int units, const int8_t *p, ptrdiff_t stride, size_t n) {
    if (units == 2) return avx2_ready(_mm256_loadu_si256((const __m256i *)(const void *)p));
    return avx2_ready(_mm256_set_m128i(avx2_load_16(p + stride, n), avx2_load_16(p, n)));
}
/* pixels move down by one unit, those of b follow */
static inline __m256i bytes_shift(int units, __m256i a, __m256i b) {
    (void)units;
    return _mm256_permute2x128_si256(a, b, 0x21);
}
static inline void bytes_put_pixels(int units, int8_t *y, ptrdiff_t stride, int pixels, size_t n, i8_bytes q) {
    if (units == 2) {
        _mm256_storeu_si256((__m256i *)(void *)y, q);
        return;
    }
    tile_put_16(y, _mm256_castsi256_si128(q), n);
    if (pixels > 1) tile_put_16(y + stride, _mm256_extracti128_si256(q, 1), n);
}
