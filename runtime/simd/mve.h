/* Four lanes: Helium with floating point (Armv8.1-M MVE-F: Cortex-M55, M85). No vector division or square root. */
enum { VF = 4 };
typedef float32x4_t vf;
typedef int32x4_t vi;
typedef mve_pred16_t vm; /* four bits per lane */

/* memory; _n by the tail predicate that the hardware has for loops */
static inline vf vf_set(float x) { return vdupq_n_f32(x); }
static inline vf vf_load(const float *p) { return vld1q_f32(p); }
static inline void vf_store(float *p, vf a) { vst1q_f32(p, a); }
static inline vf vf_load_n(const float *p, size_t n) { return vldrwq_z_f32(p, vctp32q((uint32_t)n)); }
static inline void vf_store_n(float *p, vf a, size_t n) { vstrwq_p_f32(p, a, vctp32q((uint32_t)n)); }
static inline vi vi_set(int32_t x) { return vdupq_n_s32(x); }
static inline vi vi_load(const int32_t *p) { return vld1q_s32(p); }
static inline void vi_store(int32_t *p, vi a) { vst1q_s32(p, a); }
static inline vi vi_load_n(const int32_t *p, size_t n) { return vldrwq_z_s32(p, vctp32q((uint32_t)n)); }
static inline void vi_store_n(int32_t *p, vi a, size_t n) { vstrwq_p_s32(p, a, vctp32q((uint32_t)n)); }
static inline vi vi_load_i8(const int8_t *p) { return vldrbq_s32(p); }
static inline vi vi_load_u8(const uint8_t *p) { return vreinterpretq_s32_u32(vldrbq_u32(p)); }
static inline vi vi_load_i16(const int16_t *p) { return vldrhq_s32(p); }
static inline vi vi_load_i8_n(const int8_t *p, size_t n) { return vldrbq_z_s32(p, vctp32q((uint32_t)n)); }
static inline vi vi_load_u8_n(const uint8_t *p, size_t n) {
    return vreinterpretq_s32_u32(vldrbq_z_u32(p, vctp32q((uint32_t)n)));
}
static inline vi vi_load_i16_n(const int16_t *p, size_t n) { return vldrhq_z_s32(p, vctp32q((uint32_t)n)); }
static inline void vi_store_i8(int8_t *p, vi a) { vstrbq_s32(p, a); }
static inline void vi_store_u8(uint8_t *p, vi a) { vstrbq_u32(p, vreinterpretq_u32_s32(a)); }
static inline void vi_store_i16(int16_t *p, vi a) { vstrhq_s32(p, a); }
static inline void vi_store_i8_n(int8_t *p, vi a, size_t n) { vstrbq_p_s32(p, a, vctp32q((uint32_t)n)); }
static inline void vi_store_u8_n(uint8_t *p, vi a, size_t n) {
    vstrbq_p_u32(p, vreinterpretq_u32_s32(a), vctp32q((uint32_t)n));
}
static inline void vi_store_i16_n(int16_t *p, vi a, size_t n) { vstrhq_p_s32(p, a, vctp32q((uint32_t)n)); }

/* masks; comparisons first, since min and max select */
static inline vm vf_lt(vf a, vf b) { return vcmpltq_f32(a, b); }
static inline vm vf_le(vf a, vf b) { return vcmpleq_f32(a, b); }
static inline vm vf_eq(vf a, vf b) { return vcmpeqq_f32(a, b); }
static inline vm vf_gt(vf a, vf b) { return vcmpgtq_f32(a, b); }
static inline vm vf_ge(vf a, vf b) { return vcmpgeq_f32(a, b); }
static inline vm vf_ne(vf a, vf b) { return vcmpneq_f32(a, b); }
static inline vm vi_lt(vi a, vi b) { return vcmpltq_s32(a, b); }
static inline vm vi_gt(vi a, vi b) { return vcmpgtq_s32(a, b); }
static inline vm vi_eq(vi a, vi b) { return vcmpeqq_s32(a, b); }
static inline vm vm_and(vm a, vm b) { return (vm)(a & b); }
static inline vm vm_or(vm a, vm b) { return (vm)(a | b); }
static inline vm vm_not(vm a) { return (vm)~a; }
static inline vm vm_andnot(vm a, vm b) { return (vm)(~a & b); }
static inline int vm_any(vm a) { return a != 0; }
static inline vf vf_select(vm m, vf a, vf b) { return vpselq_f32(a, b, m); }
static inline vi vi_select(vm m, vi a, vi b) { return vpselq_s32(a, b, m); }

