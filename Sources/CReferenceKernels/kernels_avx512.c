// The kernels for x86-64-v4.
#if defined(__x86_64__)
#include "kernels.h"

#define RK_TABLE rk_kernels_avx512
#define RK_FMA 1
#define RK_TILE_ROWS 6
#define RK_TILE_VECTORS 4

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
// The compiler's tuning for x86-64-v4 halves 512-bit vectors (the first processors that had them lowered their clock for them); the
// tile needs whole ones.
#pragma clang attribute push(__attribute__((min_vector_width(512))), apply_to = function)
#include "all_kernels.h"
#pragma clang attribute pop
#pragma clang attribute pop
#endif
