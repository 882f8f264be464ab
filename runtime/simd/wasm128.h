/* Four lanes: WebAssembly's fixed-width SIMD (browsers since 2021). No fused multiply-add. */
enum { VF = 4 };
typedef v128_t vf;
typedef v128_t vi;
typedef v128_t vm; /* lanes of all ones or all zeros */

/* memory */
static inline vf vf_set(float x) { return wasm_f32x4_splat(x); }
static inline vf vf_load(const float *p) { return wasm_v128_load(p); }
static inline void vf_store(float *p, vf a) { wasm_v128_store(p, a); }
static inline vi vi_set(int32_t x) { return wasm_i32x4_splat(x); }
static inline vi vi_load(const int32_t *p) { return wasm_v128_load(p); }
static inline void vi_store(int32_t *p, vi a) { wasm_v128_store(p, a); }
static inline vi vi_load_i8(const int8_t *p) {
    return wasm_i32x4_extend_low_i16x8(wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(p)));
}
static inline vi vi_load_u8(const uint8_t *p) {
    return wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(p)));
}
static inline vi vi_load_i16(const int16_t *p) { return wasm_i32x4_load16x4(p); }
static inline void vi_store_i8(int8_t *p, vi a) {
    v128_t s = wasm_i16x8_narrow_i32x4(a, a);
    wasm_v128_store32_lane(p, wasm_i8x16_narrow_i16x8(s, s), 0);
}
static inline void vi_store_u8(uint8_t *p, vi a) {
    v128_t s = wasm_i16x8_narrow_i32x4(a, a);
    wasm_v128_store32_lane(p, wasm_u8x16_narrow_i16x8(s, s), 0);
}
static inline void vi_store_i16(int16_t *p, vi a) {
    wasm_v128_store64_lane(p, wasm_i16x8_narrow_i32x4(a, a), 0);
}
#include "tail.h"

/* float arithmetic; pmin(b, a) is (a < b ? a : b) */
static inline vf vf_add(vf a, vf b) { return wasm_f32x4_add(a, b); }
static inline vf vf_sub(vf a, vf b) { return wasm_f32x4_sub(a, b); }
static inline vf vf_mul(vf a, vf b) { return wasm_f32x4_mul(a, b); }
static inline vf vf_div(vf a, vf b) { return wasm_f32x4_div(a, b); }
static inline vf vf_fma(vf a, vf b, vf c) { return wasm_f32x4_add(wasm_f32x4_mul(a, b), c); }
static inline vf vf_min(vf a, vf b) { return wasm_f32x4_pmin(b, a); }
static inline vf vf_max(vf a, vf b) { return wasm_f32x4_pmax(b, a); }
static inline vf vf_neg(vf a) { return wasm_f32x4_neg(a); }
static inline vf vf_abs(vf a) { return wasm_f32x4_abs(a); }
static inline vf vf_sqrt(vf a) { return wasm_f32x4_sqrt(a); }
static inline vf vf_round(vf a) { return wasm_f32x4_nearest(a); }
static inline vf vf_floor(vf a) { return wasm_f32x4_floor(a); }
static inline vf vf_ceil(vf a) { return wasm_f32x4_ceil(a); }
static inline vf vf_trunc(vf a) { return wasm_f32x4_trunc(a); }
static inline v128_t wasm128_swap2(v128_t a) { return wasm_i32x4_shuffle(a, a, 2, 3, 0, 1); }
static inline v128_t wasm128_swap1(v128_t a) { return wasm_i32x4_shuffle(a, a, 1, 0, 3, 2); }
static inline float vf_sum(vf a) {
    a = vf_add(a, wasm128_swap2(a));
    return wasm_f32x4_extract_lane(vf_add(a, wasm128_swap1(a)), 0);
}
static inline float vf_hmax(vf a) {
    a = vf_max(a, wasm128_swap2(a));
    return wasm_f32x4_extract_lane(vf_max(a, wasm128_swap1(a)), 0);
}
static inline float vf_hmin(vf a) {
    a = vf_min(a, wasm128_swap2(a));
    return wasm_f32x4_extract_lane(vf_min(a, wasm128_swap1(a)), 0);
}

