/* Four lanes: Advanced SIMD, part of every 64-bit Arm. */
enum { VF = 4 };
typedef float32x4_t vf;
typedef int32x4_t vi;
typedef uint32x4_t vm; /* lanes of all ones or all zeros */

/* memory */
static inline vf vf_set(float x) { return vdupq_n_f32(x); }
static inline vf vf_load(const float *p) { return vld1q_f32(p); }
static inline void vf_store(float *p, vf a) { vst1q_f32(p, a); }
static inline vi vi_set(int32_t x) { return vdupq_n_s32(x); }
static inline vi vi_load(const int32_t *p) { return vld1q_s32(p); }
static inline void vi_store(int32_t *p, vi a) { vst1q_s32(p, a); }
static inline int8x8_t neon_load4(const void *p) {
    uint32_t four;
    memcpy(&four, p, 4);
    return vreinterpret_s8_u32(vdup_n_u32(four));
}
static inline void neon_store4(void *p, vi a) { /* the low byte of each lane */
    int16x4_t s = vmovn_s32(a);
    uint32_t four = vget_lane_u32(vreinterpret_u32_s8(vmovn_s16(vcombine_s16(s, s))), 0);
    memcpy(p, &four, 4);
}
static inline vi vi_load_i8(const int8_t *p) { return vmovl_s16(vget_low_s16(vmovl_s8(neon_load4(p)))); }
static inline vi vi_load_u8(const uint8_t *p) {
    return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vreinterpret_u8_s8(neon_load4(p))))));
}
static inline vi vi_load_i16(const int16_t *p) { return vmovl_s16(vld1_s16(p)); }
static inline void vi_store_i8(int8_t *p, vi a) { neon_store4(p, a); }
static inline void vi_store_u8(uint8_t *p, vi a) { neon_store4(p, a); }
static inline void vi_store_i16(int16_t *p, vi a) { vst1_s16(p, vmovn_s32(a)); }
#include "tail.h"

/* masks; comparisons first, since min and max select */
static inline vm vf_lt(vf a, vf b) { return vcltq_f32(a, b); }
static inline vm vf_le(vf a, vf b) { return vcleq_f32(a, b); }
static inline vm vf_eq(vf a, vf b) { return vceqq_f32(a, b); }
static inline vm vf_gt(vf a, vf b) { return vcgtq_f32(a, b); }
static inline vm vf_ge(vf a, vf b) { return vcgeq_f32(a, b); }
static inline vm vf_ne(vf a, vf b) { return vmvnq_u32(vceqq_f32(a, b)); }
static inline vm vi_lt(vi a, vi b) { return vcltq_s32(a, b); }
static inline vm vi_gt(vi a, vi b) { return vcgtq_s32(a, b); }
static inline vm vi_eq(vi a, vi b) { return vceqq_s32(a, b); }
static inline vm vm_and(vm a, vm b) { return vandq_u32(a, b); }
static inline vm vm_or(vm a, vm b) { return vorrq_u32(a, b); }
static inline vm vm_not(vm a) { return vmvnq_u32(a); }
static inline vm vm_andnot(vm a, vm b) { return vbicq_u32(b, a); }
static inline int vm_any(vm a) { return vmaxvq_u32(a) != 0; }
static inline vf vf_select(vm m, vf a, vf b) { return vbslq_f32(m, a, b); }
static inline vi vi_select(vm m, vi a, vi b) { return vbslq_s32(m, a, b); }

/* float arithmetic */
static inline vf vf_add(vf a, vf b) { return vaddq_f32(a, b); }
static inline vf vf_sub(vf a, vf b) { return vsubq_f32(a, b); }
static inline vf vf_mul(vf a, vf b) { return vmulq_f32(a, b); }
static inline vf vf_div(vf a, vf b) { return vdivq_f32(a, b); }
static inline vf vf_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
static inline vf vf_min(vf a, vf b) { return vf_select(vf_lt(a, b), a, b); }
static inline vf vf_max(vf a, vf b) { return vf_select(vf_gt(a, b), a, b); }
static inline vf vf_neg(vf a) { return vnegq_f32(a); }
static inline vf vf_abs(vf a) { return vabsq_f32(a); }
static inline vf vf_sqrt(vf a) { return vsqrtq_f32(a); }
static inline vf vf_round(vf a) { return vrndnq_f32(a); }
static inline vf vf_floor(vf a) { return vrndmq_f32(a); }
static inline vf vf_ceil(vf a) { return vrndpq_f32(a); }
static inline vf vf_trunc(vf a) { return vrndq_f32(a); }
static inline float vf_sum(vf a) { return vaddvq_f32(a); }
static inline float vf_hmax(vf a) { return vmaxvq_f32(a); }
static inline float vf_hmin(vf a) { return vminvq_f32(a); }

