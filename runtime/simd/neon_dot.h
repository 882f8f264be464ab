/* The words of NEON; the dot-product extension (Armv8.2, optional; Cortex-A55 and A76 on) adds `sdot` to the tiles. */
#include "neon.h"
