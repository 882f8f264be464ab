/* y[N,P,Q,O] = (sum (x - zero) (w - w_zero)) (scale w_scale) + bias in float, of int8 x[N,H,W,C] whose rows have scales
 * and zero points of their own, `each` outputs one; a fully connected layer is one of single pixels.
 *
 * The panels and tiles of gemm_i8.h, with columns in their own order; what zero points add is taken off the sums:
 * zero times the sum of a column's w - w_zero, and w_zero times the sum of a row's x. */
#include "gemm_i8.h"
#include "../simd/tile_f32.h"

TILE_GATHER(conv2d_dynamic_gather, int8_t, i8_act, gemm_i8_copy, gemm_i8_set)

struct dynamic {
    struct gemm_i8 g;
    const float *w_scale, *bias; /* of the group's columns; bias, w_zero or NULL */
    const int32_t *w_sum, *w_zero;
    const float *scale;          /* of each row of the block at hand, as are the next */
    const int32_t *zero, *row_sums;
    float lo, hi;
};

static inline vf dynamic_load(const float *p, size_t n) { return n >= VF ? vf_load(p) : vf_load_n(p, n); }
static inline vi dynamic_load_i(const int32_t *p, size_t n) { return n >= VF ? vi_load(p) : vi_load_n(p, n); }

/* rows x vecs tile of row m and column n on, of which `left` are columns. */
EDGE_INLINE void dynamic_tile(const int rows, const int vecs, const struct dynamic *d, size_t m, size_t n,
                              const i8_act *a, const int8_t *panel, float *y, uintptr_t ahead) {
    const size_t width = (size_t)(vecs * VF), left = d->g.N - n;
    vi acc[TILE_NARROW_ROWS][TILE_VECS];
    gemm_i8_begin(rows, vecs, panel, NULL, acc);
    gemm_i8_sums(rows, vecs, &d->g, a + m * d->g.lda, panel + 12 * width, acc, ahead);
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) {
        if ((size_t)(j * VF) >= left) continue;
        const size_t at = n + (size_t)(j * VF), valid = left - (size_t)(j * VF);
        const vf w_scale = dynamic_load(d->w_scale + at, valid), bias = d->bias ? dynamic_load(d->bias + at, valid) : w_scale;
        const vi w_sum = dynamic_load_i(d->w_sum + at, valid);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            vi sum = vi_sub(acc[i][j], vi_mul(vi_set(d->zero[m + (size_t)i]), w_sum));
            if (d->w_zero)
                sum = vi_sub(sum, vi_mul(dynamic_load_i(d->w_zero + at, valid), vi_set(d->row_sums[m + (size_t)i])));
            vf real = vf_mul(vi_to_vf(sum), vf_mul(vf_set(d->scale[m + (size_t)i]), w_scale));
            if (d->bias) real = vf_add(real, bias);
            real = tile_clamp(real, vf_set(d->lo), vf_set(d->hi));
            float *to = y + (m + (size_t)i) * d->g.ldy + at;
            if (valid >= VF) vf_store(to, real);
            else vf_store_n(to, real, valid);
        }
    }
}

typedef void (*dynamic_fn)(const struct dynamic *, size_t, size_t, size_t, const i8_act *, const int8_t *, float *);
#define DYNAMIC_TILE(prefix, rows, vecs)                                                                               \
    static void prefix##_##rows##x##vecs(const struct dynamic *d, size_t m, size_t m_end, size_t n, const i8_act *a,   \
                                         const int8_t *panel, float *y) {                                              \
        const size_t bytes = gemm_i8_panel(d->g.K, vecs), step = gemm_i8_groups(d->g.K) * TILE_LINE;                   \
        size_t done = m / rows * step;                                                                                 \
        for (; m < m_end; m += rows, done += step)                                                                     \
            dynamic_tile(rows, vecs, d, m, n, a, panel, y, (uintptr_t)panel + (done < bytes ? bytes + done : 0));      \
    }
TILE_EACH(DYNAMIC_TILE, dynamic)
static const dynamic_fn dynamic_tiles[5][TILE_NARROW_ROWS + 1] = TILE_TABLE(dynamic);

