// C = A · W^T with W packed once into panels [n/64][k][64].
//
// A unit of work is a panel and a tile of rows; they are numbered panel by panel and each thread has an even share of them. A
// panel stays in the cache while the rows pass over it, so W is read once; the few rows of a tile stay in L1.

// Sums of a tile's columns 16·first… into C, `columns` of them at most.
#define GEMM_TILE(R, V)                                                                                    \
  {                                                                                                        \
    vec sums[R][RK_TILE_VECTORS] = {};                                                                     \
    tile_columns b = {.step = RK_PANEL};                                                                   \
    for (int v = 0; v < (V); ++v) b.base[v] = panel + column + v * LANES;                                  \
    tile(R, V, k, a, lda, 1, b, false, sums);                                                                        \
    for (int r = 0; r < (R); ++r) {                                                                        \
      for (int v = 0; v < (V); ++v) {                                                                      \
        const size_t left = columns - column - (size_t)v * LANES;                                          \
        float *to = c + (size_t)r * ldc + column + v * LANES;                                              \
        if (left >= LANES) STORE(to, sums[r][v]);                                                          \
        else store_part(to, sums[r][v], left);                                                             \
      }                                                                                                    \
    }                                                                                                      \
  }

// rows × columns of C from one panel of W.
static void panel_rows(size_t rows, size_t columns, size_t k, const float *a, size_t lda, const float *panel, float *c,
                       size_t ldc) {
  for (size_t column = 0; column < columns; column += RK_TILE_VECTORS * LANES) {
    const size_t vectors = rk_min(RK_TILE_VECTORS, (columns - column + LANES - 1) / LANES);
    RK_FOR_TILE(rows, vectors, GEMM_TILE)
  }
}

static void gemm_f32(rk_share *share, const void *arguments) {
  const rk_gemm_args *g = arguments;
  const size_t tiles = row_tiles(g->m), units = (g->n + RK_PANEL - 1) / RK_PANEL * tiles;
  const size_t end = rk_part_start(units, share->part + 1, share->parts);
  for (size_t unit = rk_part_start(units, share->part, share->parts); unit < end; ++unit) {
    const size_t panel = unit / tiles, tile = unit % tiles, first_column = panel * RK_PANEL;
    const size_t columns = rk_min(RK_PANEL, g->n - first_column);
    const size_t row = row_tile_start(g->m, tiles, tile), rows = row_tile_start(g->m, tiles, tile + 1) - row;
    panel_rows(rows, columns, g->k, (const float *)g->a + row * g->lda, g->lda,
               (const float *)g->w + first_column * g->k, (float *)g->c + row * g->ldc + first_column, g->ldc);
    share->work.flops += 2 * rows * columns * g->k;
    // C; W with the first tile of rows, A with the first panel: each is counted once.
    share->work.bytes += sizeof(float) * (rows * columns + (tile == 0 ? columns * g->k : 0) +
                                          (panel == 0 ? rows * g->k : 0));
  }
}

#define GEMM_BF16_TILE(R, V)                                                               \
  {                                                                                        \
    vec s[R][RK_TILE_VECTORS] = {};                                                        \
    for (size_t p = 0; p < k; ++p) {                                                       \
      vec b[RK_TILE_VECTORS];                                                              \
      _Pragma("clang loop unroll(full)")                                                   \
      for (int v = 0; v < (V); ++v) b[v] = load_bf16(panel + p * RK_PANEL + column + v * LANES); \
      _Pragma("clang loop unroll(full)")                                                   \
      for (int r = 0; r < (R); ++r) {                                                      \
        const vec x = splat(a[(size_t)r * k + p]);                                         \
        _Pragma("clang loop unroll(full)")                                                 \
        for (int v = 0; v < (V); ++v) s[r][v] = FMA(x, b[v], s[r][v]);                     \
      }                                                                                    \
    }                                                                                      \
    for (int r = 0; r < (R); ++r) {                                                        \
      for (int v = 0; v < (V); ++v) STORE(c + r * RK_PANEL + (int)column + v * LANES, s[r][v]); \
    }                                                                                      \
  }

static void panel_rows_bf16(size_t rows, size_t columns, size_t k, const float *a, const uint16_t *panel, float *c) {
  for (size_t column = 0; column < columns; column += RK_TILE_VECTORS * LANES) {
    const size_t vectors = rk_min(RK_TILE_VECTORS, (columns - column + LANES - 1) / LANES);
    RK_FOR_TILE(rows, vectors, GEMM_BF16_TILE)
  }
}

// n numbers in FP32.
INLINE void floats_of_bf16(const uint16_t *from, size_t n, float *to) {
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) STORE(to + i, load_bf16(from + i));
  for (; i < n; ++i) to[i] = float_of_bf16(from[i]);
}

// Few tiles of rows read the panel in BF16, half the traffic; for more it is brought to FP32 once. The products and their order are
// the same either way.
static void gemm_bf16(rk_share *share, const void *arguments) {
  const rk_gemm_args *g = arguments;
  const size_t tiles = row_tiles(g->m), units = (g->n + RK_PANEL - 1) / RK_PANEL * tiles;
  const size_t end = rk_part_start(units, share->part + 1, share->parts);
  const bool widen = tiles > RK_BF16_DIRECT_TILES;
  float *c = share->scratch, *a = c + 8 * RK_PANEL, *wide = a + rk_round_up(8 * g->k, LANES);
  size_t wide_panel = SIZE_MAX;
  for (size_t unit = rk_part_start(units, share->part, share->parts); unit < end; ++unit) {
    const size_t panel = unit / tiles, tile = unit % tiles, first_column = panel * RK_PANEL;
    const size_t columns = rk_min(RK_PANEL, g->n - first_column);
    const size_t row = row_tile_start(g->m, tiles, tile), rows = row_tile_start(g->m, tiles, tile + 1) - row;
    const uint16_t *w = (const uint16_t *)g->w + first_column * g->k;
    for (size_t r = 0; r < rows; ++r) {
      floats_of_bf16((const uint16_t *)g->a + (row + r) * g->lda, g->k, a + r * g->k);
    }
    if (widen) {
      if (wide_panel != panel) floats_of_bf16(w, RK_PANEL * g->k, wide);
      wide_panel = panel;
      panel_rows(rows, RK_PANEL, g->k, a, g->k, wide, c, RK_PANEL);
    } else {
      panel_rows_bf16(rows, columns, g->k, a, w, c);
    }
    for (size_t r = 0; r < rows; ++r) {
      uint16_t *to = (uint16_t *)g->c + (row + r) * g->ldc + first_column;
      for (size_t j = 0; j < columns; j += LANES) {
        const hvec rounded = bf16_of_vec(LOAD(c + r * RK_PANEL + j));
        const size_t left = columns - j;
        if (left >= LANES) *(hvec_at *)(to + j) = rounded;
        else for (size_t i = 0; i < left; ++i) to[j + i] = rounded[i];
      }
    }
    share->work.flops += 2 * rows * columns * g->k;
    share->work.bytes += sizeof(uint16_t) * (rows * columns + (tile == 0 ? columns * g->k : 0) +
                                             (panel == 0 ? rows * g->k : 0));
  }
}
