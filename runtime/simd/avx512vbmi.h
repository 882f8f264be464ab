/* The words of AVX-512 with VNNI; VBMI (Intel since 2019, AMD since 2022) adds permutations of bytes to lookup.h. */
#define EDGE_BYTE_PERMUTE
#include "avx512vnni.h"
