/* Eight lanes, and a byte dot product for the integer tiles. */
#define EDGE_ISA avx2_vnni
#include "../kernel.h"
#if defined(__x86_64__)
#define EDGE_TARGET "avx2,fma,avxvnni"
#include "../simd/target.h"
#include "../simd/avx2_vnni.h"
#include "byte_dot_kernels.inc"
#endif
