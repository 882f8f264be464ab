/* Sixteen lanes, a byte dot product, and permutations of bytes for tables. */
#define EDGE_ISA avx512vbmi
#include "../kernel.h"
#if defined(__x86_64__)
#define EDGE_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,fma"
#include "../simd/target.h"
#include "../simd/avx512vbmi.h"
#include "byte_table_kernels.inc"
#endif
