/* One lane: the portable words, and the meaning that every other header in this folder must equal. */
#define EDGE_ONE_LANE
enum { VF = 1 };
typedef float vf;
typedef int32_t vi;
typedef int vm;

/* Adding and subtracting 2^23 rounds a magnitude below it to the nearest even integer. */
static inline float scalar_sign(float magnitude, float sign) {
    uint32_t m, s;
    memcpy(&m, &magnitude, 4), memcpy(&s, &sign, 4);
    m = (m & 0x7fffffffu) | (s & 0x80000000u);
    memcpy(&magnitude, &m, 4);
    return magnitude;
}
static inline float scalar_round(float x) {
    float m = scalar_sign(x, 1.0f);
    if (!(m < 8388608.0f)) return x;
    volatile float up = m + 8388608.0f; /* volatile: no compiler may fold the pair away */
    return scalar_sign(up - 8388608.0f, x);
}
static inline float scalar_floor(float x) {
    float r = scalar_round(x);
    return r > x ? r - 1.0f : r;
}

/* memory */
static inline vf vf_set(float x) { return x; }
static inline vf vf_load(const float *p) { return *p; }
static inline void vf_store(float *p, vf a) { *p = a; }
static inline vf vf_load_n(const float *p, size_t n) { return (void)n, *p; }
static inline void vf_store_n(float *p, vf a, size_t n) { (void)n, *p = a; }
static inline vi vi_set(int32_t x) { return x; }
static inline vi vi_load(const int32_t *p) { return *p; }
static inline void vi_store(int32_t *p, vi a) { *p = a; }
static inline vi vi_load_n(const int32_t *p, size_t n) { return (void)n, *p; }
static inline void vi_store_n(int32_t *p, vi a, size_t n) { (void)n, *p = a; }
static inline vi vi_load_i8(const int8_t *p) { return *p; }
static inline vi vi_load_u8(const uint8_t *p) { return *p; }
static inline vi vi_load_i16(const int16_t *p) { return *p; }
static inline vi vi_load_i8_n(const int8_t *p, size_t n) { return (void)n, *p; }
static inline vi vi_load_u8_n(const uint8_t *p, size_t n) { return (void)n, *p; }
static inline vi vi_load_i16_n(const int16_t *p, size_t n) { return (void)n, *p; }
static inline void vi_store_i8(int8_t *p, vi a) { *p = (int8_t)a; }
static inline void vi_store_u8(uint8_t *p, vi a) { *p = (uint8_t)a; }
static inline void vi_store_i16(int16_t *p, vi a) { *p = (int16_t)a; }
static inline void vi_store_i8_n(int8_t *p, vi a, size_t n) { (void)n, *p = (int8_t)a; }
static inline void vi_store_u8_n(uint8_t *p, vi a, size_t n) { (void)n, *p = (uint8_t)a; }
static inline void vi_store_i16_n(int16_t *p, vi a, size_t n) { (void)n, *p = (int16_t)a; }

/* float arithmetic */
static inline vf vf_add(vf a, vf b) { return a + b; }
static inline vf vf_sub(vf a, vf b) { return a - b; }
static inline vf vf_mul(vf a, vf b) { return a * b; }
static inline vf vf_div(vf a, vf b) { return a / b; }
static inline vf vf_fma(vf a, vf b, vf c) { return a * b + c; }
static inline vf vf_min(vf a, vf b) { return a < b ? a : b; }
static inline vf vf_max(vf a, vf b) { return a > b ? a : b; }
static inline vf vf_neg(vf a) { return -a; }
static inline vf vf_abs(vf a) { return scalar_sign(a, 1.0f); }
static inline vf vf_sqrt(vf a) {
#if defined(__SSE2__) /* the instruction, without libm's errno around it */
    return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(a)));
#elif defined(__aarch64__)
    return vget_lane_f32(vsqrt_f32(vdup_n_f32(a)), 0);
#else
    return __builtin_sqrtf(a);
