/* The 1x1 convolution of stride 1 of conv2d_f32.c by one level of Strassen's method, in Winograd's form: seven products of
 * matrices of half the size where the sum itself takes eight (Strassen, "Gaussian Elimination is not Optimal", 1969;
 * Winograd, "On Multiplication of 2x2 Matrices", 1971).
 *
 * x is cut into even and odd rows and halves of channels, A = [A11 A12; A21 A22]; weights into halves of both, B. Pairs of
 * rows are independent of each other, so that each thread has rows that lie side by side, and an odd last row is a pair
 * without its second half. Sums of weights are made when they are packed, sums of pixels in scratch, a block of pairs at
 * a time; what products have in common waits where outputs will be, so that a panel's part of them stays in the cache. */
#include "gemm_f32.h"

enum { STRASSEN_PRODUCTS = 7, STRASSEN_SUMS = 4, STRASSEN_CHUNK = 64 };
enum { STRASSEN_FLOATS = 131072, STRASSEN_LEAST = 24, STRASSEN_MOST = 256 };

/* Pairs of a block, whose sums of 2 K floats a pair stay in the second cache. The scratch expression of the declaration
 * says the same. */
static size_t strassen_block(size_t K) {
    const size_t pairs = STRASSEN_FLOATS / (STRASSEN_SUMS * K);
    return pairs < STRASSEN_LEAST ? STRASSEN_LEAST : pairs > STRASSEN_MOST ? STRASSEN_MOST : pairs;
}

/* What the seven products multiply, in order of use, from quarters B11, B12, B21 and B22; and the bias they begin with. */
static const struct strassen_product {
    int8_t factor[4], bias; /* 0: none; 1 or 2: of this half of the outputs */
} strassen_products[STRASSEN_PRODUCTS] = {
    {{1, 0, 0, 0}, 0},   {{0, 0, 1, 0}, 1},   {{1, -1, 0, 1}, 0}, {{0, -1, 0, 1}, 0},
    {{-1, 1, 0, 0}, 0},  {{-1, 1, 1, -1}, 1}, {{0, 0, 0, 1}, 2},
};

/* `count` weights of a product in one column, from those of B11 and B12 on; each sum is rounded once. */
static void strassen_weights(const int8_t factor[4], const float *left, const float *right, size_t K, size_t count,
                             float *to) {
    const double b11 = factor[0], b12 = factor[1], b21 = factor[2], b22 = factor[3];
    for (size_t k = 0; k < count; k++)
        to[k] = (float)(b11 * (double)left[k] + b12 * (double)right[k] + b21 * (double)left[K + k] +
                        b22 * (double)right[K + k]);
}

/* `valid` columns from n on of all products, a panel each in the form of gemm_f32.h. */
static void strassen_pack(const struct edge_conv2d_strassen_f32 *a, size_t n, size_t valid, int vecs, float *panel) {
    const size_t K = (size_t)a->C / 2, N = (size_t)a->O / 2, width = (size_t)(vecs * VF);
    float columns[TILE_VECS * VF * STRASSEN_CHUNK];
    for (int p = 0; p < STRASSEN_PRODUCTS; p++, panel += gemm_f32_panel(K, vecs)) {
        const struct strassen_product *product = &strassen_products[p];
        memset(panel, 0, (valid < width ? gemm_f32_panel(K, vecs) : width) * sizeof(float));
        if (product->bias && a->bias)
            memcpy(panel, a->bias + n + (product->bias == 2 ? N : 0), valid * sizeof(float));
        for (size_t k = 0; k < K; k += STRASSEN_CHUNK) {
            const size_t count = K - k < STRASSEN_CHUNK ? K - k : STRASSEN_CHUNK;
            const float *left = a->w + n * 2 * K + k;
            for (size_t j = 0; j < valid; j++, left += 2 * K)
                strassen_weights(product->factor, left, left + N * 2 * K, K, count, columns + j * count);
            gemm_f32_place(count, valid, width, columns, (ptrdiff_t)count, 1, panel + (k + 1) * width);
        }
        if (gemm_f32_is_halved(vecs, valid)) gemm_f32_double(K, width, panel);
    }
}
EDGE_PACK(conv2d_strassen_f32) {
    const size_t K = (size_t)a->C / 2, N = (size_t)a->O / 2;
    size_t used = 0;
    for (size_t n = 0; n < N;) {
        const int vecs = gemm_f32_vecs(N - n);
        const size_t width = (size_t)(vecs * VF);
        if (out) strassen_pack(a, n, N - n < width ? N - n : width, vecs, (float *)out + used);
        used += STRASSEN_PRODUCTS * gemm_f32_panel(K, vecs);
        n += width;
    }
    return used * sizeof(float);
}

