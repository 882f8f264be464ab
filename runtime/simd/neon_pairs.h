/* Products of int8 without a dot product: those of two elements fit int16 together, unless a weight is -128, and are added
 * before they are widened.
 *
 * A tile takes eight elements of a column at a time (I8_GROUP) and two such groups at once: `smull`, `smlal` and `sadalp`
 * for sixteen products. Sums of a column stay apart in four lanes until the end, so that four rows by four columns fill
 * the registers. The order that goes with a panel (see I8_ORDERED) is whether its weights are fit for that. */
#define BYTES_DOT
enum { BYTES_BIAS = 0 };
typedef int8x16_t bytes_taps;
static inline bytes_taps bytes_weights(const int8_t *p) { return vld1q_s8(p); }
static inline vi bytes_dot(vi acc, bytes_taps a, bytes_taps w) {
    const int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(w)), high = vmull_high_s8(a, w);
    return vpadalq_s16(acc, vpaddq_s16(low, high));
}
static inline int bytes_fit(const int8_t *w, size_t n) { /* no weight is -128 */
    int8x16_t least = vdupq_n_s8(127);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) least = vminq_s8(least, vld1q_s8(w + i));
    int8_t all = vminvq_s8(least);
    for (; i < n; i++) all = w[i] < all ? w[i] : all;
    return all > -128;
}
/* A column of four rows, and its products with the weights of the window that begins in row `first`: two of them still
 * fit int16, and lanes are channels as they lie. */
#define HALF_PAIRS
typedef struct {
    int8x8_t row[4];
} bytes_half_column;
typedef struct {
    int8x8_t w[3][3];
} bytes_half_weights;
EDGE_INLINE void bytes_half_load(const int rows, const int8_t *const *at, bytes_half_column *to) {
    EDGE_UNROLL
    for (int k = 0; k < rows; k++) to->row[k] = vld1_s8(at[k]);
}
EDGE_INLINE void bytes_half_fill(int32_t q, bytes_half_column *to) {
    EDGE_UNROLL
    for (int k = 0; k < 4; k++) to->row[k] = vdup_n_s8((int8_t)q);
}
EDGE_INLINE void bytes_half_load_weights(const int rows, const int8_t *from, int half, bytes_half_weights *w) {
    (void)rows;
    EDGE_UNROLL
    for (int k = 0; k < 9; k++) w->w[k / 3][k % 3] = vld1_s8(from + (9 * half + k) * 8);
}
EDGE_INLINE void bytes_half_window(const int first, const bytes_half_column *a, const bytes_half_column *b,
                                   const bytes_half_column *c, const bytes_half_weights *w, const int32_t *bias, vi *sum) {
    sum[0] = vi_load(bias), sum[1] = vi_load(bias + 4);
    EDGE_UNROLL
    for (int k = 0; k < 9; k += 2) {
        const bytes_half_column *const one[3] = {a, b, c};
        const int r = k / 3, d = k + 1;
        int16x8_t two = vmull_s8(one[k % 3]->row[first + r], w->w[r][k % 3]);
        if (d < 9) two = vmlal_s8(two, one[d % 3]->row[first + d / 3], w->w[d / 3][d % 3]);
        sum[0] = vaddw_s16(sum[0], vget_low_s16(two)), sum[1] = vaddw_high_s16(sum[1], two);
    }
}

static inline vi i8_dot(vi acc, i8_a a, i8_w w) { /* exact for all weights */
    const int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(a), vget_low_s8(w))), high = vpaddlq_s16(vmull_high_s8(a, w));
    return vaddq_s32(acc, vpaddq_s32(low, high));
}
#define I8_DOT_ANY
static inline vi i8_dot_any(vi acc, i8_a a, i8_w w) {
    return vpadalq_s16(vpadalq_s16(acc, vmull_s8(vget_low_s8(a), vget_low_s8(w))), vmull_high_s8(a, w));
}

#define I8_TILE_SUMS
#define I8_ORDERED
#define I8_GROUP 8
#define I8_ROWS 4
enum { I8_SPREAD = 1, NEON_ROWS = 4 };
static inline size_t i8_order_words(size_t groups, int vecs) {
    (void)groups, (void)vecs;
    return 4;
}
static inline size_t i8_order_step(size_t groups, int vecs) { /* one order for all runs */
    (void)groups, (void)vecs;
    return 0;
}
/* Of two groups of a run, those of a column side by side. */
static inline void i8_arrange(size_t groups, size_t run, int vecs, int8_t *w, uint32_t *order) {
    const size_t columns = (size_t)vecs * 4, step = columns * 8;
    order[0] = (uint32_t)bytes_fit(w, groups * step);
    for (size_t first = 0; run && first + run <= groups; first += run)
        for (size_t g = first; g + 2 <= first + run; g += 2) {
            int8_t low[TILE_VECS * 32], high[TILE_VECS * 32];
            memcpy(low, w + g * step, step), memcpy(high, w + (g + 1) * step, step);
            for (size_t c = 0; c < columns; c++) {
                memcpy(w + g * step + 16 * c, low + 8 * c, 8);
                memcpy(w + g * step + 16 * c + 8, high + 8 * c, 8);
            }
        }
}

