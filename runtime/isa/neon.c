/* Four lanes: every 64-bit Arm. */
#define EDGE_ISA neon
#include "../kernel.h"
#if defined(__aarch64__)
#include "../simd/target.h"
#include "../simd/neon.h"
#include "kernels.inc"
#endif
