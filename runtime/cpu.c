/* Which instruction sets this build has, which this CPU has, and the kernel table of each.
 *
 * Tables are listed from the reference upward; the last that the CPU supports wins. Sets are clusters that people own:
 *   sse41       SSE4.1 and SSSE3
 *   avx2        AVX2, FMA, F16C                            (Haswell, Zen)
 *   avx2_vnni   the same with AVX-VNNI                     (Alder Lake, Zen 5)
 *   avx512      AVX-512 F, BW, DQ, VL                      (Skylake server)
 *   avx512vnni  the same with VNNI                         (Cascade Lake)
 *   avx512vbmi  and VBMI                                   (Ice Lake, Zen 4)
 *   neon        64-bit ARM
 *   neon_dot    with the byte dot product                  (Cortex-A55, A76; Apple A11)
 *   neon_i8mm   and the int8 matrix product                (Cortex-A510, A710, X2; Neoverse V1; Apple M2)
 *   mve         Helium of Cortex-M55, M85;  wasm128: WebAssembly SIMD */
#include <string.h>

#include "runtime.h"

#if defined(__x86_64__)
#include <cpuid.h>

static uint64_t xcr0(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static int x86_level(void) {
    unsigned a, b, c, d, b7 = 0, c7 = 0, d7 = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    if (!(c & bit_SSE4_1) || !(c & bit_SSSE3)) return 0;
    if (!(c & bit_OSXSAVE) || (xcr0() & 6) != 6) return 1;
    if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d7)) return 1;
    if (!(c & bit_AVX) || !(c & bit_FMA) || !(c & bit_F16C) || !(b7 & bit_AVX2)) return 1;
    if ((xcr0() & 0xe6) != 0xe6) return 2;
    if (!(b7 & bit_AVX512F) || !(b7 & bit_AVX512BW) || !(b7 & bit_AVX512DQ) || !(b7 & bit_AVX512VL)) return 2;
    if (!(c7 & bit_AVX512VNNI)) return 3;
    return (c7 & bit_AVX512VBMI) ? 5 : 4;
}
static int has_sse41(void) { return x86_level() >= 1; }
static int has_avx2(void) { return x86_level() >= 2; }
static int has_avx2_vnni(void) {
    unsigned a, b, c, d;
    return x86_level() >= 2 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4) & 1;
}
static int has_avx512(void) { return x86_level() >= 3; }
static int has_avx512vnni(void) { return x86_level() >= 4; }
static int has_avx512vbmi(void) { return x86_level() >= 5; }
#elif defined(__aarch64__)
#if defined(__linux__)
#include <sys/auxv.h>
static int has_neon_dot(void) { return (getauxval(AT_HWCAP) >> 20) & 1; } /* HWCAP_ASIMDDP */
static int has_neon_i8mm(void) { return has_neon_dot() && (getauxval(AT_HWCAP2) >> 13) & 1; } /* HWCAP2_I8MM */
#else
#if defined(__ARM_FEATURE_DOTPROD)
static int has_neon_dot(void) { return 1; }
#else
static int has_neon_dot(void) { return 0; }
#endif
#if defined(__ARM_FEATURE_DOTPROD) && defined(__ARM_FEATURE_MATMUL_INT8)
static int has_neon_i8mm(void) { return 1; }
#else
static int has_neon_i8mm(void) { return 0; }
#endif
#endif
#endif
static int always(void) { return 1; }

#define RUN(n, isa) int edge_##n##__##isa(const void *, const struct edge_task *);
#define PACK(n, isa) size_t edge_##n##_pack__##isa(const void *, void *);
#define SET_RUN(n, isa) [EDGE_K_##n] = edge_##n##__##isa,
#define SET_PACK(n, isa) [EDGE_K_##n] = edge_##n##_pack__##isa,

/* The same four expansions for each set, over all vector kernels, over those built on the byte dot product, or over those
 * built on tables of bytes; X-macros take one argument, so each set names its own. */
