/* y = a * b for int8 operands as in binary_q.c; mostly a map times a gate per channel, as squeeze and excitation has them. */
#include "binary_i8.h"
#include "requantize.h"

/* The product of A and B is exact, in int32 as in float32. */
static inline vi mul_q_i8_product(vi a, vi b, const struct edge_mul_q_i8 *s) {
    return vi_mul(vi_sub(a, vi_set(s->zero_a)), vi_sub(b, vi_set(s->zero_b)));
}
static inline vi mul_q_i8_vi(vi a, vi b, const struct edge_mul_q_i8 *s) {
    const vf A = vi_to_vf(vi_sub(a, vi_set(s->zero_a))), B = vi_to_vf(vi_sub(b, vi_set(s->zero_b)));
    return settle(vf_mul(vf_mul(A, B), vf_set(s->m_y)), vi_set(s->zero_y), s->lo, s->hi);
}
static inline int mul_q_i8_fits(const struct edge_mul_q_i8 *s) { /* as what i8_finish may be given */
    return binary_i8_fits(s->zero_y, s->lo, s->hi) && binary_i8_fits(s->zero_a, 0, 0) && binary_i8_fits(s->zero_b, 0, 0) &&
           s->m_y > -1.0f && s->m_y < 1.0f;
}
static inline i8_bytes mul_q_i8_four(vi a, vi b, vi c, vi d, float multiplier, const struct i8_range *range) {
    const vf m = vf_set(multiplier), each[4] = {m, m, m, m};
    return i8_finish(a, b, c, d, each, range);
}
BINARY_I8(mul_q, mul_q_i8_fits(a), mul_q_i8_four(FOUR(mul_q_i8_product), a->m_y, &range))

#if defined(DW_UNITS) && !defined(BYTES_DOT)
/* Pixels of a map times one gate, d = gate - zero per channel. A byte of the map, q + 128, becomes the float 2^15 + q + 128
 * where it lies in bits 8 to 15 behind the exponent of 2^15; times d and less what is too much it is the exact product. The
 * map is read as one line; a block of a register repeats its channels after as many blocks as there are in the least common
 * multiple of both lengths. */
enum { GATED_BYTES = 4 * VF, GATED_BLOCKS = 16, GATED_EXPONENT = 0x47, GATED_ONE = 1 << 15 }; /* blocks that are kept at once */
struct gated {
    const int8_t *map, *gate;
    int32_t zero_map, zero_gate;
    int8_t *y;
    size_t channels, n; /* of the map: bytes */
    float multiplier;
    struct i8_range range;
};
struct gated_block {
    _Alignas(64) float factors[GATED_BYTES];
    float start[GATED_BYTES]; /* what products begin with */
};

