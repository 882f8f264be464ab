/* Words that few float kernels use, for the instruction sets that do not define them themselves. */
#ifndef EDGE_SIMD_TILE_F32_H
#define EDGE_SIMD_TILE_F32_H
#ifndef F32_LANES
static inline vf tile_clamp(vf v, vf lo, vf hi) { return vf_min(hi, vf_max(lo, v)); }
EDGE_INLINE size_t tile_lanes(const int rows, const int vecs, vf (*acc)[TILE_VECS], const float *const *a, size_t length,
                              const float *w) {
    (void)rows, (void)vecs, (void)acc, (void)a, (void)length, (void)w;
    return 0;
}
#endif
#ifndef F32_HALVES
static inline vf tile_halves(vf even, vf odd) { return (void)odd, even; }
static inline vf tile_swap(vf a) { return a; }
#endif
#ifndef VF_SUMS
static inline vf vf_sums(const vf *v) {
    float sums[VF];
    for (int j = 0; j < VF; j++) sums[j] = vf_sum(v[j]);
    return vf_load(sums);
}
#endif
#ifndef F32_NONZERO
static inline size_t tile_nonzero(const float *x, size_t n, int32_t first, float *values, int32_t *places) {
    size_t count = 0;
    for (size_t i = 0; i < n && i < VF; i++) {
        values[count] = x[i], places[count] = first + (int32_t)i;
        count += x[i] != 0.0f;
    }
    return count;
}
#endif
#endif
