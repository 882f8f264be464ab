/* Eight lanes and fused multiply-add. */
#define EDGE_ISA avx2
#include "../kernel.h"
#if defined(__x86_64__)
#define EDGE_TARGET "avx2,fma"
#include "../simd/target.h"
#include "../simd/avx2.h"
#include "kernels.inc"
#endif
