/* Four lanes in a browser, switched on by -msimd128. */
#include "../generated/args.h"
#if defined(__wasm_simd128__)
#define EDGE_ISA wasm128
#include "../simd/target.h"
#include "../simd/wasm128.h"
#include "kernels.inc"
#endif