EDGE_INLINE vf strassen_load(const float *p, size_t n) { return n == VF ? vf_load(p) : vf_load_n(p, n); }
EDGE_INLINE void strassen_store(float *p, vf v, size_t n) {
    if (n == VF) vf_store(p, v);
    else vf_store_n(p, v, n);
}

/* S1 = A21 + A22, S2 = S1 - A11, S3 = A11 - A21, S4 = A12 - S2 of `rows` rows from x on, K channels a half. */
static void strassen_sums(size_t rows, size_t K, const float *x, float *sums, size_t apart) {
    for (size_t i = 0; i < rows; i += 2, x += 4 * K, sums += K) {
        const float *odd = x + 2 * K;
        for (size_t k = 0; k < K; k += VF) {
            const size_t n = K - k < VF ? K - k : VF;
            const vf zero = vf_set(0.0f);
            const vf a11 = strassen_load(x + k, n), a12 = strassen_load(x + K + k, n);
            const vf a21 = i + 1 < rows ? strassen_load(odd + k, n) : zero;
            const vf s1 = i + 1 < rows ? vf_add(a21, strassen_load(odd + K + k, n)) : zero;
            const vf s2 = vf_sub(s1, a11), s[STRASSEN_SUMS] = {s1, s2, vf_sub(a11, a21), vf_sub(a12, s2)};
            EDGE_UNROLL
            for (size_t e = 0; e < STRASSEN_SUMS; e++) strassen_store(sums + e * apart + k, s[e], n);
        }
    }
}

/* Of n columns of pairs of rows, from P1 + P6, P7 and P5 in parts: y becomes their sum, C22, parts[0] becomes
 * P1 + P6 + P5, and parts[1] P1 + P6 + P7. */
static void strassen_join(const struct edge_conv2d_strassen_f32 *a, size_t pairs, size_t n, size_t width, const float *bias,
                          float *const parts[3], float *y) {
    const vf lo = vf_set(a->lo), hi = vf_set(a->hi);
    for (size_t i = 0; i < pairs; i++, y += 2 * (size_t)a->O)
        for (size_t j = 0; j < n; j += VF) {
            const size_t at = i * width + j;
            const size_t left = n - j < VF ? n - j : VF;
            const vf u2 = strassen_load(parts[0] + at, left), p5 = strassen_load(parts[2] + at, left);
            const vf u3 = vf_add(u2, strassen_load(parts[1] + at, left)), sum = vf_add(vf_add(u3, p5), vf_load(bias + j));
            strassen_store(parts[0] + at, vf_add(u2, p5), left), strassen_store(parts[1] + at, u3, left);
            strassen_store(y + j, tile_clamp(sum, lo, hi), left);
        }
}

