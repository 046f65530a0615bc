// C[m, n] = A[m, k] * W[n, k]^T in BF16 with FP32 accumulation on tensor cores: 128 x 128 tiles of C, 32 of k
// at a time, two stages of shared memory. A plain kernel to compare the vendor's library with, not a rival of
// it. Any m, n, k.
#pragma once
#include "Vectors.h"

namespace swiftkv {

namespace gemmTile {
constexpr int rows = 128, columns = 128, depth = 32, threads = 256;
/// Elements from one row of a tile in shared memory to the next: padded, so that rows start in different
/// banks.
constexpr int stride = depth + 8;
constexpr int operand = rows * stride;
constexpr size_t shared = 2 * 2 * operand * sizeof(bf16);
/// A warp has 64 x 32 of the tile, 4 x 2 fragments of 16 x 16; warps stand 2 x 4.
constexpr int warpRows = 4, warpColumns = 2;
static_assert(rows == columns, "A and W are loaded by the same code");

/// First row and column of a warp's part of the tile.
HOST_DEVICE constexpr int warpRow(int warp) { return warp / 4 * 64; }
HOST_DEVICE constexpr int warpColumn(int warp) { return warp % 4 * 32; }
}  // namespace gemmTile

/// Two pieces of eight elements for each of 256 threads: a 128 x 32 part of a row-major matrix, zeros
/// outside.
__device__ inline void loadGEMMTile(uint4 (&pieces)[2], const bf16* matrix, int64_t leading, int firstRow,
                                    int rows, int firstColumn, int columns) {
#pragma unroll
  for (int i = 0; i < 2; i++) {
    const int piece = int(threadIdx.x) + i * gemmTile::threads;
    const int row = firstRow + piece / 4, column = firstColumn + piece % 4 * 8;
    pieces[i] = loadBits(matrix + row * leading + column, row < rows ? columns - column : 0);
  }
}

__device__ inline void storeGEMMTile(bf16* tile, const uint4 (&pieces)[2]) {
#pragma unroll
  for (int i = 0; i < 2; i++) {
    const int piece = int(threadIdx.x) + i * gemmTile::threads;
    *reinterpret_cast<uint4*>(tile + piece / 4 * gemmTile::stride + piece % 4 * 8) = pieces[i];
  }
}

__global__ void __launch_bounds__(gemmTile::threads)
    gemmKernel(const bf16* a, const bf16* w, bf16* c, int m, int n, int k, int64_t lda, int64_t ldc) {
  using namespace gemmTile;
  namespace wmma = nvcuda::wmma;
  DYNAMIC_SHARED(memory);
  bf16* stages = reinterpret_cast<bf16*>(memory);
  const int firstRow = int(blockIdx.x) * rows, firstColumn = int(blockIdx.y) * columns;
  const int warp = int(threadIdx.x) / 32, lane = int(threadIdx.x) % 32;

  wmma::fragment<wmma::accumulator, 16, 16, 16, float> sums[warpRows][warpColumns];
#pragma unroll
  for (int i = 0; i < warpRows; i++)
#pragma unroll
    for (int j = 0; j < warpColumns; j++) wmma::fill_fragment(sums[i][j], 0.f);

  uint4 nextA[2], nextW[2];
  const int steps = ceilDiv(k, depth);
  if (steps > 0) {
    loadGEMMTile(nextA, a, lda, firstRow, m, 0, k);
    loadGEMMTile(nextW, w, k, firstColumn, n, 0, k);
    storeGEMMTile(stages, nextA);
    storeGEMMTile(stages + operand, nextW);
  }
  __syncthreads();
  for (int step = 0; step < steps; step++) {
    bf16* tileA = stages + step % 2 * 2 * operand;
    bf16* tileW = tileA + operand;
    if (step + 1 < steps) {
      loadGEMMTile(nextA, a, lda, firstRow, m, (step + 1) * depth, k);
      loadGEMMTile(nextW, w, k, firstColumn, n, (step + 1) * depth, k);
    }
#pragma unroll
    for (int d = 0; d < depth; d += 16) {
      wmma::fragment<wmma::matrix_a, 16, 16, 16, TileElement, wmma::row_major> left[warpRows];
      wmma::fragment<wmma::matrix_b, 16, 16, 16, TileElement, wmma::col_major> right[warpColumns];
#pragma unroll
      for (int i = 0; i < warpRows; i++)
        wmma::load_matrix_sync(left[i], tile(tileA + (warpRow(warp) + i * 16) * stride + d), stride);
#pragma unroll
      for (int j = 0; j < warpColumns; j++)
        wmma::load_matrix_sync(right[j], tile(tileW + (warpColumn(warp) + j * 16) * stride + d), stride);
#pragma unroll
      for (int i = 0; i < warpRows; i++)
#pragma unroll
        for (int j = 0; j < warpColumns; j++) wmma::mma_sync(sums[i][j], left[i], right[j], sums[i][j]);
    }
    if (step + 1 < steps) {
      // The other stage: last read before the barrier that ended the previous step.
      bf16* other = stages + (step + 1) % 2 * 2 * operand;
      storeGEMMTile(other, nextA);
      storeGEMMTile(other + operand, nextW);
    }
    __syncthreads();
  }

  // Through shared memory, as only there it is known which lane has which element.
  constexpr int outStride = 20;
  float* out = reinterpret_cast<float*>(memory) + warp * 16 * outStride;
#pragma unroll
  for (int i = 0; i < warpRows; i++) {
#pragma unroll
    for (int j = 0; j < warpColumns; j++) {
      wmma::store_matrix_sync(out, sums[i][j], outStride, wmma::mem_row_major);
      __syncwarp();
      const int row = firstRow + warpRow(warp) + i * 16 + lane / 2;
      const int column = firstColumn + warpColumn(warp) + j * 16 + lane % 2 * 8;
      Eight value;
#pragma unroll
      for (int e = 0; e < 8; e++) value.x[e] = out[lane / 2 * outStride + lane % 2 * 8 + e];
      store8(c + row * ldc + column, value, row < m ? n - column : 0);
      __syncwarp();
    }
  }
}

/// a [m, k] with rows `lda` apart, w [n, k], c [m, n] with rows `ldc` apart.
inline void gemm(const bf16* a, const bf16* w, bf16* c, int m, int n, int k, int64_t lda, int64_t ldc,
                 Stream stream) {
  // Neighbouring blocks share weights, which are the larger operand where m is small.
  const dim3 grid(unsigned(ceilDiv(m, gemmTile::rows)), unsigned(ceilDiv(n, gemmTile::columns)));
  launch(&gemmKernel, grid, unsigned(gemmTile::threads), gemmTile::shared, stream, a, w, c, m, n, k, lda,
         ldc);
}

}  // namespace swiftkv
