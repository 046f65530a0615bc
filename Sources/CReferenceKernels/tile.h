// The register tile that the matrix product and attention are made of:
//
//   C[r, 0 ..< 16·vectors] (+)= Σ_p A[r, p] · B[p, 0 ..< 16·vectors]      for r in 0 ..< rows, p in 0 ..< k in order
//
// The sums stay in registers for the whole of k: rows × vectors of them, beside `vectors` of B and one broadcast of A. With
// 32 registers of 16 floats 6 × 4 are possible, and each element of A and B that is loaded is used 4 and 6 times. Every
// combination of rows and vectors has code of its own, so a call with few rows costs few rows.
//
// An element of C is one chain of multiply-adds over p, whatever the tile's size: that is what makes results independent of
// how many rows a call has.

// Where B's vectors are: vector v of row p at base[v] + p · step. A base for each vector lets attention take pages from anywhere.
typedef struct {
  const float *base[RK_TILE_VECTORS];
  size_t step;
  const float *ahead[RK_TILE_VECTORS];  // where the vectors needed next are, to be fetched meanwhile
} tile_columns;

// Element (r, p) of A is a[r · row_step + p · step].
INLINE void tile(int rows, int vectors, size_t k, const float *a, size_t row_step, size_t step, tile_columns b,
                 bool fetch, vec sums[][RK_TILE_VECTORS]) {
  vec s[RK_TILE_ROWS][RK_TILE_VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; ++v) s[r][v] = sums[r][v];
  }
  for (size_t p = 0; p < k; ++p) {
    vec column[RK_TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; ++v) {
      column[v] = LOAD(b.base[v] + p * b.step);
      if (fetch) __builtin_prefetch(b.ahead[v] + p * b.step);
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; ++r) {
      const vec x = splat(a[(size_t)r * row_step + p * step]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; ++v) s[r][v] = FMA(x, column[v], s[r][v]);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; ++v) sums[r][v] = s[r][v];
  }
}

// RK_FOR_TILE(rows, vectors, CALL) calls CALL(rows, vectors) with both as constants.
#define RK_FOR_VECTORS(R, vectors, CALL)          \
  switch (vectors) {                              \
    case 1: CALL(R, 1); break;                    \
    case 2: CALL(R, RK_CAPPED(2)); break;         \
    case 3: CALL(R, RK_CAPPED(3)); break;         \
    default: CALL(R, RK_TILE_VECTORS); break;     \
  }
// Smaller tiles do not have the larger cases; the constant keeps them compiling.
#define RK_CAPPED(v) ((v) < RK_TILE_VECTORS ? (v) : RK_TILE_VECTORS)
#define RK_CAPPED_ROWS(r) ((r) < RK_TILE_ROWS ? (r) : RK_TILE_ROWS)
#define RK_FOR_TILE(rows, vectors, CALL)                                    \
  switch (rows) {                                                           \
    case 1: RK_FOR_VECTORS(1, vectors, CALL) break;                         \
    case 2: RK_FOR_VECTORS(RK_CAPPED_ROWS(2), vectors, CALL) break;         \
    case 3: RK_FOR_VECTORS(RK_CAPPED_ROWS(3), vectors, CALL) break;         \
    case 4: RK_FOR_VECTORS(RK_CAPPED_ROWS(4), vectors, CALL) break;         \
    case 5: RK_FOR_VECTORS(RK_CAPPED_ROWS(5), vectors, CALL) break;         \
    default: RK_FOR_VECTORS(RK_TILE_ROWS, vectors, CALL) break;             \
  }

// How m rows are cut into tiles: as few as possible, and of sizes that differ by at most one, so that 7 rows are 4 + 3 and not
// 6 + 1.
INLINE size_t row_tiles(size_t m) { return (m + RK_TILE_ROWS - 1) / RK_TILE_ROWS; }
INLINE size_t row_tile_start(size_t m, size_t tiles, size_t i) {
  const size_t base = m / tiles, more = m % tiles;
  return i * base + rk_min(i, more);
}
