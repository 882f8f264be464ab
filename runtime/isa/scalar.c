/* One lane of plain C: every machine, and the reference for all others. */
#include "../generated/args.h"
#define EDGE_ISA scalar
#include "../simd/target.h"
#include "../simd/scalar.h"
#include "kernels.inc"
