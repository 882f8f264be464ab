/* Start of an instruction set's file: what the compiler may assume from here on.
 *
 * Define EDGE_ISA (a bare word) and EDGE_TARGET (a feature string, absent for the baseline) first. The features are
 * switched on by pragma so that `cc runtime/isa/<any>.c` needs no flags. Ends with isa/kernels.inc.
 *
 * A multiply and an add stay two roundings unless a kernel says vf_fma: results must not depend on the compiler's mood.
 */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

#define EDGE_PRAGMA_(text) _Pragma(#text)
#define EDGE_PRAGMA(text) EDGE_PRAGMA_(text)

#if defined(EDGE_TARGET) && defined(__clang__)
EDGE_PRAGMA(clang attribute push(__attribute__((target(EDGE_TARGET))), apply_to = function))
#elif defined(EDGE_TARGET) && defined(__GNUC__)
#pragma GCC push_options
EDGE_PRAGMA(GCC target(EDGE_TARGET))
#endif

/* Makes a pointer look new: what lies behind it is loaded again, and not kept in registers of which there are too few. */
#if defined(__GNUC__)
#define EDGE_AGAIN(pointer) __asm__("" : "+r"(pointer))
#else
#define EDGE_AGAIN(pointer) (void)0
#endif

/* Register tiles live or die by full unrolling and inlining, whatever the optimisation level; and some by what is kept
 * apart from them, where it would be inlined as it is called once. */
#if defined(__clang__)
#define EDGE_UNROLL _Pragma("clang loop unroll(full)")
#define EDGE_INLINE static inline __attribute__((always_inline))
#define EDGE_APART static __attribute__((noinline))
#elif defined(__GNUC__)
#define EDGE_UNROLL _Pragma("GCC unroll 64")
#define EDGE_INLINE static inline __attribute__((always_inline))
#define EDGE_APART static __attribute__((noinline))
#else
#define EDGE_UNROLL
#define EDGE_INLINE static inline
#define EDGE_APART static
#endif
