/* y = condition ? a : b with broadcasting, for elements of 1, 2, 4 or 8 bytes. */
#include "rows.h"

#define SELECT_ROW(type)                                                                           \
    static void select_##type(uint8_t *y, const uint8_t *c, const uint8_t *p, const uint8_t *q, size_t n, \
                              size_t c_step, size_t p_step, size_t q_step) {                       \
        for (size_t i = 0; i < n; i++) {                                                           \
            type x, z;                                                                             \
            memcpy(&x, p + i * p_step * sizeof(type), sizeof(type));                               \
            memcpy(&z, q + i * q_step * sizeof(type), sizeof(type));                               \
            x = c[i * c_step] ? x : z;                                                             \
            memcpy(y + i * sizeof(type), &x, sizeof(type));                                        \
        }                                                                                          \
    }
SELECT_ROW(uint8_t)
SELECT_ROW(uint16_t)
SELECT_ROW(uint32_t)
SELECT_ROW(uint64_t)

EDGE_KERNEL(select) {
    struct rows r = rows_begin(a->dims, a->c_strides, a->a_strides, t); /* condition and first operand */
    struct rows s = rows_begin(a->dims, a->b_strides, a->b_strides, t); /* second operand, in step */
    size_t size = (size_t)a->size, c_step = (size_t)a->c_strides[7], p_step = (size_t)a->a_strides[7],
           q_step = (size_t)a->b_strides[7];
    for (; r.left; rows_next(&r), rows_next(&s)) {
        const uint8_t *c = a->condition + r.a, *p = a->a + r.b * size, *q = a->b + s.a * size;
        uint8_t *y = a->y + r.y * size;
        if (size == 1) select_uint8_t(y, c, p, q, r.n, c_step, p_step, q_step);
        else if (size == 2) select_uint16_t(y, c, p, q, r.n, c_step, p_step, q_step);
        else if (size == 4) select_uint32_t(y, c, p, q, r.n, c_step, p_step, q_step);
        else select_uint64_t(y, c, p, q, r.n, c_step, p_step, q_step);
    }
    return EDGE_OK;
}
