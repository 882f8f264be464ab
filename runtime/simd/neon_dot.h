/* The words of NEON; the dot-product extension (Armv8.2, optional; Cortex-A55 and A76 on) adds `sdot` to the tiles. */
#define EDGE_BYTE_DOT
#include "neon.h"

#define I8_STEP 4
enum { I8_BIAS = 0 };
typedef int8_t i8_act;
typedef int8x16_t i8_w, i8_a;
static inline i8_w i8_load_w(const int8_t *p) { return vld1q_s8(p); }
static inline i8_a i8_set_a(const i8_act *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}
static inline i8_a i8_load_a(const i8_act *p) { return vld1q_s8(p); }
static inline vi i8_dot(vi acc, i8_a a, i8_w w) { return vdotq_s32(acc, a, w); }
enum { I8_BLOCK = 16 };
static inline void i8_gather_block(int8_t *to, const int8_t *from) { vst1q_s8(to, vld1q_s8(from)); }
