/* Checksums (CRC-32) of kernels/fixed_point.h: activations of every int16, and scaled int32. test_fixed.py has the same
 * from the NumPy meaning. Takes the place of kernels.inc. */
#include <stdio.h>
#include "../../runtime/kernels/fixed_point.h"

enum { SHORTS = 65536, WORDS = 4096 };

static void say(const char *name, int number, const void *p, size_t bytes) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= ((const uint8_t *)p)[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    printf("%s %d %08x\n", name, number, (unsigned)~crc);
}

int main(void) {
    static int16_t x[SHORTS], y[SHORTS];
    static int32_t wide[WORDS], scaled[WORDS];
    static const int32_t by[][2] = {{1 << 30, 0}, {INT32_MAX, 1}, {1518500250, -1}, {1234567890, -7},
                                    {2000000001, -31}, {1100000000, 12}, {0, 0}};
    for (int i = 0; i < SHORTS; i++) x[i] = (int16_t)(i - 32768);
    for (size_t i = 0; i < SHORTS; i += VH) vh_store(y + i, fixed_sigmoid(vh_load(x + i)));
    say("sigmoid", 3, y, sizeof y);
    for (int bits = 0; bits <= 6; bits++) {
        for (size_t i = 0; i < SHORTS; i += VH) vh_store(y + i, fixed_tanh(vh_load(x + i), bits));
        say("tanh", bits, y, sizeof y);
    }
    for (uint32_t i = 0; i < WORDS; i++) wide[i] = (int32_t)(i * 2654435769u >> i % 32);
    wide[0] = INT32_MIN, wide[1] = INT32_MAX, wide[2] = -INT32_MAX, wide[3] = 1 << 30, wide[4] = -1;
    for (size_t k = 0; k < sizeof by / sizeof *by; k++) {
        const struct fixed_scale scale = fixed_scale(by[k][0], by[k][1]);
        for (size_t i = 0; i < WORDS; i += VF) vi_store(scaled + i, fixed_scaled(vi_load(wide + i), &scale));
        say("scaled", by[k][1], scaled, sizeof scaled);
        for (size_t i = 0; i < WORDS; i++) scaled[i] = fixed_multiply(wide[i], by[k][0], by[k][1]);
        say("multiply", by[k][1], scaled, sizeof scaled);
    }
    for (size_t i = 0; i < WORDS; i += VH) vh_store(y + i, vh_narrow(vi_load(wide + i), vi_load(wide + i + (VH - VF))));
    say("narrow", 0, y, WORDS * sizeof *y);
    return 0;
}