/* Bytes to floats, in the order of bytes_interleave. */
EDGE_INLINE void gated_floats(i8_bytes bytes, vf *out) {
    const i8_bytes none = bytes_set(-BYTES_BIAS);
    bytes_taps taps[4];
    vi bits[4];
    if (!BYTES_BIAS) {
        memcpy(bits, &bytes, sizeof bytes);
        bits[0] = vi_xor(bits[0], vi_set(-0x7f7f7f80)); /* 128 in each byte */
        memcpy(&bytes, bits, sizeof bytes);
    }
    bytes_interleave(none, bytes, none, bytes_set(GATED_EXPONENT - BYTES_BIAS), taps);
    memcpy(bits, taps, sizeof bits);
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) out[v] = vi_as_vf(bits[v]);
}
static void gated_prepare(const struct gated *g, size_t at, struct gated_block *block) {
    int8_t gate[GATED_BYTES];
    for (size_t i = 0, c = at % g->channels, part; i < GATED_BYTES; i += part, c = 0) {
        part = g->channels - c < GATED_BYTES - i ? g->channels - c : GATED_BYTES - i;
        memcpy(gate + i, g->gate + c, part);
    }
    vf q[4];
    gated_floats(bytes_load(gate, GATED_BYTES), q);
    for (int v = 0; v < 4; v++) {
        const vf d = vf_sub(q[v], vf_set((float)(GATED_ONE + 128 + g->zero_gate)));
        vf_store(block->factors + v * VF, d);
        vf_store(block->start + v * VF, vf_mul(d, vf_set((float)-(GATED_ONE + 128 + g->zero_map))));
    }
}
EDGE_INLINE i8_bytes gated_product(const struct gated *g, const struct gated_block *block, i8_bytes bytes) {
    vf q[4];
    vi rounded[4];
    gated_floats(bytes, q);
    EDGE_UNROLL
    for (int v = 0; v < 4; v++) {
        const vf product = vf_fma(q[v], vf_load(block->factors + v * VF), vf_load(block->start + v * VF));
        rounded[v] = vf_to_vi(vf_mul(product, vf_set(g->multiplier)));
    }
    return i8_narrow(rounded[0], rounded[1], rounded[2], rounded[3], &g->range);
}
/* Whole blocks from first to end, of `turns` periods at once. */
EDGE_INLINE void gated_whole(const int turns, const struct gated *given, const struct gated_block *block, size_t first,
                             size_t end, size_t period) {
    const struct gated copy = *given, *const g = &copy; /* for all that a compiler knows, storing y may change it */
    for (size_t at = first; at + GATED_BYTES <= end; at += GATED_BYTES, block++) {
        EDGE_UNROLL
        for (int i = 0; i < turns; i++) {
            const size_t here = at + (size_t)i * period;
            bytes_put_pixels(DW_UNITS, g->y + here, 0, 1, GATED_BYTES,
                             gated_product(g, block, bytes_load(g->map + here, GATED_BYTES)));
        }
    }
}
static void gated_run(const struct gated *g) {
    size_t a = g->channels, b = GATED_BYTES;
    while (b) {
        const size_t rest = a % b;
        a = b, b = rest;
    }
    const size_t period = g->channels / a * GATED_BYTES;
    struct gated_block blocks[GATED_BLOCKS];
    for (size_t first = 0, end; first < period && first < g->n; first = end) {
        end = period - first < GATED_BLOCKS * GATED_BYTES ? period : first + GATED_BLOCKS * GATED_BYTES;
        for (size_t at = first; at < end; at += GATED_BYTES) gated_prepare(g, at, blocks + (at - first) / GATED_BYTES);
        size_t turn = 0;
        for (; turn + period + end <= g->n; turn += 2 * period)
            gated_whole(2, g, blocks, turn + first, turn + end, period);
        for (; turn + first < g->n; turn += period) {
            const size_t last = turn + end < g->n ? turn + end : g->n, at = last - (last - turn - first) % GATED_BYTES;
            gated_whole(1, g, blocks, turn + first, last, period);
            if (at == last) continue;
            int8_t rest[GATED_BYTES];
            const struct gated_block *block = blocks + (at - turn - first) / GATED_BYTES;
            bytes_put_pixels(DW_UNITS, rest, 0, 1, GATED_BYTES,
                             gated_product(g, block, bytes_load(g->map + at, last - at)));
            memcpy(g->y + at, rest, last - at);
        }
    }
}

/* Whether a map, which is dense, meets a gate that all pixels of a row of dims[6] share. */
static inline int mul_q_i8_gated(const int32_t *dims, const int32_t *map, const int32_t *gate) {
    return map[7] == 1 && gate[7] == 1 && map[6] == dims[7] && gate[6] == 0 && dims[7] >= 8 && dims[6] >= 8;
}
static int mul_q_i8_gates(const struct edge_mul_q_i8 *a, const struct edge_task *t, int swapped) {
    struct gated g = {.zero_map = swapped ? a->zero_b : a->zero_a, .zero_gate = swapped ? a->zero_a : a->zero_b,
                      .channels = (size_t)a->dims[7], .multiplier = a->m_y, .range = i8_range(a->zero_y, a->lo, a->hi)};
    for (struct rows r = rows_begin(a->dims, a->a_strides, a->b_strides, t); r.left;) {
        const size_t row = (size_t)(a->dims[6] - r.index[6]), rows = row < r.left ? row : r.left;
        g.map = swapped ? a->b + r.b : a->a + r.a, g.gate = swapped ? a->a + r.a : a->b + r.b;
        g.y = a->y + r.y, g.n = rows * r.n;
        gated_run(&g);
        rows_skip(&r, rows);
    }
    return EDGE_OK;
}
#endif

EDGE_KERNEL(mul_q_i8) {
#if defined(DW_UNITS) && !defined(BYTES_DOT)
    size_t rows = 1;
    for (int i = 0; i < 7; i++) rows *= (size_t)a->dims[i];
    if (mul_q_i8_fits(a) && rows >= (size_t)t->count) { /* whole rows for every task */
        if (mul_q_i8_gated(a->dims, a->a_strides, a->b_strides)) return mul_q_i8_gates(a, t, 0);
        if (mul_q_i8_gated(a->dims, a->b_strides, a->a_strides)) return mul_q_i8_gates(a, t, 1);
    }
#endif
    return mul_q_i8_rows(a, t);
}
