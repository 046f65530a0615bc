// All kernels of one instruction set. A kernels_*.c file names the set, the size of the register tile, and includes this.
#include "simd.h"
#include "tile.h"

#include "attention.h"
#include "gemm.h"
#include "probes.h"
#include "rows.h"
#include "sampling.h"

const rk_kernel_table RK_TABLE = {
    .gemm_f32 = gemm_f32,
    .gemm_bf16 = gemm_bf16,
    .rms_norm = rms_norm,
    .rotary = rotary,
    .silu_mul = silu_mul,
    .copy_rows = copy_rows,
    .concatenate = concatenate,
    .quantize = quantize,
    .dequantize = dequantize,
    .kv_cache_write = kv_cache_write,
    .attention = attention,
    .sample = sample,
    .probe_flops = probe_flops,
    .probe_read = probe_read,
    .probe_touch = probe_touch,
};
