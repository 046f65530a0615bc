// What the machine can do at most: multiply-adds that touch no memory, and reads with hardly any arithmetic.

static void probe_flops(rk_share *share, const void *arguments) {
  const rk_probe_args *g = arguments;
  vec s[RK_TILE_ROWS][RK_TILE_VECTORS];
  volatile float seed = 1e-3f;
  for (int r = 0; r < RK_TILE_ROWS; ++r) {
    for (int v = 0; v < RK_TILE_VECTORS; ++v) s[r][v] = splat(seed * (float)(r + v));
  }
  const vec a = splat(seed + 0.999f), b = splat(seed);
  for (size_t i = 0; i < g->count; ++i) {
#pragma clang loop unroll(full)
    for (int r = 0; r < RK_TILE_ROWS; ++r) {
#pragma clang loop unroll(full)
      for (int v = 0; v < RK_TILE_VECTORS; ++v) s[r][v] = FMA(s[r][v], a, b);
    }
    share->work.flops += 2 * LANES * RK_TILE_ROWS * RK_TILE_VECTORS;
  }
  vec sum = {};
  for (int r = 0; r < RK_TILE_ROWS; ++r) {
    for (int v = 0; v < RK_TILE_VECTORS; ++v) sum += s[r][v];
  }
  volatile float keep = sum_lanes(sum);
  (void)keep;
}

static void probe_read(rk_share *share, const void *arguments) {
  const rk_probe_args *g = arguments;
  size_t i = rk_part_start(g->count, share->part, share->parts);
  const size_t end = rk_part_start(g->count, share->part + 1, share->parts);
  ivec s[8] = {};
  for (; i + 8 * LANES <= end; i += 8 * LANES) {
#pragma clang loop unroll(full)
    for (int j = 0; j < 8; ++j) s[j] |= (ivec)LOAD(g->data + i + (size_t)j * LANES);
    share->work.bytes += 8 * LANES * sizeof(float);
  }
  volatile int32_t keep = 0;
  for (int j = 0; j < 8; ++j) keep |= __builtin_reduce_or(s[j]);
}

static void probe_touch(rk_share *share, const void *arguments) {
  const rk_probe_args *g = arguments;
  const size_t start = rk_part_start(g->count, share->part, share->parts);
  const size_t end = rk_part_start(g->count, share->part + 1, share->parts);
  memset((float *)g->data + start, 0, (end - start) * sizeof(float));
  share->work.bytes += (end - start) * sizeof(float);
}
