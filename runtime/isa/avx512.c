/* Sixteen lanes. */
#define EDGE_ISA avx512
#include "../kernel.h"
#if defined(__x86_64__)
#define EDGE_TARGET "avx512f,avx512bw,avx512dq,avx512vl,fma"
#include "../simd/target.h"
#include "../simd/avx512.h"
#include "kernels.inc"
#endif
