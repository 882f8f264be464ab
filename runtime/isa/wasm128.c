/* Four lanes in a browser, switched on by -msimd128. */
#define EDGE_ISA wasm128
#include "../kernel.h"
#if defined(__wasm_simd128__)
#include "../simd/target.h"
#include "../simd/wasm128.h"
#include "kernels.inc"
#endif
