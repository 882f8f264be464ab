/* Words that only the int8 kernels use, for the instruction sets that do not define them themselves. */
#ifndef EDGE_SIMD_TILE_I8_H
#define EDGE_SIMD_TILE_I8_H

#ifndef I8_GROUP
#define I8_GROUP I8_STEP
#endif

#ifndef I8_ROWS
#define I8_ROWS TILE_ROWS
#endif

#ifndef I8_ORDERED /* packed weights as they are placed */
enum { I8_SPREAD = 1 };
static inline size_t i8_order_words(size_t groups, int vecs) {
    (void)groups, (void)vecs;
    return 0;
}
static inline size_t i8_order_step(size_t groups, int vecs) { return i8_order_words(groups, vecs); }
static inline void i8_arrange(size_t groups, size_t run, int vecs, int8_t *w, uint32_t *order) {
    (void)groups, (void)run, (void)vecs, (void)w, (void)order;
}
#endif

#ifndef I8_DOT_ANY
static inline vi i8_dot_any(vi acc, i8_a a, i8_w w) { return i8_dot(acc, a, w); }
#endif

#ifndef I8_IN_PLACE
static inline void i8_prefetch(uintptr_t at) { (void)at; }
#endif

#ifndef I8_READY /* activations with their bias: what dot products take as it lies */
static inline i8_a i8_set_ready(const i8_act *p) { return i8_set_a(p); }
static inline void i8_ready_block(i8_act *to, const int8_t *from) { i8_gather_block(to, from); }
#endif

#if defined(DW_UNITS) && !defined(BYTES_DOT) /* depthwise windows by the same dot product as tiles */
enum { BYTES_BIAS = I8_BIAS };
typedef i8_a bytes_taps;
static inline bytes_taps bytes_weights(const int8_t *p) { return i8_load_w(p); }
static inline vi bytes_dot(vi acc, bytes_taps a, bytes_taps w) { return i8_dot(acc, a, w); }
static inline int bytes_fit(const int8_t *w, size_t n) {
    (void)w, (void)n;
    return 1;
}
#endif

#ifndef I8_FINISH
struct i8_range {
    vf least, most; /* before the zero point is added */
    vi zero, lo, hi;
};
static inline struct i8_range i8_range(int32_t zero, int32_t lo, int32_t hi) {
    return (struct i8_range){vf_set((float)(lo - zero)), vf_set((float)(hi - zero)), vi_set(zero), vi_set(lo), vi_set(hi)};
}
static inline vi i8_rounded(vi sum, vf multiplier, const struct i8_range *r) { /* NaN becomes the least */
    return vf_to_vi(vf_min(vf_max(vf_mul(vi_to_vf(sum), multiplier), r->least), r->most));
}
typedef struct {
    int8_t q[4 * VF];
} i8_bytes;
static inline int tile_channel(int vecs, int v, int l) {
    (void)vecs;
    return v * VF + l;
}
static inline vi i8_clamped(vi q, const struct i8_range *r) {
    return vi_min(vi_max(vi_add(q, r->zero), r->lo), r->hi);
}
static inline i8_bytes i8_narrow(vi a, vi b, vi c, vi d, const struct i8_range *r) {
    const vi all[4] = {i8_clamped(a, r), i8_clamped(b, r), i8_clamped(c, r), i8_clamped(d, r)};
    i8_bytes bytes;
    for (int v = 0; v < 4; v += TILE_VECS) tile_store_i8(bytes.q + v * VF, all + v);
    return bytes;
}
static inline i8_bytes i8_finish(vi a, vi b, vi c, vi d, const vf *m, const struct i8_range *r) {
    return i8_narrow(i8_rounded(a, m[0], r), i8_rounded(b, m[1], r), i8_rounded(c, m[2], r), i8_rounded(d, m[3], r), r);
}
static inline void tile_put(int vecs, int rows, int8_t *y, size_t pitch, size_t n, i8_bytes bytes) {
    const size_t width = (size_t)(vecs * VF);
    for (int i = 0; i < rows; i++) {
        if (n >= width) memcpy(y + (size_t)i * pitch, bytes.q + (size_t)i * width, width);
        else memcpy(y + (size_t)i * pitch, bytes.q + (size_t)i * width, n);
    }
}
#endif

/* A function between the product of a sum and its rounding: v times what v * gain + offset is between `least` and 1; or,
 * where the gain is 0, the greater of v and v * least. */
struct i8_bend {
    vf gain, offset, least;
    int leaky;
};
static inline struct i8_bend i8_bend(float gain, float offset, float least) {
    return (struct i8_bend){vf_set(gain), vf_set(offset), vf_set(least), !(gain > 0)};
}
static inline vf i8_gated(vf v, const struct i8_bend *b) {
    return vf_mul(v, vf_min(vf_max(vf_add(vf_mul(v, b->gain), b->offset), b->least), vf_set(1.0f)));
}
static inline vf i8_leaking(vf v, const struct i8_bend *b) { return vf_max(v, vf_mul(v, b->least)); }
static inline vf i8_bent(vf v, const struct i8_bend *b) { return b->leaky ? i8_leaking(v, b) : i8_gated(v, b); }
static inline vi i8_whole(vf v, const struct i8_range *r) { /* to a number that i8_narrow takes */
#ifdef I8_FINISH
    (void)r; /* packs saturate */
    return vf_to_vi(v);
#else
    return vf_to_vi(vf_min(vf_max(v, r->least), r->most));
#endif
}
static inline i8_bytes i8_finish_bent(vi a, vi b, vi c, vi d, const vf *m, const struct i8_range *r, const struct i8_bend *f) {
    const vf va = vf_mul(vi_to_vf(a), m[0]), vb = vf_mul(vi_to_vf(b), m[1]);
    const vf vc = vf_mul(vi_to_vf(c), m[2]), vd = vf_mul(vi_to_vf(d), m[3]);
    if (f->leaky)
        return i8_narrow(i8_whole(i8_leaking(va, f), r), i8_whole(i8_leaking(vb, f), r), i8_whole(i8_leaking(vc, f), r),
                         i8_whole(i8_leaking(vd, f), r), r);
    return i8_narrow(i8_whole(i8_gated(va, f), r), i8_whole(i8_gated(vb, f), r), i8_whole(i8_gated(vc, f), r),
                     i8_whole(i8_gated(vd, f), r), r);
}

#ifndef I8_FINISH_STRAIGHT /* i8_finish without a branch on the range, for loops that have no register to spare */
#define i8_finish_straight i8_finish
#endif
#endif