/* float arithmetic */
static inline vf vf_add(vf a, vf b) { return vaddq_f32(a, b); }
static inline vf vf_sub(vf a, vf b) { return vsubq_f32(a, b); }
static inline vf vf_mul(vf a, vf b) { return vmulq_f32(a, b); }
static inline vf vf_div(vf a, vf b) {
    float x[4], y[4];
    vst1q_f32(x, a), vst1q_f32(y, b);
    for (int i = 0; i < 4; i++) x[i] /= y[i];
    return vld1q_f32(x);
}
static inline vf vf_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
static inline vf vf_min(vf a, vf b) { return vf_select(vf_lt(a, b), a, b); }
static inline vf vf_max(vf a, vf b) { return vf_select(vf_gt(a, b), a, b); }
static inline vf vf_neg(vf a) { return vnegq_f32(a); }
static inline vf vf_abs(vf a) { return vabsq_f32(a); }
static inline vf vf_sqrt(vf a) {
    float x[4];
    vst1q_f32(x, a);
    for (int i = 0; i < 4; i++) x[i] = __builtin_sqrtf(x[i]);
    return vld1q_f32(x);
}
static inline vf vf_round(vf a) { return vrndnq_f32(a); }
static inline vf vf_floor(vf a) { return vrndmq_f32(a); }
static inline vf vf_ceil(vf a) { return vrndpq_f32(a); }
static inline vf vf_trunc(vf a) { return vrndq_f32(a); }
static inline float vf_sum(vf a) {
    return (vgetq_lane_f32(a, 0) + vgetq_lane_f32(a, 2)) + (vgetq_lane_f32(a, 1) + vgetq_lane_f32(a, 3));
}
static inline float vf_hmax(vf a) { return vmaxnmvq_f32(vgetq_lane_f32(a, 0), a); }
static inline float vf_hmin(vf a) { return vminnmvq_f32(vgetq_lane_f32(a, 0), a); }

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
static inline vi vi_shl(vi a, int n) { return vshlq_r_s32(a, n); }
static inline vi vi_shr(vi a, int n) { return vreinterpretq_s32_u32(vshlq_r_u32(vreinterpretq_u32_s32(a), -n)); }
static inline vi vi_sra(vi a, int n) { return vshlq_r_s32(a, -n); }
static inline int32_t vi_sum(vi a) { return vaddvq_s32(a); }
static inline int32_t vi_hmax(vi a) { return vmaxvq_s32(INT32_MIN, a); }
static inline int32_t vi_hmin(vi a) { return vminvq_s32(INT32_MAX, a); }

/* register tiles: see README.md; eight vector registers, and a multiply-add by a number from a core register */
#define TILE_ROWS 2
#define TILE_VECS 2
#define I16_STEP 1
typedef int32x4_t i16_w, i16_a;
static inline i16_w i16_load_w(const int8_t *p) { return vldrbq_s32(p); }
static inline i16_a i16_set_a(const int16_t *p) { return vdupq_n_s32(*p); }
static inline i16_a i16_load_a(const int16_t *p) { return vldrhq_s32(p); }
static inline vi i16_dot(vi acc, i16_a a, i16_w w) { return vaddq_s32(acc, vmulq_s32(a, w)); }
enum { I8_BLOCK = 8 };
static inline void i8_gather_block(int16_t *to, const int8_t *from) { vst1q_s16(to, vldrbq_s16(from)); }
static inline void tile_store_i8(int8_t *p, const vi *v) { vi_store_i8(p, v[0]), vi_store_i8(p + 4, v[1]); }
#include "bytes_as_i16.h"
