// The kernels for x86-64-v3.
#if defined(__x86_64__)
#include "kernels.h"

#define RK_TABLE rk_kernels_avx2
#define RK_FMA 1
#define RK_TILE_ROWS 6
#define RK_TILE_VECTORS 1

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "all_kernels.h"
#pragma clang attribute pop
#endif
