/* One lane of plain C: every machine, and the reference for all others. Also the kernels that need no words. */
#define EDGE_ISA scalar
#include "../kernel.h"
#include "../simd/target.h"
#include "../simd/scalar.h"
#include "../generated/portable_kernels.inc"
#include "kernels.inc"
