/* A word that only table lookups use: LOOKUP_BYTES bytes at once through a table of 256, where there is an instruction for
 * it. lookup_load brings the table into registers. Indices are unsigned, after `flip` is applied to every byte.
 * LOOKUP_SHORT says that a block takes so few instructions that even several tables are worth it. */
#ifndef EDGE_SIMD_LOOKUP_H
#define EDGE_SIMD_LOOKUP_H

#if defined(__x86_64__) && TILE_VECS == 4
enum { LOOKUP_BYTES = 64, LOOKUP_SHORT = 1 };
struct lookup {
    __m512i part[4], flip;
};
static inline struct lookup lookup_load(const void *table, int flip) {
    struct lookup l = {.flip = _mm512_set1_epi8((char)flip)};
    for (int i = 0; i < 4; i++) l.part[i] = _mm512_loadu_si512((const char *)table + 64 * i);
    return l;
}
#ifdef EDGE_BYTE_PERMUTE
static inline __m512i lookup_bytes(const struct lookup *l, __m512i x) { /* the highest bit of x says which half */
    const __m512i low = _mm512_permutex2var_epi8(l->part[0], x, l->part[1]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, _mm512_permutex2var_epi8(l->part[2], x, l->part[3]));
}
#else
/* Permutations go by 16-bit words: word x >> 1 of the table has two entries, and bit 0 of x says which. */
static inline __m512i lookup_words(const struct lookup *l, __m512i x) { /* x < 256 in each 16 bits */
    const __m512i at = _mm512_srli_epi16(x, 1);
    const __m512i low = _mm512_permutex2var_epi16(l->part[0], at, l->part[1]);
    const __m512i high = _mm512_permutex2var_epi16(l->part[2], at, l->part[3]);
    const __m512i both = _mm512_mask_blend_epi16(_mm512_test_epi16_mask(x, _mm512_set1_epi16(0x80)), low, high);
    const __m512i shift = _mm512_slli_epi16(_mm512_and_si512(x, _mm512_set1_epi16(1)), 3);
    return _mm512_srlv_epi16(both, shift);
}
static inline __m512i lookup_bytes(const struct lookup *l, __m512i x) {
    const __m512i byte = _mm512_set1_epi16(0xff), even = lookup_words(l, _mm512_and_si512(x, byte));
    const __m512i odd = lookup_words(l, _mm512_srli_epi16(x, 8));
    return _mm512_mask_blend_epi8(0xaaaaaaaaaaaaaaaau, even, _mm512_slli_epi16(odd, 8));
}
#endif
static inline void lookup_block(const struct lookup *l, const void *from, void *to) {
    _mm512_storeu_si512(to, lookup_bytes(l, _mm512_xor_si512(_mm512_loadu_si512(from), l->flip)));
}
#elif defined(EDGE_EIGHT_LANES)
/* Shuffles take 16 entries and give 0 where the highest bit of an index is set. So x less 16 i, which saturates, finds
 * something in part i where x >= 16 i, in either half of all x; that is entry x of row i, less (as xor) that of the row
 * before, so that what remains of all parts together is the entry of the last row that x reaches. */
enum { LOOKUP_BYTES = 64, LOOKUP_SHORT = 0 };
struct lookup {
    __m256i part[16], flip;
};
static inline struct lookup lookup_load(const void *table, int flip) {
    struct lookup l = {.flip = _mm256_set1_epi8((char)flip)};
    for (int i = 0; i < 16; i++) {
        const __m128i *row = (const __m128i *)table + i, none = _mm_setzero_si128();
        const __m128i before = i % 8 ? _mm_loadu_si128(row - 1) : none;
        l.part[i] = _mm256_broadcastsi128_si256(_mm_xor_si128(_mm_loadu_si128(row), before));
    }
    return l;
}
static inline void lookup_block(const struct lookup *l, const void *from, void *to) {
    const __m256i step = _mm256_set1_epi8(16), half = _mm256_set1_epi8(-128);
    __m256i x[2], rest[2], y[2];
    EDGE_UNROLL
    for (int k = 0; k < 2; k++) {
        x[k] = rest[k] = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)from + k), l->flip);
        y[k] = _mm256_setzero_si256();
    }
    EDGE_UNROLL
    for (int i = 0; i < 16; i++) {
        const __m256i part = l->part[i];
        EDGE_UNROLL
        for (int k = 0; k < 2; k++) {
            y[k] = _mm256_xor_si256(y[k], _mm256_shuffle_epi8(part, rest[k]));
            rest[k] = i == 7 ? _mm256_xor_si256(x[k], half) : _mm256_subs_epi8(rest[k], step);
        }
    }
    EDGE_UNROLL
    for (int k = 0; k < 2; k++) _mm256_storeu_si256((__m256i *)to + k, y[k]);
}
#elif defined(__aarch64__)
enum { LOOKUP_BYTES = 16, LOOKUP_SHORT = 1 };
struct lookup {
    uint8x16x4_t part[4];
    uint8x16_t flip;
};
static inline struct lookup lookup_load(const void *table, int flip) {
    struct lookup l = {.flip = vdupq_n_u8((uint8_t)flip)};
    for (int i = 0; i < 4; i++) l.part[i] = vld1q_u8_x4((const uint8_t *)table + 64 * i);
    return l;
}
static inline void lookup_block(const struct lookup *l, const void *from, void *to) {
    const uint8x16_t x = veorq_u8(vld1q_u8(from), l->flip);
    uint8x16_t y = vqtbl4q_u8(l->part[0], x); /* 0 where the index is too high, or unchanged with vqtbx */
    y = vqtbx4q_u8(y, l->part[1], vsubq_u8(x, vdupq_n_u8(64)));
    y = vqtbx4q_u8(y, l->part[2], vsubq_u8(x, vdupq_n_u8(128)));
    y = vqtbx4q_u8(y, l->part[3], vsubq_u8(x, vdupq_n_u8(192)));
    vst1q_u8(to, y);
}
#else
enum { LOOKUP_BYTES = 8, LOOKUP_SHORT = 0 };
struct lookup {
    const uint8_t *table;
    uint8_t flip;
};
static inline struct lookup lookup_load(const void *table, int flip) {
    return (struct lookup){table, (uint8_t)flip};
}
static inline void lookup_block(const struct lookup *l, const void *from, void *to) {
    uint8_t x[LOOKUP_BYTES];
    memcpy(x, from, sizeof x);
    for (int i = 0; i < LOOKUP_BYTES; i++) x[i] = l->table[x[i] ^ l->flip];
    memcpy(to, x, sizeof x);
}
#endif
#endif
