/* Four lanes: any 64-bit x86 of the last fifteen years. */
#define EDGE_ISA sse41
#include "../kernel.h"
#if defined(__x86_64__)
#define EDGE_TARGET "sse4.1"
#include "../simd/target.h"
#include "../simd/sse41.h"
#include "kernels.inc"
#endif
