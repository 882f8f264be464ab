/* Four lanes, the byte dot product, and the int8 matrix product of Armv8.6. */
#define EDGE_ISA neon_i8mm
#include "../kernel.h"
#if defined(__aarch64__)
#if defined(__clang__)
#define EDGE_TARGET "dotprod,i8mm"
#else
#define EDGE_TARGET "arch=armv8.2-a+dotprod+i8mm"
#endif
#include "../simd/target.h"
#include "../simd/neon_i8mm.h"
#include "byte_dot_kernels.inc"
#endif
