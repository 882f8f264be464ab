/* The words of NEON with the dot product; int8 matrix multiplication (Armv8.6, optional from Armv8.2; Cortex-A510, A710
 * and X2 on) adds `smmla` to the tiles of matrix products: two rows times two columns, eight elements deep. */
#define I8_TILE_SUMS
#define I8_GROUP 8
#include "neon_dot.h"

/* Swaps the high half of a with the low half of b: two rows of four columns become two blocks of two by two, and back. */
static inline void neon_turn(vi *a, vi *b) {
    const int64x2_t x = vreinterpretq_s64_s32(*a), y = vreinterpretq_s64_s32(*b);
    *a = vreinterpretq_s32_s64(vzip1q_s64(x, y)), *b = vreinterpretq_s32_s64(vzip2q_s64(x, y));
}
/* Eight elements of a pair of rows side by side: the first, or the last, of sixteen. */
static inline int8x16_t neon_pair_low(int8x16_t a, int8x16_t b) {
    return vreinterpretq_s8_s64(vzip1q_s64(vreinterpretq_s64_s8(a), vreinterpretq_s64_s8(b)));
}
static inline int8x16_t neon_pair_high(int8x16_t a, int8x16_t b) {
    return vreinterpretq_s8_s64(vzip2q_s64(vreinterpretq_s64_s8(a), vreinterpretq_s64_s8(b)));
}

/* Eight elements of all pairs of rows times all columns. `next` holds the first weights, and in the end those that
 * follow, unless these were the last. */
EDGE_INLINE const int8_t *neon_mm_step(const int pairs, const int vecs, const int last, vi (*acc)[TILE_VECS],
                                       const int8x16_t *x, const int8_t *w, int8x16_t *next) {
    EDGE_UNROLL
    for (int j = 0; j < 2 * vecs; j++) {
        const int8x16_t wv = *next;
        w += 16;
        if (j + 1 < 2 * vecs || !last) *next = neon_load_i8(w);
        EDGE_UNROLL
        for (int i = 0; i < pairs; i++)
            __asm__ volatile("smmla %0.4s, %1.16b, %2.16b" : "+w"(acc[2 * i + j % 2][j / 2]) : "w"(x[i]), "w"(wv));
    }
    return w;
}

/* As in neon_dot.h. An odd row at the end goes twice. */
EDGE_INLINE void i8_tile_sums(const int rows, const int vecs, vi (*acc)[TILE_VECS], const i8_act *const *a, size_t first,
                              const int8_t *w, const uint32_t *order, size_t K, const int room, uintptr_t ahead) {
    const int pairs = (rows + 1) / 2;
    const i8_act *row[NEON_ROWS];
    int8x16_t x[NEON_ROWS / 2], high[NEON_ROWS / 2], next;
    (void)order, (void)room, (void)ahead;
    EDGE_UNROLL
    for (int i = 0; i < 2 * pairs; i++) row[i] = a[i < rows ? i : rows - 1] + first;
    for (; K > 8; K -= K < 16 ? K : 16) { /* zeros follow K: nine are as good as sixteen */
        next = neon_load_i8(w);
        EDGE_UNROLL
        for (int i = 0; i < pairs; i++) {
            const int8x16_t p = vld1q_s8(row[2 * i]), q = vld1q_s8(row[2 * i + 1]);
            x[i] = neon_pair_low(p, q), high[i] = neon_pair_high(p, q);
            row[2 * i] += 16, row[2 * i + 1] += 16;
        }
        w = neon_mm_step(pairs, vecs, 0, acc, x, w, &next);
        w = neon_mm_step(pairs, vecs, 1, acc, high, w, &next);
    }
    if (K) {
        next = neon_load_i8(w);
        EDGE_UNROLL
        for (int i = 0; i < pairs; i++) x[i] = vcombine_s8(vld1_s8(row[2 * i]), vld1_s8(row[2 * i + 1]));
        neon_mm_step(pairs, vecs, 1, acc, x, w, &next);
    }
}
/* Sums as the tile has them, a row a vector, to blocks of two by two, and back. */
EDGE_INLINE void i8_tile_turn(const int back, const int rows, const int vecs, vi (*acc)[TILE_VECS]) {
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) {
        if (rows % 2 && !back) acc[rows][j] = acc[rows - 1][j];
        EDGE_UNROLL
        for (int i = 0; i < (rows + 1) / 2; i++) neon_turn(&acc[2 * i][j], &acc[2 * i + 1][j]);
    }
}
