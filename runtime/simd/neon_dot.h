/* The words of NEON; the dot-product extension (Armv8.2, optional; Cortex-A55 and A76 on) adds `sdot` to the tiles. */
#define EDGE_BYTE_DOT
#include "neon.h"

static inline vi i8_dot(vi acc, i8_a a, i8_w w) { return vdotq_s32(acc, a, w); }

/* Depthwise windows: a lane holds four rows of a column. */
typedef struct {
    int8x16_t taps[2];
} bytes_half_column;
typedef struct {
    int8x16_t w[2][3][2]; /* of two rows of outputs */
} bytes_half_weights;
EDGE_INLINE void bytes_half_load(const int rows, const int8_t *const *at, bytes_half_column *to) {
    const int8x8_t none = vdup_n_s8(0);
    int8x16_t ab = vzip1q_s8(vcombine_s8(vld1_s8(at[0]), none), vcombine_s8(vld1_s8(at[1]), none));
    int8x16_t c = vcombine_s8(vld1_s8(at[2]), none);
    int8x16_t cd = vzip1q_s8(c, rows == 4 ? vcombine_s8(vld1_s8(at[3]), none) : c);
    to->taps[0] = vreinterpretq_s8_s16(vzip1q_s16(vreinterpretq_s16_s8(ab), vreinterpretq_s16_s8(cd)));
    to->taps[1] = vreinterpretq_s8_s16(vzip2q_s16(vreinterpretq_s16_s8(ab), vreinterpretq_s16_s8(cd)));
}
EDGE_INLINE void bytes_half_fill(int32_t q, bytes_half_column *to) { to->taps[0] = to->taps[1] = vdupq_n_s8((int8_t)q); }
EDGE_INLINE void bytes_half_load_weights(const int rows, const int8_t *from, int half, bytes_half_weights *w) {
    from += 32 * half;
    EDGE_UNROLL
    for (int k = 0; k < 6 * rows; k++) w->w[k / 6][k / 2 % 3][k % 2] = vld1q_s8(from + (k / 2 * 4 + k % 2) * 16);
}
/* The window of the first row of outputs, or of the second. */
EDGE_INLINE void bytes_half_window(const int first, const bytes_half_column *a, const bytes_half_column *b,
                                   const bytes_half_column *c, const bytes_half_weights *w, const int32_t *bias, vi *sum) {
    EDGE_UNROLL
    for (int u = 0; u < 2; u++) {
        sum[u] = vdotq_s32(vi_load(bias + 4 * u), a->taps[u], w->w[first][0][u]);
        sum[u] = vdotq_s32(vdotq_s32(sum[u], b->taps[u], w->w[first][1][u]), c->taps[u], w->w[first][2][u]);
    }
}

enum { NEON_ROWS = 12 }; /* of the highest tile */
#ifndef I8_TILE_SUMS
#define I8_TILE_SUMS
/* The products of a tile: a register holds sixteen activations of a row, and `sdot` takes four of them by lane. All
 * registers but two are sums and activations; weights alternate between those, loaded while the ones before are used.
 * They come in order, which these cores foresee: nothing is fetched ahead. With `room`, sixteen bytes can be read anywhere
 * in a row. */
#define NEON_DOT_STEP(lane, last)                                                                                      \
    EDGE_UNROLL                                                                                                        \
    for (int j = 0; j < vecs; j++) {                                                                                   \
        const int8x16_t wv = next;                                                                                     \
        w += 16;                                                                                                       \
        if (j + 1 < vecs || !(last)) next = neon_load_i8(w);                                                           \
        EDGE_UNROLL                                                                                                    \
        for (int i = 0; i < rows; i++)                                                                                 \
            __asm__ volatile("sdot %0.4s, %1.16b, %2.4b[" #lane "]" : "+w"(acc[i][j]) : "w"(wv), "w"(x[i]));           \
    }
EDGE_INLINE void i8_tile_sums(const int rows, const int vecs, vi (*acc)[TILE_VECS], const i8_act *const *a, size_t first,
                              const int8_t *w, const uint32_t *order, size_t K, const int room, uintptr_t ahead) {
    const i8_act *row[NEON_ROWS];
    int8x16_t x[NEON_ROWS];
    (void)order, (void)ahead;
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) row[i] = a[i] + first;
    size_t groups = (K + 3) / 4;
    for (; groups >= 4; groups -= 4) {
        int8x16_t next = neon_load_i8(w);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) x[i] = vld1q_s8(row[i]), row[i] += 16;
        NEON_DOT_STEP(0, 0) NEON_DOT_STEP(1, 0) NEON_DOT_STEP(2, 0) NEON_DOT_STEP(3, 1)
    }
    if (room && groups == 3) {
        int8x16_t next = neon_load_i8(w);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) x[i] = vld1q_s8(row[i]);
        NEON_DOT_STEP(0, 0) NEON_DOT_STEP(1, 0) NEON_DOT_STEP(2, 1)
        return;
    }
    if (groups & 2) {
        int8x16_t next = neon_load_i8(w);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) x[i] = vcombine_s8(vld1_s8(row[i]), vdup_n_s8(0)), row[i] += 8;
        NEON_DOT_STEP(0, 0) NEON_DOT_STEP(1, 1)
    }
    if (groups & 1) {
        int8x16_t next = neon_load_i8(w);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) x[i] = vcombine_s8(neon_load4(row[i]), vdup_n_s8(0));
        NEON_DOT_STEP(0, 1)
    }
}
static inline void i8_tile_turn(int back, int rows, int vecs, vi (*acc)[TILE_VECS]) {
    (void)back, (void)rows, (void)vecs, (void)acc;
}
#endif