#endif
}
static inline vf vf_round(vf a) { return scalar_round(a); }
static inline vf vf_floor(vf a) { return scalar_floor(a); }
static inline vf vf_ceil(vf a) { return -scalar_floor(-a); }
static inline vf vf_trunc(vf a) { return scalar_sign(scalar_floor(scalar_sign(a, 1.0f)), a); }
static inline float vf_sum(vf a) { return a; }
static inline float vf_hmax(vf a) { return a; }
static inline float vf_hmin(vf a) { return a; }

/* masks */
static inline vm vf_lt(vf a, vf b) { return a < b; }
static inline vm vf_le(vf a, vf b) { return a <= b; }
static inline vm vf_eq(vf a, vf b) { return a == b; }
static inline vm vf_gt(vf a, vf b) { return a > b; }
static inline vm vf_ge(vf a, vf b) { return a >= b; }
static inline vm vf_ne(vf a, vf b) { return a != b; }
static inline vm vi_lt(vi a, vi b) { return a < b; }
static inline vm vi_gt(vi a, vi b) { return a > b; }
static inline vm vi_eq(vi a, vi b) { return a == b; }
static inline vm vm_and(vm a, vm b) { return a & b; }
static inline vm vm_or(vm a, vm b) { return a | b; }
static inline vm vm_not(vm a) { return !a; }
static inline vm vm_andnot(vm a, vm b) { return (!a) & b; }
static inline int vm_any(vm a) { return a; }
static inline vf vf_select(vm m, vf a, vf b) { return m ? a : b; }
static inline vi vi_select(vm m, vi a, vi b) { return m ? a : b; }

/* conversion */
static inline vi vf_to_vi(vf a) {
    float r = scalar_round(a);
    return r >= -2147483648.0f && r < 2147483648.0f ? (int32_t)r : INT32_MIN;
}
static inline vf vi_to_vf(vi a) { return (float)a; }
static inline vi vf_as_vi(vf a) {
    int32_t i;
    memcpy(&i, &a, 4);
    return i;
}
static inline vf vi_as_vf(vi a) {
    float f;
    memcpy(&f, &a, 4);
    return f;
}

/* integer arithmetic, wrapping */
static inline vi vi_add(vi a, vi b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
static inline vi vi_sub(vi a, vi b) { return (int32_t)((uint32_t)a - (uint32_t)b); }
static inline vi vi_mul(vi a, vi b) { return (int32_t)((uint32_t)a * (uint32_t)b); }
static inline vi vi_min(vi a, vi b) { return a < b ? a : b; }
static inline vi vi_max(vi a, vi b) { return a > b ? a : b; }
static inline vi vi_and(vi a, vi b) { return a & b; }
static inline vi vi_or(vi a, vi b) { return a | b; }
static inline vi vi_xor(vi a, vi b) { return a ^ b; }
static inline vi vi_shl(vi a, int n) { return (int32_t)((uint32_t)a << n); }
static inline vi vi_shr(vi a, int n) { return (int32_t)((uint32_t)a >> n); }
static inline vi vi_sra(vi a, int n) { return a >> n; }
static inline int32_t vi_sum(vi a) { return a; }
static inline int32_t vi_hmax(vi a) { return a; }
static inline int32_t vi_hmin(vi a) { return a; }

/* register tiles: see README.md */
#define TILE_ROWS 4
#define TILE_VECS 2
#define I16_STEP 1
typedef int32_t i16_w, i16_a;
static inline i16_w i16_load_w(const int8_t *p) { return *p; }
static inline i16_a i16_set_a(const int16_t *p) { return *p; }
static inline i16_a i16_load_a(const int16_t *p) { return *p; }
static inline vi i16_dot(vi acc, i16_a a, i16_w w) { return vi_add(acc, a * w); }
enum { I8_BLOCK = 4 };
static inline void i8_gather_block(int16_t *to, const int8_t *from) {
    for (int i = 0; i < 4; i++) to[i] = from[i];
}
static inline void tile_store_i8(int8_t *p, const vi *v) { p[0] = (int8_t)v[0], p[1] = (int8_t)v[1]; }
#include "bytes_as_i16.h"