/* M rows times panels [first, end); y is the output at row 0, column 0. */
static void dynamic_run(const struct dynamic *d, size_t M, size_t first, size_t end, const i8_act *a,
                        const int8_t *packed, float *y) {
    size_t index = 0;
    for (size_t n = 0; M && n < d->g.N && index < end; index++) {
        const int vecs = tile_vecs(d->g.N - n);
        if (index >= first) { /* tiles of nearly equal height: first the higher ones, then those with a row less */
            const size_t most = (size_t)tile_rows(vecs), tiles = (M + most - 1) / most;
            const size_t low = M / tiles, higher = M % tiles * (low + 1);
            if (higher) dynamic_tiles[vecs][low + 1](d, 0, higher, n, a, packed, y);
            dynamic_tiles[vecs][low](d, higher, M, n, a, packed, y);
        }
        packed += gemm_i8_panel(d->g.K, vecs);
        n += (size_t)(vecs * VF);
    }
}

static struct gemm_i8_weights conv2d_dynamic_weights(const struct edge_conv2d_dynamic *a, int32_t group) {
    const size_t K = (size_t)a->KH * a->KW * (a->C / a->G);
    return (struct gemm_i8_weights){a->w + (size_t)group * (a->O / a->G) * K, (ptrdiff_t)K, 1, NULL, NULL, NULL, 0, 0, 0, 0, 1};
}

EDGE_PACK(conv2d_dynamic) {
    const size_t columns = (size_t)a->O / a->G, K = (size_t)a->KH * a->KW * (a->C / a->G);
    size_t used = 0;
    for (int32_t group = 0; group < a->G; group++) {
        const struct gemm_i8_weights from = conv2d_dynamic_weights(a, group);
        used += gemm_i8_pack(K, columns, &from, out ? (int8_t *)out + used : NULL);
    }
    return used;
}

EDGE_KERNEL(conv2d_dynamic) {
    const struct tile_window window = TILE_WINDOW(a);
    const size_t columns = (size_t)a->O / a->G, K = (size_t)a->KH * a->KW * (a->C / a->G), each = (size_t)a->each;
    const size_t M = (size_t)a->N * a->P * a->Q, pitch = tile_round(K, 8), block = tile_block(pitch * 2);
    const int8_t *x_end = a->x + (size_t)a->N * a->H * a->W * a->C;
    const size_t group_bytes = gemm_i8_pack(K, columns, NULL, NULL);
    const struct tile_part part = tile_split(t, M, tile_panels(columns));
    const int dense = tile_is_dense(&window);
    i8_act *rows = t->scratch;
    float scale[TILE_MAX_ROWS];
    int32_t zero[TILE_MAX_ROWS], sums[TILE_MAX_ROWS];
    struct dynamic d = {{K, columns, pitch, (size_t)a->O, 0, 0, 0, NULL, i8_range(0, -128, 127), NULL, NULL},
                        a->w_scale, a->bias, a->w_sum, a->w_zero, scale, zero, sums, a->lo, a->hi};
    for (int32_t group = 0; group < a->G; group++) {
        const size_t first = (size_t)group * columns;
        const int8_t *packed = (const int8_t *)a->packed + (size_t)group * group_bytes;
        d.w_scale = a->w_scale + first, d.w_sum = a->w_sum + first;
        d.bias = a->bias ? a->bias + first : NULL, d.w_zero = a->w_zero ? a->w_zero + first : NULL;
        for (size_t m = part.row, end; m < part.row_end; m = end) {
            end = m + block < part.row_end ? m + block : part.row_end;
            if (!dense && end > (m / each + 1) * each) end = (m / each + 1) * each; /* what lies around an image is its own */
            for (size_t i = m; i < end; i++) scale[i - m] = a->scale[i / each], zero[i - m] = a->zero[i / each];
            const i8_act *at = rows;
            d.g.lda = pitch;
#ifdef I8_IN_PLACE
            if (dense && K % I8_GROUP == 0) at = a->x + m * K, d.g.lda = K;
#endif
            if (at == rows) conv2d_dynamic_gather(&window, a->x, x_end, group, m, end, (i8_act)zero[0], rows, pitch);
            if (d.w_zero) gemm_i8_row_sums(&d.g, end - m, at, sums);
            dynamic_run(&d, end - m, part.panel, part.panel_end, at, packed, a->y + m * (size_t)a->O + first);
        }
    }
    return EDGE_OK;
}
