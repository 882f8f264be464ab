/* Four lanes: every 64-bit Arm. */
#include "../generated/args.h"
#if defined(__aarch64__)
#define EDGE_ISA neon
#include "../simd/target.h"
#include "../simd/neon.h"
#include "kernels.inc"
#endif