/* One panel of each half of the outputs, of `rows` rows: n of its columns are outputs, the first of them at y. */
static void strassen_panel(const struct edge_conv2d_strassen_f32 *a, size_t rows, int vecs, size_t n, const float *x,
                           const float *sums, size_t apart, const float *panel, float *const parts[3], float *y) {
    const size_t K = (size_t)a->C / 2, N = (size_t)a->O, odd = rows / 2, even = rows - odd, width = (size_t)(vecs * VF);
    const size_t size = gemm_f32_panel(K, vecs);
    const float far = __builtin_inff();
    const struct gemm_f32 first = {1, K, width, 2 * (size_t)a->C, width, 0, -far, far, 0};
    const struct gemm_f32 sum = {1, K, width, K, width, 0, -far, far, 0};
    const struct gemm_f32 last = {1, K, width, 2 * (size_t)a->C, 2 * N, 0, a->lo, a->hi, width};
    const struct gemm_f32 last_sum = {1, K, width, K, 2 * N, 0, a->lo, a->hi, width};
#define STRASSEN_RUN(g, count, from, index, before, to)                                                                \
    if (count)                                                                                                         \
    gemm_f32_panel_run(g, vecs, count, (struct gemm_f32_rows){from, NULL}, n, panel + (index) * size, before, to)
    STRASSEN_RUN(&first, even, x, 0, NULL, parts[0]);                        /* P1 = A11 B11 */
    STRASSEN_RUN(&last, even, x + K, 1, parts[0], y);                        /* C11 = P1 + A12 B21 */
    STRASSEN_RUN(&sum, even, sums + apart, 2, parts[0], parts[0]);           /* P1 + P6, P6 = S2 T2 */
    STRASSEN_RUN(&sum, odd, sums + 2 * apart, 3, NULL, parts[1]);            /* P7 = S3 T3 */
    STRASSEN_RUN(&sum, odd, sums, 4, NULL, parts[2]);                        /* P5 = S1 T1 */
    strassen_join(a, odd, n < width ? n : width, width, panel + 6 * size, parts, y + N + N / 2);
    STRASSEN_RUN(&last, odd, x + 3 * K, 5, parts[1], y + N);                 /* C21 = P1 + P6 + P7 - A22 T4 */
    STRASSEN_RUN(&last_sum, even, sums + 3 * apart, 6, parts[0], y + N / 2); /* C12 = P1 + P6 + P5 + S4 B22 */
#undef STRASSEN_RUN
}

EDGE_KERNEL(conv2d_strassen_f32) {
    const size_t M = (size_t)a->N * a->H * a->W, N = (size_t)a->O, K = (size_t)a->C, block = strassen_block(K / 2);
    const size_t panels = gemm_f32_panels(N / 2);
    size_t pair = 0, pair_end = (M + 1) / 2, first = 0, last = panels;
    if (gemm_f32_by_panels((size_t)t->count, panels, M, N, K)) edge_share(t, panels, &first, &last);
    else edge_share(t, pair_end, &pair, &pair_end);
    const size_t pairs = pair_end - pair, blocks = (pairs + block - 1) / block;
    for (size_t b = 0; b < blocks; b++) {
        const size_t row = 2 * (pair + pairs * b / blocks), end = 2 * (pair + pairs * (b + 1) / blocks);
        const size_t rows = (end < M ? end : M) - row, apart = (rows + 1) / 2 * (K / 2);
        const float *x = a->x + row * K, *panel = a->packed;
        const size_t part = (rows + 1) / 2 * TILE_VECS * VF;
        float *sums = t->scratch, *past = sums + STRASSEN_SUMS * apart;
        float *const parts[3] = {past, past + part, past + 2 * part};
        strassen_sums(rows, K / 2, x, sums, apart);
        for (size_t n = 0, index = 0; n < N / 2 && index < last; index++) {
            const int vecs = gemm_f32_vecs(N / 2 - n);
            if (index >= first) strassen_panel(a, rows, vecs, N / 2 - n, x, sums, apart, panel, parts, a->y + row * N + n);
            panel += STRASSEN_PRODUCTS * gemm_f32_panel(K / 2, vecs);
            n += (size_t)(vecs * VF);
        }
    }
    return EDGE_OK;
}