#define TABLE_OF(run, pack, isa, test)                                                                \
    run(RUN_##isa)                                                                                    \
    pack(PACK_##isa)                                                                                  \
    static const struct edge_isa_table table_##isa = {                                                \
        #isa, test, {run(SET_RUN_##isa)}, {pack(SET_PACK_##isa)[EDGE_KERNEL_COUNT] = NULL}};
#define TABLE(isa, test) TABLE_OF(EDGE_VECTOR_KERNELS, EDGE_PACKED_KERNELS, isa, test)
#define TABLE_DOT(isa, test) TABLE_OF(EDGE_DOT_KERNELS, EDGE_DOT_PACKED_KERNELS, isa, test)
#define TABLE_BYTES(isa, test) TABLE_OF(EDGE_BYTE_TABLE_KERNELS, NONE_PACKED, isa, test)
#define NONE_PACKED(X)

#define RUN_scalar(n) RUN(n, scalar)
#define PACK_scalar(n) PACK(n, scalar)
#define SET_RUN_scalar(n) SET_RUN(n, scalar)
#define SET_PACK_scalar(n) SET_PACK(n, scalar)
EDGE_VECTOR_KERNELS(RUN_scalar)
EDGE_PORTABLE_KERNELS(RUN_scalar)
EDGE_PACKED_KERNELS(PACK_scalar)
static const struct edge_isa_table table_scalar = {"scalar",
                                                   always,
                                                   {EDGE_VECTOR_KERNELS(SET_RUN_scalar)
                                                        EDGE_PORTABLE_KERNELS(SET_RUN_scalar)},
                                                   {EDGE_PACKED_KERNELS(SET_PACK_scalar)[EDGE_KERNEL_COUNT] = NULL}};

#if defined(__x86_64__)
#define RUN_sse41(n) RUN(n, sse41)
#define PACK_sse41(n) PACK(n, sse41)
#define SET_RUN_sse41(n) SET_RUN(n, sse41)
#define SET_PACK_sse41(n) SET_PACK(n, sse41)
TABLE(sse41, has_sse41)
#define RUN_avx2(n) RUN(n, avx2)
#define PACK_avx2(n) PACK(n, avx2)
#define SET_RUN_avx2(n) SET_RUN(n, avx2)
#define SET_PACK_avx2(n) SET_PACK(n, avx2)
TABLE(avx2, has_avx2)
#define RUN_avx2_vnni(n) RUN(n, avx2_vnni)
#define PACK_avx2_vnni(n) PACK(n, avx2_vnni)
#define SET_RUN_avx2_vnni(n) SET_RUN(n, avx2_vnni)
#define SET_PACK_avx2_vnni(n) SET_PACK(n, avx2_vnni)
TABLE_DOT(avx2_vnni, has_avx2_vnni)
#define RUN_avx512(n) RUN(n, avx512)
#define PACK_avx512(n) PACK(n, avx512)
#define SET_RUN_avx512(n) SET_RUN(n, avx512)
#define SET_PACK_avx512(n) SET_PACK(n, avx512)
TABLE(avx512, has_avx512)
#define RUN_avx512vnni(n) RUN(n, avx512vnni)
#define PACK_avx512vnni(n) PACK(n, avx512vnni)
#define SET_RUN_avx512vnni(n) SET_RUN(n, avx512vnni)
#define SET_PACK_avx512vnni(n) SET_PACK(n, avx512vnni)
TABLE_DOT(avx512vnni, has_avx512vnni)
#define RUN_avx512vbmi(n) RUN(n, avx512vbmi)
#define PACK_avx512vbmi(n) PACK(n, avx512vbmi)
#define SET_RUN_avx512vbmi(n) SET_RUN(n, avx512vbmi)
#define SET_PACK_avx512vbmi(n) SET_PACK(n, avx512vbmi)
TABLE_BYTES(avx512vbmi, has_avx512vbmi)
#elif defined(__aarch64__)
#define RUN_neon(n) RUN(n, neon)
#define PACK_neon(n) PACK(n, neon)
#define SET_RUN_neon(n) SET_RUN(n, neon)
#define SET_PACK_neon(n) SET_PACK(n, neon)
TABLE(neon, always)
#define RUN_neon_dot(n) RUN(n, neon_dot)
#define PACK_neon_dot(n) PACK(n, neon_dot)
#define SET_RUN_neon_dot(n) SET_RUN(n, neon_dot)
#define SET_PACK_neon_dot(n) SET_PACK(n, neon_dot)
TABLE_DOT(neon_dot, has_neon_dot)
#define RUN_neon_i8mm(n) RUN(n, neon_i8mm)
#define PACK_neon_i8mm(n) PACK(n, neon_i8mm)
#define SET_RUN_neon_i8mm(n) SET_RUN(n, neon_i8mm)
#define SET_PACK_neon_i8mm(n) SET_PACK(n, neon_i8mm)
TABLE_DOT(neon_i8mm, has_neon_i8mm)
#elif defined(__wasm_simd128__)
#define RUN_wasm128(n) RUN(n, wasm128)
#define PACK_wasm128(n) PACK(n, wasm128)
#define SET_RUN_wasm128(n) SET_RUN(n, wasm128)
#define SET_PACK_wasm128(n) SET_PACK(n, wasm128)
TABLE(wasm128, always)
#elif defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
#define RUN_mve(n) RUN(n, mve)
#define PACK_mve(n) PACK(n, mve)
#define SET_RUN_mve(n) SET_RUN(n, mve)
#define SET_PACK_mve(n) SET_PACK(n, mve)
TABLE(mve, always)
#endif

const struct edge_isa_table *const edge_isa_tables[] = {
    &table_scalar,
#if defined(__x86_64__)
    &table_sse41, &table_avx2, &table_avx2_vnni, &table_avx512, &table_avx512vnni, &table_avx512vbmi,
#elif defined(__aarch64__)
    &table_neon, &table_neon_dot, &table_neon_i8mm,
#elif defined(__wasm_simd128__)
    &table_wasm128,
#elif defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
    &table_mve,
#endif
    NULL,
};

/* From the best down, because asking a processor what it has takes microseconds where it is a virtual one. */
const struct edge_isa_table *edge_isa_find(const char *name) {
    size_t i = sizeof edge_isa_tables / sizeof *edge_isa_tables - 1;
    while (i-- > 0) {
        const struct edge_isa_table *table = edge_isa_tables[i];
        if ((!name || strcmp(name, table->name) == 0) && table->supported()) return table;
    }
    return NULL;
}

edge_run_fn edge_isa_run(const struct edge_isa_table *isa, int32_t kernel) {
    edge_run_fn found = NULL;
    for (const struct edge_isa_table *const *table = edge_isa_tables; *table; table++) {
        if ((*table)->run[kernel]) found = (*table)->run[kernel];
        if (*table == isa) break;
    }
    return found;
}

edge_pack_fn edge_isa_pack(const struct edge_isa_table *isa, int32_t kernel) {
    edge_pack_fn found = NULL;
    for (const struct edge_isa_table *const *table = edge_isa_tables; *table; table++) {
        if ((*table)->pack[kernel]) found = (*table)->pack[kernel];
        if (*table == isa) break;
    }
    return found;
}

const char *edge_isa_name(int32_t index) {
    for (int32_t i = 0; edge_isa_tables[i]; i++)
        if (i == index) return edge_isa_tables[i]->name;
    return NULL;
}

int32_t edge_isa_supported(const char *name) { return name && edge_isa_find(name) != NULL; }
int32_t edge_kernel_count(void) { return EDGE_KERNEL_COUNT; }
const char *edge_version(void) { return "0.1.0"; }
