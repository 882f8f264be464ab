/* Words that only weights of 16 bits use: VF of them, widened exactly. NaN stays NaN. */
#ifndef EDGE_SIMD_HALF_H
#define EDGE_SIMD_HALF_H

#if defined(__x86_64__) && TILE_VECS == 4
static inline vf vf_load_f16(const uint16_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
#elif defined(__aarch64__) && TILE_VECS == 4
static inline vf vf_load_f16(const uint16_t *p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
#else
/* The bits moved to where a float has them count 2^-112 too little, denormals included; infinity and NaN are apart. */
static inline vf vf_load_f16(const uint16_t *p) {
    const vi bits = vi_load_i16((const int16_t *)(const void *)p);
    const vi size = vi_shl(vi_and(bits, vi_set(0x7fff)), 13), top = vi_set(0x0f7fffff);
    const vi value = vf_as_vi(vf_mul(vi_as_vf(size), vf_set(0x1p112f)));
    const vi huge = vi_select(vi_gt(size, top), vi_set(0x7f800000), vi_set(0));
    return vi_as_vf(vi_or(vi_or(value, huge), vi_and(bits, vi_set(INT32_MIN))));
}
#endif

static inline vf vf_load_bf16(const uint16_t *p) {
    return vi_as_vf(vi_shl(vi_load_i16((const int16_t *)(const void *)p), 16));
}
#endif
