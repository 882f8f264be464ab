/* Four lanes on a microcontroller: Helium with floating point, switched on by the compiler's -mcpu. */
#include "../generated/args.h"
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
#define EDGE_ISA mve
#include "../simd/target.h"
#include "../simd/mve.h"
#include "kernels.inc"
#endif
