/* y = clamp(((x0 * k0 + x1 * k1 + rest) >> shift) + zero): the sum of two int8 tensors of one shape in fixed point. */
#include "add.h"
#include "compiler.h"
#include <arm_mve.h>
#include <stdint.h>

CHIP_KERNEL void chip_add_lanes_i8(const struct chip_add_i8 *a) {
    const int32x4_t rest = vdupq_n_s32(a->rest), lo = vdupq_n_s32(a->lo), hi = vdupq_n_s32(a->hi);
    const int8_t *x0 = a->x0, *x1 = a->x1;
    int8_t *y = a->y;
    for (int32_t n = a->n; n > 0; n -= 4, x0 += 4, x1 += 4, y += 4) {
        const mve_pred16_t some = vctp32q((uint32_t)n);
        int32x4_t q = vmlaq_n_s32(rest, vldrbq_z_s32(x0, some), a->k0);
        q = vmlaq_n_s32(q, vldrbq_z_s32(x1, some), a->k1);
        q = vaddq_n_s32(vshlq_r_s32(q, -a->shift), a->zero);
        vstrbq_p_s32(y, vminq_s32(vmaxq_s32(q, lo), hi), some);
    }
}
