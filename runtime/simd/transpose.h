/* A word that only packing uses: VF vectors of VF floats, rows to columns, in place. */
#ifndef EDGE_SIMD_TRANSPOSE_H
#define EDGE_SIMD_TRANSPOSE_H

#if defined(__x86_64__) && TILE_VECS == 4
static inline void vf_transpose(vf r[VF]) {
    __m512 s[16];
    EDGE_UNROLL
    for (int i = 0; i < 16; i += 4) { /* four by four within 128 bits: s[i + c] holds column c of each quarter */
        const __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(r[i], r[i + 1]));
        const __m512d b = _mm512_castps_pd(_mm512_unpackhi_ps(r[i], r[i + 1]));
        const __m512d c = _mm512_castps_pd(_mm512_unpacklo_ps(r[i + 2], r[i + 3]));
        const __m512d d = _mm512_castps_pd(_mm512_unpackhi_ps(r[i + 2], r[i + 3]));
        s[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c)), s[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
        s[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d)), s[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
    }
    EDGE_UNROLL
    for (int c = 0; c < 4; c++) { /* then the quarters, likewise */
        const __m512 even = _mm512_shuffle_f32x4(s[c], s[4 + c], 0x88), odd = _mm512_shuffle_f32x4(s[c], s[4 + c], 0xdd);
        const __m512 even2 = _mm512_shuffle_f32x4(s[8 + c], s[12 + c], 0x88);
        const __m512 odd2 = _mm512_shuffle_f32x4(s[8 + c], s[12 + c], 0xdd);
        r[c] = _mm512_shuffle_f32x4(even, even2, 0x88), r[8 + c] = _mm512_shuffle_f32x4(even, even2, 0xdd);
        r[4 + c] = _mm512_shuffle_f32x4(odd, odd2, 0x88), r[12 + c] = _mm512_shuffle_f32x4(odd, odd2, 0xdd);
    }
}
#elif defined(EDGE_EIGHT_LANES)
static inline void vf_transpose(vf r[VF]) {
    __m256 s[8];
    EDGE_UNROLL
    for (int i = 0; i < 8; i += 4) { /* four by four within 128 bits: s[i + c] holds column c of both halves */
        const __m256 a = _mm256_unpacklo_ps(r[i], r[i + 1]), b = _mm256_unpackhi_ps(r[i], r[i + 1]);
        const __m256 c = _mm256_unpacklo_ps(r[i + 2], r[i + 3]), d = _mm256_unpackhi_ps(r[i + 2], r[i + 3]);
        s[i] = _mm256_shuffle_ps(a, c, 0x44), s[i + 1] = _mm256_shuffle_ps(a, c, 0xee);
        s[i + 2] = _mm256_shuffle_ps(b, d, 0x44), s[i + 3] = _mm256_shuffle_ps(b, d, 0xee);
    }
    EDGE_UNROLL
    for (int c = 0; c < 4; c++) { /* then the halves */
        r[c] = _mm256_permute2f128_ps(s[c], s[4 + c], 0x20);
        r[4 + c] = _mm256_permute2f128_ps(s[c], s[4 + c], 0x31);
    }
}
#elif defined(__aarch64__) && TILE_VECS == 4
static inline void vf_transpose(vf r[VF]) {
    const float32x4_t a = vzip1q_f32(r[0], r[2]), b = vzip2q_f32(r[0], r[2]);
    const float32x4_t c = vzip1q_f32(r[1], r[3]), d = vzip2q_f32(r[1], r[3]);
    r[0] = vzip1q_f32(a, c), r[1] = vzip2q_f32(a, c), r[2] = vzip1q_f32(b, d), r[3] = vzip2q_f32(b, d);
}
#else
static inline void vf_transpose(vf r[VF]) {
    float rows[VF][VF], columns[VF][VF];
    for (int i = 0; i < VF; i++) vf_store(rows[i], r[i]);
    for (int i = 0; i < VF; i++)
        for (int j = 0; j < VF; j++) columns[j][i] = rows[i][j];
    for (int i = 0; i < VF; i++) r[i] = vf_load(columns[i]);
}
#endif
#endif
