// The kernels for every processor of the architecture: SSE2 on x86-64, NEON on arm64.
#include "kernels.h"

#define RK_TABLE rk_kernels_portable
#if defined(__aarch64__)
#define RK_FMA 1
#define RK_TILE_ROWS 6
#else
#define RK_FMA 0
#define RK_TILE_ROWS 2
#endif
#define RK_TILE_VECTORS 1

#include "all_kernels.h"