/* masks */
static inline vm vf_lt(vf a, vf b) { return wasm_f32x4_lt(a, b); }
static inline vm vf_le(vf a, vf b) { return wasm_f32x4_le(a, b); }
static inline vm vf_eq(vf a, vf b) { return wasm_f32x4_eq(a, b); }
static inline vm vf_gt(vf a, vf b) { return wasm_f32x4_gt(a, b); }
static inline vm vf_ge(vf a, vf b) { return wasm_f32x4_ge(a, b); }
static inline vm vf_ne(vf a, vf b) { return wasm_f32x4_ne(a, b); }
static inline vm vi_lt(vi a, vi b) { return wasm_i32x4_lt(a, b); }
static inline vm vi_gt(vi a, vi b) { return wasm_i32x4_gt(a, b); }
static inline vm vi_eq(vi a, vi b) { return wasm_i32x4_eq(a, b); }
static inline vm vm_and(vm a, vm b) { return wasm_v128_and(a, b); }
static inline vm vm_or(vm a, vm b) { return wasm_v128_or(a, b); }
static inline vm vm_not(vm a) { return wasm_v128_not(a); }
static inline vm vm_andnot(vm a, vm b) { return wasm_v128_andnot(b, a); }
static inline int vm_any(vm a) { return wasm_v128_any_true(a); }
static inline vf vf_select(vm m, vf a, vf b) { return wasm_v128_bitselect(a, b, m); }
static inline vi vi_select(vm m, vi a, vi b) { return wasm_v128_bitselect(a, b, m); }

/* conversion */
static inline vi vf_to_vi(vf a) { return wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(a)); }
static inline vf vi_to_vf(vi a) { return wasm_f32x4_convert_i32x4(a); }
static inline vi vf_as_vi(vf a) { return a; }
static inline vf vi_as_vf(vi a) { return a; }

/* integer arithmetic, wrapping */
static inline vi vi_add(vi a, vi b) { return wasm_i32x4_add(a, b); }
static inline vi vi_sub(vi a, vi b) { return wasm_i32x4_sub(a, b); }
static inline vi vi_mul(vi a, vi b) { return wasm_i32x4_mul(a, b); }
static inline vi vi_min(vi a, vi b) { return wasm_i32x4_min(a, b); }
static inline vi vi_max(vi a, vi b) { return wasm_i32x4_max(a, b); }
static inline vi vi_and(vi a, vi b) { return wasm_v128_and(a, b); }
static inline vi vi_or(vi a, vi b) { return wasm_v128_or(a, b); }
static inline vi vi_xor(vi a, vi b) { return wasm_v128_xor(a, b); }
static inline vi vi_shl(vi a, int n) { return wasm_i32x4_shl(a, (uint32_t)n); }
static inline vi vi_shr(vi a, int n) { return wasm_u32x4_shr(a, (uint32_t)n); }
static inline vi vi_sra(vi a, int n) { return wasm_i32x4_shr(a, (uint32_t)n); }
static inline int32_t vi_sum(vi a) {
    a = vi_add(a, wasm128_swap2(a));
    return wasm_i32x4_extract_lane(vi_add(a, wasm128_swap1(a)), 0);
}
static inline int32_t vi_hmax(vi a) {
    a = vi_max(a, wasm128_swap2(a));
    return wasm_i32x4_extract_lane(vi_max(a, wasm128_swap1(a)), 0);
}
static inline int32_t vi_hmin(vi a) {
    a = vi_min(a, wasm128_swap2(a));
    return wasm_i32x4_extract_lane(vi_min(a, wasm128_swap1(a)), 0);
}

/* register tiles: see README.md */
#define TILE_ROWS 4
#define TILE_VECS 2
#define I16_STEP 2
typedef v128_t i16_w, i16_a;
static inline i16_w i16_load_w(const int8_t *p) { return wasm_i16x8_load8x8(p); }
static inline i16_a i16_set_a(const int16_t *p) { return wasm_v128_load32_splat(p); }
static inline i16_a i16_load_a(const int16_t *p) { return wasm_v128_load(p); }
static inline vi i16_dot(vi acc, i16_a a, i16_w w) { return wasm_i32x4_add(acc, wasm_i32x4_dot_i16x8(a, w)); }
enum { I8_BLOCK = 8 };
static inline void i8_gather_block(int16_t *to, const int8_t *from) { wasm_v128_store(to, i16_load_w(from)); }
static inline void tile_store_i8(int8_t *p, const vi *v) {
    v128_t s = wasm_i16x8_narrow_i32x4(v[0], v[1]);
    wasm_v128_store64_lane(p, wasm_i8x16_narrow_i16x8(s, s), 0);
}
#include "bytes_as_i16.h"
