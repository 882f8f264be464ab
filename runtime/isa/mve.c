/* Four lanes on a microcontroller: Helium with floating point, switched on by the compiler's -mcpu. */
#define EDGE_ISA mve
#include "../kernel.h"
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
#include "../simd/target.h"
#include "../simd/mve.h"
#include "kernels.inc"
#endif
