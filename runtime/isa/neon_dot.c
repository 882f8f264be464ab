/* Four lanes, and the byte dot product of Armv8.2. */
#define EDGE_ISA neon_dot
#include "../kernel.h"
#if defined(__aarch64__)
#if defined(__clang__)
#define EDGE_TARGET "dotprod"
#else
#define EDGE_TARGET "arch=armv8.2-a+dotprod"
#endif
#include "../simd/target.h"
#include "../simd/neon_dot.h"
#include "byte_dot_kernels.inc"
#endif