/* Sixteen elements of rows times those of a column. Products in assembly stay in the order in which they are written;
 * compilers find others, which spill. */
EDGE_INLINE void neon_pairs_column(const int rows, const int fit, const int8x16_t *x, const int8x16_t w, vi (*acc)[4],
                                   const int c) {
    int16x8_t two[NEON_ROWS];
    EDGE_UNROLL
    for (int i = 0; i < rows; i++)
        __asm__ volatile("smull %0.8h, %1.8b, %2.8b" : "=w"(two[i]) : "w"(x[i]), "w"(w));
    EDGE_UNROLL
    for (int i = 0; i < rows && fit; i++)
        __asm__ volatile("smlal2 %0.8h, %1.16b, %2.16b" : "+w"(two[i]) : "w"(x[i]), "w"(w));
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) __asm__ volatile("sadalp %0.4s, %1.8h" : "+w"(acc[i][c]) : "w"(two[i]));
    EDGE_UNROLL
    for (int i = 0; i < rows && !fit; i++) {
        __asm__ volatile("smull2 %0.8h, %1.16b, %2.16b" : "=w"(two[i]) : "w"(x[i]), "w"(w));
        __asm__ volatile("sadalp %0.4s, %1.8h" : "+w"(acc[i][c]) : "w"(two[i]));
    }
}
/* Rows times the four columns at w, of which two groups lie `step` bytes apart. */
EDGE_INLINE void neon_pairs(const int rows, const int fit, const int8_t *const *a, size_t groups, const int8_t *w,
                            const size_t step, const int j, vi *to) {
    vi acc[NEON_ROWS][4];
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) {
        EDGE_UNROLL
        for (int c = 0; c < 4; c++) acc[i][c] = vdupq_n_s32(0);
    }
    w += 64 * j;
    size_t k = 0;
    for (; groups >= 2; groups -= 2, k += 16, w += 2 * step) {
        int8x16_t x[NEON_ROWS], next = neon_load_i8(w);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) x[i] = neon_load_i8(a[i] + k);
        EDGE_UNROLL
        for (int c = 0; c < 4; c++) {
            const int8x16_t wv = next;
            if (c < 3) next = neon_load_i8(w + 16 * (c + 1));
            neon_pairs_column(rows, fit, x, wv, acc, c);
        }
    }
    if (groups) {
        w -= 32 * j;
        EDGE_UNROLL
        for (int c = 0; c < 4; c++) {
            const int8x8_t last = vld1_s8(w + 8 * c);
            EDGE_UNROLL
            for (int i = 0; i < rows; i++) acc[i][c] = vpadalq_s16(acc[i][c], vmull_s8(vld1_s8(a[i] + k), last));
        }
    }
    EDGE_UNROLL
    for (int i = 0; i < rows; i++)
        to[i] = vpaddq_s32(vpaddq_s32(acc[i][0], acc[i][1]), vpaddq_s32(acc[i][2], acc[i][3]));
}
EDGE_INLINE void i8_tile_sums(const int rows, const int vecs, vi (*acc)[TILE_VECS], const i8_act *const *a, size_t first,
                              const int8_t *w, const uint32_t *order, size_t K, const int room, uintptr_t ahead) {
    const size_t groups = (K + 7) / 8;
    (void)room, (void)ahead;
    EDGE_UNROLL
    for (int r = 0; r < rows; r += NEON_ROWS) {
        const int high = rows - r < NEON_ROWS ? rows - r : NEON_ROWS;
        const int8_t *row[NEON_ROWS];
        EDGE_UNROLL
        for (int i = 0; i < high; i++) row[i] = a[r + i] + first;
        for (int j = 0; j < vecs; j++) {
            vi sums[NEON_ROWS];
            if (*order) neon_pairs(high, 1, row, groups, w, (size_t)vecs * 32, j, sums);
            else neon_pairs(high, 0, row, groups, w, (size_t)vecs * 32, j, sums);
            EDGE_UNROLL
            for (int i = 0; i < high; i++) acc[r + i][j] = vi_add(acc[r + i][j], sums[i]);
        }
    }
}
static inline void i8_tile_turn(int back, int rows, int vecs, vi (*acc)[TILE_VECS]) {
    (void)back, (void)rows, (void)vecs, (void)acc;
}
