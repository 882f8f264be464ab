/* Sixteen lanes, and a byte dot product for the integer tiles. */
#define EDGE_ISA avx512vnni
#include "../kernel.h"
#if defined(__x86_64__)
#define EDGE_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma"
#include "../simd/target.h"
#include "../simd/avx512vnni.h"
#include "byte_dot_kernels.inc"
#endif