/* conversion */
static inline vi vf_to_vi(vf a) { return vcvtnq_s32_f32(a); }
static inline vf vi_to_vf(vi a) { return vcvtq_f32_s32(a); }
static inline vi vf_as_vi(vf a) { return vreinterpretq_s32_f32(a); }
static inline vf vi_as_vf(vi a) { return vreinterpretq_f32_s32(a); }

/* integer arithmetic, wrapping */
static inline vi vi_add(vi a, vi b) { return vaddq_s32(a, b); }
static inline vi vi_sub(vi a, vi b) { return vsubq_s32(a, b); }
static inline vi vi_mul(vi a, vi b) { return vmulq_s32(a, b); }
static inline vi vi_min(vi a, vi b) { return vminq_s32(a, b); }
static inline vi vi_max(vi a, vi b) { return vmaxq_s32(a, b); }
static inline vi vi_and(vi a, vi b) { return vandq_s32(a, b); }
static inline vi vi_or(vi a, vi b) { return vorrq_s32(a, b); }
static inline vi vi_xor(vi a, vi b) { return veorq_s32(a, b); }
static inline vi vi_shl(vi a, int n) { return vshlq_s32(a, vdupq_n_s32(n)); }
static inline vi vi_shr(vi a, int n) {
    return vreinterpretq_s32_u32(vshlq_u32(vreinterpretq_u32_s32(a), vdupq_n_s32(-n)));
}
static inline vi vi_sra(vi a, int n) { return vshlq_s32(a, vdupq_n_s32(-n)); }
static inline int32_t vi_sum(vi a) { return vaddvq_s32(a); }
static inline int32_t vi_hmax(vi a) { return vmaxvq_s32(a); }
static inline int32_t vi_hmin(vi a) { return vminvq_s32(a); }

/* register tiles: see README.md */
#define TILE_ROWS 6
#define TILE_VECS 4
#define I16_STEP 1
typedef int16x4_t i16_w, i16_a;
static inline i16_w i16_load_w(const int8_t *p) { return vget_low_s16(vmovl_s8(neon_load4(p))); }
static inline i16_a i16_set_a(const int16_t *p) { return vld1_dup_s16(p); }
static inline i16_a i16_load_a(const int16_t *p) { return vld1_s16(p); }
static inline vi i16_dot(vi acc, i16_a a, i16_w w) { return vmlal_s16(acc, a, w); }
/* Eight int16 of a row in a register, each by lane. */
#define I16_LANES
#define NEON_I16_STEP(lane)                                                                                            \
    {                                                                                                                  \
        int16x8_t wv[2];                                                                                               \
        const int8x16_t q = vecs == 4 ? vld1q_s8(w) : vcombine_s8(vecs == 2 ? vld1_s8(w) : neon_load4(w), vdup_n_s8(0)); \
        wv[0] = vmovl_s8(vget_low_s8(q)), wv[1] = vmovl_high_s8(q), w += 4 * vecs;                                     \
        EDGE_UNROLL                                                                                                    \
        for (int i = 0; i < rows; i++) {                                                                               \
            EDGE_UNROLL                                                                                                \
            for (int j = 0; j < vecs; j++) {                                                                           \
                if (j % 2) acc[i][j] = vmlal_high_laneq_s16(acc[i][j], wv[j / 2], x[i], lane);                         \
                else acc[i][j] = vmlal_laneq_s16(acc[i][j], vget_low_s16(wv[j / 2]), x[i], lane);                      \
            }                                                                                                          \
        }                                                                                                              \
    }
