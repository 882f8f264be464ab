/* softmax of rows of int8. Exponentials are integers in steps of 2^-24, from a table that begins at distance 0; their sum
 * is exact. */
#include "compiler.h"
#include "settle.h"

struct chip_softmax_i8 {
    const int8_t *x;
    int8_t *y;
    const uint32_t *power; /* of the distances 0..255 from the row's largest */
    int16_t rows, length;
    int32_t zero;
    float per_step;
};

CHIP_KERNEL void chip_softmax_i8(const struct chip_softmax_i8 *a) {
    const int8_t *x = a->x;
    int8_t *y = a->y;
    for (int32_t row = 0; row < a->rows; row++, x += a->length) {
        int32_t top = x[0];
        uint64_t total = 0;
        for (int32_t i = 1; i < a->length; i++) top = x[i] > top ? x[i] : top;
        for (int32_t i = 0; i < a->length; i++) total += a->power[top - x[i]];
        const float each = chip_over(a->per_step, total);
        for (int32_t i = 0; i < a->length; i++) *y++ = (int8_t)chip_settle((int32_t)a->power[top - x[i]], each, a->zero);
    }
}
