/* softmax and log softmax of quantized numbers. A row's exponentials are integers in steps of 2^-24, from two tables;
 * their sum is exact, so that neither order nor vector width can show. */
#include "settle_wide.h"

static inline uint32_t softmax_q_power(const float *coarse, const float *fine, int32_t distance) {
    return (uint32_t)vf_round(coarse[distance >> 8 & 255] * fine[distance & 255]);
}

/* A table of a hostile file may hold anything: what is no exponential counts as 0. */
static inline uint64_t softmax_q_checked(const float *coarse, const float *fine, int32_t distance) {
    float power = coarse[distance >> 8 & 255] * fine[distance & 255];
    return power >= 0.0f && power <= 16777216.0f ? softmax_q_power(coarse, fine, distance) : 0;
}

/* floor(log2(n) * 65536), within a step or two, for n >= 1: sixteen squarings. */
static int32_t softmax_q_log2(uint64_t n) {
    int32_t bits = 0;
    for (uint64_t rest = n >> 1; rest; rest >>= 1) bits++;
    uint64_t mantissa = bits > 30 ? n >> (bits - 30) : n << (30 - bits);
    for (int i = 0; i < 16; i++) {
        mantissa = mantissa * mantissa >> 30;
        uint64_t above = mantissa >> 31;
        mantissa >>= above;
        bits = bits * 2 + (int32_t)above;
    }
    return bits;
}

/* Long rows of bytes have few distances: each is computed once. */
enum { SOFTMAX_FEW = 256 };

#define SOFTMAX_ROWS(name, from, from_type, to, to_type, lo, hi, prepare, real)                    \
    EDGE_KERNEL(name##_##from##_##to) {                                                            \
        size_t length = (size_t)a->length, inner = (size_t)a->inner, row, end;                     \
        const int few = sizeof(from_type) == 1 && length >= SOFTMAX_FEW;                           \
        uint64_t power[SOFTMAX_FEW];                                                               \
        to_type result[SOFTMAX_FEW];                                                               \
        edge_share(t, (size_t)a->outer * inner, &row, &end);                                       \
        for (; row < end && length; row++) {                                                       \
            size_t start = row / inner * length * inner + row % inner;                             \
            const from_type *x = a->x + start;                                                     \
            to_type *y = a->y + start;                                                             \
            int32_t top = x[0], bottom = x[0];                                                     \
            for (size_t i = 1; i < length; i++) {                                                  \
                top = x[i * inner] > top ? x[i * inner] : top;                                     \
                bottom = x[i * inner] < bottom ? x[i * inner] : bottom;                            \
            }                                                                                      \
            uint64_t total = 0;                                                                    \
            for (int32_t d = 0; few && d <= top - bottom; d++) power[d] = softmax_q_checked(a->coarse, a->fine, d); \
            for (size_t i = 0; i < length; i++)                                                    \
                total += few ? power[top - x[i * inner]] : softmax_q_checked(a->coarse, a->fine, top - x[i * inner]); \
            prepare;                                                                               \
            for (int32_t distance = 0; few && distance <= top - bottom; distance++)                \
                result[distance] = (to_type)settle_wide(real, a->zero_y, lo, hi);                  \
            for (size_t i = 0; i < length; i++) {                                                  \
                int32_t distance = top - x[i * inner];                                             \
                y[i * inner] = few ? result[distance] : (to_type)settle_wide(real, a->zero_y, lo, hi); \
            }                                                                                      \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }
/* From bytes to bytes, softmax has a kernel with words: softmax_q_i8.c. */
#define SOFTMAX_EACH(name, prepare, real)                                                          \
    SOFTMAX_ROWS(name, i8, int8_t, i16, int16_t, -32768, 32767, prepare, real)                     \
    SOFTMAX_ROWS(name, i16, int16_t, i8, int8_t, -128, 127, prepare, real)                         \
    SOFTMAX_ROWS(name, i16, int16_t, i16, int16_t, -32768, 32767, prepare, real)

SOFTMAX_EACH(softmax_q, float share = a->per_step / (float)total,
             (float)softmax_q_checked(a->coarse, a->fine, distance) * share)
#define LOG_TOTAL float log_total = (float)(softmax_q_log2(total | !total) - (24 << 16)) * a->per_log2
#define LOG_SHARE -((float)distance * a->per_step) - log_total
SOFTMAX_EACH(log_softmax_q, LOG_TOTAL, LOG_SHARE)
SOFTMAX_ROWS(log_softmax_q, i8, int8_t, i8, int8_t, -128, 127, LOG_TOTAL, LOG_SHARE)
