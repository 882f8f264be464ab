/* The words of AVX-512; VNNI (Intel since 2019, AMD since 2022) adds a byte dot product to the tiles. */
#include "avx512.h"