EDGE_INLINE size_t i16_lanes(const int rows, const int vecs, vi (*acc)[TILE_VECS], const int16_t *a, size_t lda, size_t length,
                             const int8_t *w) {
    size_t k = 0;
    for (; k + 8 <= length; k += 8) {
        int16x8_t x[4];
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) x[i] = vld1q_s16(a + (size_t)i * lda + k);
        NEON_I16_STEP(0) NEON_I16_STEP(1) NEON_I16_STEP(2) NEON_I16_STEP(3)
        NEON_I16_STEP(4) NEON_I16_STEP(5) NEON_I16_STEP(6) NEON_I16_STEP(7)
    }
    return k;
}
static inline void tile_store_i8(int8_t *p, const vi *v) {
    int16x8_t low = vcombine_s16(vmovn_s32(v[0]), vmovn_s32(v[1]));
    int16x8_t high = vcombine_s16(vmovn_s32(v[2]), vmovn_s32(v[3]));
    vst1q_s8(p, vcombine_s8(vmovn_s16(low), vmovn_s16(high)));
}
#define F32_LANES
static inline vf tile_clamp(vf v, vf lo, vf hi) { return vminq_f32(hi, vmaxq_f32(lo, v)); }
/* Loads and products in assembly stay in the order in which they are written; compilers find others, which spill. */
EDGE_INLINE vf neon_load(const void *p) {
    vf v;
    __asm__ volatile("ldr %q0, %1" : "=w"(v) : "m"(*(const vf *)p));
    return v;
}
#define NEON_FMA_STEP(lane)                                                                                            \
    EDGE_UNROLL                                                                                                        \
    for (int j = 0; j < vecs; j++) {                                                                                   \
        const vf wv = next;                                                                                            \
        w += 4;                                                                                                        \
        if (j + 1 < vecs || (lane) < 3) next = neon_load(w);                                                           \
        EDGE_UNROLL                                                                                                    \
        for (int i = 0; i < rows; i++)                                                                                 \
            __asm__ volatile("fmla %0.4s, %1.4s, %2.s[" #lane "]" : "+w"(acc[i][j]) : "w"(wv), "w"(x[i]));             \
    }
/* Four elements of a row in a register, each by lane; two registers are left for weights. */
EDGE_INLINE void neon_fma(const int rows, const int vecs, vf (*acc)[TILE_VECS], const float *const *a, size_t k,
                          const float *w) {
    vf x[8], next = neon_load(w);
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) x[i] = vld1q_f32(a[i] + k);
    NEON_FMA_STEP(0) NEON_FMA_STEP(1) NEON_FMA_STEP(2) NEON_FMA_STEP(3)
}
EDGE_INLINE size_t tile_lanes(const int rows, const int vecs, vf (*acc)[TILE_VECS], const float *const *a, size_t length,
                              const float *w) {
    const int first = rows * (vecs + 1) > 30 ? rows / 2 : rows; /* rows whose registers suffice */
    size_t k = 0;
    for (; k + 4 <= length; k += 4, w += 16 * vecs) {
        neon_fma(first, vecs, acc, a, k, w);
        if (first < rows) neon_fma(rows - first, vecs, acc + first, a + first, k, w);
    }
    return k;
}

#define I8_FINISH
typedef int8x16_t i8_bytes;
static inline int tile_channel(int vecs, int v, int l) {
    (void)vecs;
    return 4 * v + l;
}
struct i8_range {
    int16x8_t zero;
    int8x16_t lo, hi;
};
static inline struct i8_range i8_range(int32_t zero, int32_t lo, int32_t hi) {
    return (struct i8_range){vdupq_n_s16((int16_t)zero), vdupq_n_s8((int8_t)lo), vdupq_n_s8((int8_t)hi)};
}
static inline int32x4_t i8_rounded(vi sum, vf multiplier) {
    return vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sum), multiplier));
}
static inline i8_bytes i8_narrow(vi a, vi b, vi c, vi d, const struct i8_range *r) {
    int16x8_t ab = vqmovn_high_s32(vqmovn_s32(a), b), cd = vqmovn_high_s32(vqmovn_s32(c), d);
    int8x16_t all = vqmovn_high_s16(vqmovn_s16(vqaddq_s16(ab, r->zero)), vqaddq_s16(cd, r->zero));
    return vminq_s8(vmaxq_s8(all, r->lo), r->hi);
}
static inline i8_bytes i8_finish(vi a, vi b, vi c, vi d, const vf *m, const struct i8_range *r) {
    return i8_narrow(i8_rounded(a, m[0]), i8_rounded(b, m[1]), i8_rounded(c, m[2]), i8_rounded(d, m[3]), r);
}
static inline void tile_put(int vecs, int rows, int8_t *y, size_t pitch, size_t n, i8_bytes q) {
    const size_t width = (size_t)vecs * 4;
    if (vecs == 4 && __builtin_expect(n >= 16, 1)) {
        vst1q_s8(y, q);
    } else if (vecs == 2 && n >= 8) {
        vst1_s8(y, vget_low_s8(q));
        if (rows > 1) vst1_s8(y + pitch, vget_high_s8(q));
    } else {
        int8_t part[16];
        vst1q_s8(part, q);
        for (int i = 0; i < rows; i++) memcpy(y + (size_t)i * pitch, part + (size_t)i * width, n < width ? n : width);
    }
}
/* depthwise: bytes of 4*VF channels; four taps interleaved so that a lane's dot product runs over taps. Lane l of
 * vector v is channel bytes_channel(v, l). */
