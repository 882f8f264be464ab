/* What this core can do at most: multiply-adds a second by instruction, and bytes a second from each level of memory.
 *
 *   cc -O2 -march=native -o peak bench/peak.c && ./peak        prints one line of JSON
 *   ./peak 264192 1056768                                      prints what reading so many bytes again and again takes
 *
 * Each loop keeps enough independent accumulators in registers that only the throughput of its instruction counts;
 * inline assembly keeps the compiler from touching them. The best of many short runs is taken: interruptions only slow. */
#define _POSIX_C_SOURCE 199309L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 60, TRIPS = 20000 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double best(void (*loop)(void)) {
    double least = 1e9;
    for (int run = 0; run < RUNS; run++) {
        double begun = now();
        loop();
        double took = now() - begun;
        least = took < least ? took : least;
    }
    return least;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* One accumulator's instruction; twelve of them make a trip. */
#define TWELVE(ONE) ONE(0) ONE(1) ONE(2) ONE(3) ONE(4) ONE(5) ONE(6) ONE(7) ONE(8) ONE(9) ONE(10) ONE(11)
#define LOOP(name, type, zero, ONE)                                                                                    \
    static void name(void) {                                                                                           \
        type a[12], x = zero, y = zero, t = zero, u = zero;                                                            \
        for (int i = 0; i < 12; i++) a[i] = zero;                                                                      \
        type a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], a4 = a[4], a5 = a[5], a6 = a[6], a7 = a[7], a8 = a[8],        \
             a9 = a[9], a10 = a[10], a11 = a[11];                                                                      \
        for (int trip = 0; trip < TRIPS; trip++) { TWELVE(ONE) }                                                       \
        __asm__ volatile("" ::"v"(a0), "v"(a1), "v"(a2), "v"(a3), "v"(a4), "v"(a5), "v"(a6), "v"(a7), "v"(a8),         \
                         "v"(a9), "v"(a10), "v"(a11), "v"(t), "v"(u));                                                 \
    }
#define FMA(i) __asm__ volatile("vfmadd231ps %1, %2, %0" : "+v"(a##i) : "v"(x), "v"(y));
#define DOT_BYTES(i) __asm__ volatile("vpdpbusd %1, %2, %0" : "+v"(a##i) : "v"(x), "v"(y));
#define DOT_WORDS(i)                                                                                                   \
    __asm__ volatile("vpmaddwd %2, %3, %1\n\tvpaddd %1, %0, %0" : "+v"(a##i), "=&v"(t) : "v"(x), "v"(y));
/* Two times four bytes of each lane: the signs of one operand go to the other, and products meet in 16 bits. */
#define DOT_SIGNED_BYTES(i)                                                                                            \
    __asm__ volatile("vpxor %3, %0, %1\n\tvpxor %4, %0, %2\n\tvpmaddubsw %1, %3, %1\n\tvpmaddubsw %2, %3, %2\n\t"      \
                     "vpaddw %1, %2, %1\n\tvpmaddwd %1, %4, %1\n\tvpaddd %1, %0, %0"                                  \
                     : "+x"(a##i), "=&x"(t), "=&x"(u) : "x"(x), "x"(y));

#ifdef __AVX2__
LOOP(avx2_f32, __m256, _mm256_setzero_ps(), FMA)
LOOP(avx2_i8, __m256i, _mm256_setzero_si256(), DOT_SIGNED_BYTES)
#endif
#ifdef __AVX512BW__
LOOP(avx512_f32, __m512, _mm512_setzero_ps(), FMA)
LOOP(avx512_i8, __m512i, _mm512_setzero_si512(), DOT_WORDS)
#endif
#ifdef __AVX512VNNI__
LOOP(avx512vnni_i8, __m512i, _mm512_setzero_si512(), DOT_BYTES)
#endif

static void rate(const char *name, void (*loop)(void), int multiply_adds) {
    printf("\"%s\": %.1f, ", name, 12.0 * TRIPS * multiply_adds / best(loop) / 1e9);
}

static void rates(void) {
#ifdef __AVX2__
    rate("avx2 f32", avx2_f32, 8);
    rate("avx2 i8", avx2_i8, 64);
#endif
#ifdef __AVX512BW__
    rate("avx512 f32", avx512_f32, 16);
    rate("avx512 i8", avx512_i8, 32); /* exact bytes are multiplied as 16-bit words */
#endif
#ifdef __AVX512VNNI__
    rate("avx512vnni f32", avx512_f32, 16);
    rate("avx512vnni i8", avx512vnni_i8, 64);
#endif
}
#else
static void rates(void) {}
#endif

/* Bytes a second of reading a buffer that stays in one level of memory. */
static double bandwidth(size_t bytes) {
    typedef uint64_t line __attribute__((vector_size(64), aligned(64)));
    line *data = aligned_alloc(64, bytes);
    if (!data) return 0;
    memset(data, 1, bytes);
    size_t lines = bytes / 64, passes = (size_t)1 + ((size_t)64 << 20) / bytes;
    double least = 1e9;
    for (int run = 0; run < 12; run++) {
        double begun = now();
        line a = {0}, b = {0}, c = {0}, d = {0};
        for (size_t pass = 0; pass < passes; pass++) {
            for (size_t i = 0; i + 4 <= lines; i += 4) {
                a |= data[i];
                b |= data[i + 1];
                c |= data[i + 2];
                d |= data[i + 3];
            }
            __asm__ volatile("" : "+m"(*data));
        }
        a |= b | c | d;
        __asm__ volatile("" ::"m"(a));
        double took = now() - begun;
        least = took < least ? took : least;
    }
    free(data);
    return (double)(lines / 4 * 4 * 64) * (double)passes / least;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const size_t bytes = strtoul(argv[i], NULL, 10) / 256 * 256;
        if (bytes) printf("%zu bytes: %.3f us\n", bytes, 1e6 * (double)bytes / bandwidth(bytes));
    }
    if (argc > 1) return 0;
    printf("{\"gmacs\": {");
    rates();
    printf("\"\": 0}, \"gigabytes_per_second\": {");
    printf("\"32 KB\": %.0f, ", bandwidth((size_t)32 << 10) / 1e9);
    printf("\"512 KB\": %.0f, ", bandwidth((size_t)512 << 10) / 1e9);
    printf("\"8 MB\": %.0f, ", bandwidth((size_t)8 << 20) / 1e9);
    printf("\"256 MB\": %.0f}}\n", bandwidth((size_t)256 << 20) / 1e9);
    return 0;
}
