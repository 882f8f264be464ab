/* y[N] = clamp(x[K] w[N,K]^T + bias[N]) in float32, where many of x are zeros, as after a ReLU: what they would multiply is
 * not read.
 *
 * One row is limited by reading the weights. They lie in the panels of gemm_f32.h, an input's weights beside each other;
 * inputs that are not zero are listed once, and each panel walks its rows of that list, sums in registers. Weights must be
 * finite: then a product with zero changes nothing but, perhaps, the sign of a zero. */
#include "gemm_f32.h"

/* One panel of outputs, `n` of them valid. The list is of pairs, so that no sum waits for the one before. */
EDGE_INLINE void rectified_panel(const int vecs, const float *x, const int32_t *at, size_t count, const float *panel,
                                 const struct edge_fully_connected_rectified_f32 *a, float *y, size_t n) {
    const size_t width = (size_t)(vecs * VF);
    const float *w = panel + width;
    vf even[TILE_VECS], odd[TILE_VECS];
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) even[j] = vf_load(panel + j * VF), odd[j] = vf_set(0.0f);
    for (size_t i = 0; i < count; i += 2) {
        const float *row = w + (size_t)at[i] * width, *next = w + (size_t)at[i + 1] * width;
        const vf value = vf_set(x[i]), after = vf_set(x[i + 1]);
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) even[j] = vf_fma(value, vf_load(row + j * VF), even[j]);
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) odd[j] = vf_fma(after, vf_load(next + j * VF), odd[j]);
    }
    const vf lo = vf_set(a->lo), hi = vf_set(a->hi);
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) {
        if (n <= (size_t)j * VF) break;
        const vf sum = tile_clamp(vf_add(even[j], odd[j]), lo, hi);
        const size_t left = n - (size_t)j * VF;
        if (left >= VF) vf_store(y + j * VF, sum);
        else vf_store_n(y + j * VF, sum, left);
    }
}

EDGE_PACK(fully_connected_rectified_f32) {
    return sizeof(float) * gemm_f32_pack((size_t)a->K, (size_t)a->N, a->w, a->K, 1, a->bias, out);
}

EDGE_KERNEL(fully_connected_rectified_f32) {
    const size_t K = (size_t)a->K, N = (size_t)a->N;
    float *values = t->scratch;
    int32_t *places = (int32_t *)(void *)(values + K + TILE_SLACK);
    size_t count = 0, from, end;
    for (size_t k = 0; k < K; k += VF) count += tile_nonzero(a->x + k, K - k, (int32_t)k, values + count, places + count);
    if (count % 2) values[count] = 0.0f, places[count++] = 0;
    edge_share(t, gemm_f32_panels(N), &from, &end);
    const float *panel = a->packed;
    for (size_t n = 0, i = 0; i < end; i++) {
        const int vecs = gemm_f32_vecs(N - n);
        if (i >= from) switch (vecs) {
            case 1: rectified_panel(1, values, places, count, panel, a, a->y + n, N - n); break;
            case 2: rectified_panel(2, values, places, count, panel, a, a->y + n, N - n); break;
#if TILE_VECS == 4
            case 3: rectified_panel(3, values, places, count, panel, a, a->y + n, N - n); break;
            default: rectified_panel(4, values, places, count, panel, a, a->y + n, N - n);
#endif
            }
        panel += gemm_f32_panel(K, vecs);
        n += (size_t)(vecs * VF);
    }
    return EDGE_OK;
}
