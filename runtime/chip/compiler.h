/* What differs among compilers. */
#ifndef EDGE_CHIP_COMPILER_H
#define EDGE_CHIP_COMPILER_H
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Waggressive-loop-optimizations" /* of loops over one lane that end long before */
#endif
#if defined(__GNUC__) || defined(__clang__)
#define EDGE_INLINE static inline __attribute__((always_inline))
#define EDGE_UNROLL _Pragma("GCC unroll 16")
#if defined(__clang__)
#define CHIP_KERNEL static __attribute__((noinline, unused))
#else
#define CHIP_KERNEL static __attribute__((noipa, unused)) /* one copy, the same whatever calls it */
#endif
#define CHIP_ASM static __attribute__((naked, noinline, unused, aligned(4))) /* as ADR needs, which -Os forgets */
typedef __attribute__((may_alias)) unsigned chip_pair;       /* two 16-bit numbers, or four bytes */
typedef __attribute__((may_alias)) float chip_float;
#else
#define EDGE_INLINE static inline
#define EDGE_UNROLL
#define CHIP_KERNEL static
typedef unsigned chip_pair;
typedef float chip_float;
#endif
#endif