static inline int bytes_channel(int v, int l) { return 4 * v + l; }
static inline i8_bytes bytes_set(int32_t q) { return vdupq_n_s8((int8_t)q); }
static inline i8_bytes bytes_load(const int8_t *p, size_t n) { /* 1 <= n <= 16 */
    if (n >= 16) return vld1q_s8(p);
    int8_t t[16] = {0};
    for (size_t i = 0; i < n; i++) t[i] = p[i];
    return vld1q_s8(t);
}
static inline void bytes_interleave(i8_bytes a, i8_bytes b, i8_bytes c, i8_bytes d, int8x16_t *out) {
    int16x8_t ab = vreinterpretq_s16_s8(vzip1q_s8(a, b)), cd = vreinterpretq_s16_s8(vzip1q_s8(c, d));
    out[0] = vreinterpretq_s8_s16(vzip1q_s16(ab, cd)), out[1] = vreinterpretq_s8_s16(vzip2q_s16(ab, cd));
    ab = vreinterpretq_s16_s8(vzip2q_s8(a, b)), cd = vreinterpretq_s16_s8(vzip2q_s8(c, d));
    out[2] = vreinterpretq_s8_s16(vzip1q_s16(ab, cd)), out[3] = vreinterpretq_s8_s16(vzip2q_s16(ab, cd));
}

/* a register holds the channels of one pixel */
#define DW_UNITS 1
static inline i8_bytes bytes_load_pixels(int units, const int8_t *p, ptrdiff_t stride, size_t n) {
    (void)units, (void)stride;
    return bytes_load(p, n);
}
static inline int8x16_t bytes_shift(int units, int8x16_t a, int8x16_t b) { /* never called: there is nothing to shift */
    (void)units, (void)a;
    return b;
}
static inline void bytes_put_pixels(int units, int8_t *y, ptrdiff_t stride, int pixels, size_t n, i8_bytes q) {
    (void)units, (void)stride, (void)pixels;
    tile_put(4, 1, y, 0, n, q);
}

/* Half of a register's channels: eight outputs of one place, and of another, which come first where both are the same. */
static inline void bytes_put_halves(int8_t *y, int8_t *other, i8_bytes q) {
    vst1q_lane_s64((int64_t *)(void *)other, vreinterpretq_s64_s8(q), 1);
    vst1_s8(y, vget_low_s8(q));
}

/* int8 activations as they lie */
#define I8_IN_PLACE
#define I8_STEP 4
#define I8_JOIN 32
enum { I8_BIAS = 0, I8_BLOCK = 16 };
typedef int8_t i8_act;
typedef int8x16_t i8_w, i8_a;
static inline i8_w i8_load_w(const int8_t *p) { return vld1q_s8(p); }
static inline i8_a i8_set_a(const i8_act *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}
static inline i8_a i8_load_a(const i8_act *p) { return vld1q_s8(p); }
static inline int8x16_t neon_load_i8(const int8_t *p) { return vreinterpretq_s8_f32(neon_load(p)); }
static inline void i8_gather_block(int8_t *to, const int8_t *from) { vst1q_s8(to, vld1q_s8(from)); }
EDGE_INLINE void i8_prefetch(uintptr_t at) { __builtin_prefetch((const void *)at); }

#ifndef EDGE_BYTE_DOT
#include "neon_pairs.h"
#endif
