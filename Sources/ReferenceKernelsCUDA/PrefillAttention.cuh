// Causal attention of prompt chunks over their paged context, on tensor cores, with an online softmax.
//
// The queries of all heads that share a KV head are rows of one matrix, row = token * group + head: a tile of
// 64 rows reads keys and values once for all of them. A warp has 16 rows to itself; keys and values come in
// tiles of 64 tokens.
#pragma once
#include "DecodeAttention.cuh"

namespace swiftkv {

namespace prefillTile {
constexpr int rows = 64, keys = 64, warps = 4, threads = warps * 32;
/// From one row to the next in shared memory.
constexpr int scoreStride = keys + 4, weightStride = keys + 8, fadeStride = 20;
HOST_DEVICE constexpr int operandStride(int headDim) { return headDim + 8; }
HOST_DEVICE constexpr size_t operandBytes(int headDim) {
  return size_t(rows) * operandStride(headDim) * sizeof(bf16);
}
constexpr size_t shared(int headDim) {
  return 3 * operandBytes(headDim) + rows * scoreStride * sizeof(float) + rows * weightStride * sizeof(bf16) +
         warps * 16 * fadeStride * sizeof(float);
}
static_assert(rows == keys && rows == warps * 16);
}  // namespace prefillTile

/// The new tokens of several sequences, as rows of one batch.
struct PromptChunks {
  /// [sequences]: row of a sequence's first new token in q and output.
  const int* firstRow;
  /// [sequences]: tokens of the chunk.
  const int* newTokens;
  /// [sequences]: tokens before the chunk.
  const int* cachedTokens;
};

/// Keys that a row of packed queries may see; none past the last row.
HOST_DEVICE inline int visibleKeys(int row, int group, int newTokens, int cachedTokens) {
  return row < newTokens * group ? cachedTokens + row / group + 1 : 0;
}

/// Copies 64 tokens' keys or values to shared memory as BF16; zeros from `end` on, as zero weights must not
/// meet a NaN.
template <class KV, int headDim>
__device__ inline void loadKeyTile(bf16* to, const KV* from, const int* table, int base, int end, int kvHeads,
                                   int kvHead) {
  constexpr int pieces = headDim / 8;
  for (int at = int(threadIdx.x); at < prefillTile::keys * pieces; at += prefillTile::threads) {
    const int row = at / pieces, column = at % pieces * 8, key = base + row;
    uint4 bits{0, 0, 0, 0};
    if (key < end) {
      const KV* piece = from + cacheOffset(table, key, kvHeads, kvHead, headDim) + column;
      if constexpr (sizeof(KV) == 2)
        bits = loadBits(piece, 8);
      else
        bits = encode(load8(piece, 8));  // exact: BF16 has all of E4M3
    }
    *reinterpret_cast<uint4*>(to + row * prefillTile::operandStride(headDim) + column) = bits;
  }
}

template <class KV, int headDim>
__global__ void __launch_bounds__(prefillTile::threads)
    prefillKernel(const bf16* q, PagedCache<KV> cache, PromptChunks chunks, bf16* output, int heads,
                  float scale) {
  using namespace prefillTile;
  namespace wmma = nvcuda::wmma;
  constexpr int stride = operandStride(headDim), columns = headDim / 16;
  const int sequence = int(blockIdx.z), kvHead = int(blockIdx.y), group = heads / cache.kvHeads;
  const int newTokens = chunks.newTokens[sequence], cached = chunks.cachedTokens[sequence];
  const int queryRows = newTokens * group, tiles = ceilDiv(queryRows, rows);
  if (int(blockIdx.x) >= tiles) return;
  // The last tiles see most keys: they start first.
  const int firstRow = (tiles - 1 - int(blockIdx.x)) * rows;
  const int end = visibleKeys(least(firstRow + rows, queryRows) - 1, group, newTokens, cached);
  const int* table = cache.blockTable + int64_t(sequence) * cache.tableWidth;
  const int warp = int(threadIdx.x) / 32, lane = int(threadIdx.x) % 32;

  DYNAMIC_SHARED(memory);
  bf16* queries = reinterpret_cast<bf16*>(memory);
  bf16* keyTile = queries + rows * stride;
  bf16* valueTile = keyTile + rows * stride;
  float* scores = reinterpret_cast<float*>(valueTile + rows * stride) + warp * 16 * scoreStride;
  bf16* weights =
      reinterpret_cast<bf16*>(memory + 3 * operandBytes(headDim) + rows * scoreStride * sizeof(float)) +
      warp * 16 * weightStride;
  float* fades =
      reinterpret_cast<float*>(memory + 3 * operandBytes(headDim) +
                               rows * (scoreStride * sizeof(float) + weightStride * sizeof(bf16))) +
      warp * 16 * fadeStride;

  // Offset of a row of packed queries in q and output.
  const auto offset = [&](int row) {
    const int64_t token = chunks.firstRow[sequence] + row / group;
    return (token * heads + kvHead * group + row % group) * headDim;
  };
  for (int at = int(threadIdx.x); at < rows * (headDim / 8); at += threads) {
    const int row = at / (headDim / 8), column = at % (headDim / 8) * 8;
    const bool isQuery = firstRow + row < queryRows;
    *reinterpret_cast<uint4*>(queries + row * stride + column) =
        loadBits(q + (isQuery ? offset(firstRow + row) + column : 0), isQuery ? 8 : 0);
  }

  wmma::fragment<wmma::accumulator, 16, 16, 16, float> sums[columns];
#pragma unroll
  for (int j = 0; j < columns; j++) wmma::fill_fragment(sums[j], 0.f);
  // Two lanes share a row: half of its keys each.
  const int row = lane / 2, half = lane % 2 * (keys / 2);
  const int visible = visibleKeys(firstRow + warp * 16 + row, group, newTokens, cached);
  const float scoreScale = scale * log2e * cache.keyScale;
  float maximum = noScore, weight = 0;

  for (int base = 0; base < end; base += keys) {
    __syncthreads();  // all warps are done with the previous tile
    loadKeyTile<KV, headDim>(keyTile, cache.keys, table, base, end, cache.kvHeads, kvHead);
    loadKeyTile<KV, headDim>(valueTile, cache.values, table, base, end, cache.kvHeads, kvHead);
    __syncthreads();

    {
      wmma::fragment<wmma::accumulator, 16, 16, 16, float> products[keys / 16];
#pragma unroll
      for (int j = 0; j < keys / 16; j++) wmma::fill_fragment(products[j], 0.f);
#pragma unroll
      for (int d = 0; d < headDim; d += 16) {
        wmma::fragment<wmma::matrix_a, 16, 16, 16, TileElement, wmma::row_major> left;
        wmma::load_matrix_sync(left, tile(queries + warp * 16 * stride + d), stride);
#pragma unroll
        for (int j = 0; j < keys / 16; j++) {
          wmma::fragment<wmma::matrix_b, 16, 16, 16, TileElement, wmma::col_major> right;
          wmma::load_matrix_sync(right, tile(keyTile + j * 16 * stride + d), stride);
          wmma::mma_sync(products[j], left, right, products[j]);
        }
      }
#pragma unroll
      for (int j = 0; j < keys / 16; j++)
        wmma::store_matrix_sync(scores + j * 16, products[j], scoreStride, wmma::mem_row_major);
    }
    __syncwarp();

    const float* mine = scores + row * scoreStride + half;
    float newMaximum = maximum;
#pragma unroll 8
    for (int x = 0; x < keys / 2; x++)
      if (base + half + x < visible) newMaximum = fmaxf(newMaximum, mine[x] * scoreScale);
    newMaximum = fmaxf(newMaximum, __shfl_xor_sync(0xFFFFFFFF, newMaximum, 1));
    const float fade = exp2f(maximum - newMaximum);
    maximum = newMaximum;
    float total = 0;
#pragma unroll 8
    for (int x = 0; x < keys / 2; x++) {
      const float p = base + half + x < visible ? exp2f(mine[x] * scoreScale - maximum) : 0;
      total += p;
      weights[row * weightStride + half + x] = toBF16(p);
    }
    total += __shfl_xor_sync(0xFFFFFFFF, total, 1);
    weight = weight * fade + total;
    // Which element of an accumulator a lane has is not defined, but it is the same for all of them: the
    // rows' factors go through a tile of their own.
#pragma unroll
    for (int x = 0; x < 8; x++) fades[row * fadeStride + lane % 2 * 8 + x] = fade;
    __syncwarp();

    wmma::fragment<wmma::accumulator, 16, 16, 16, float> factors;
    wmma::load_matrix_sync(factors, fades, fadeStride, wmma::mem_row_major);
#pragma unroll
    for (int j = 0; j < columns; j++)
#pragma unroll
      for (int x = 0; x < factors.num_elements; x++) sums[j].x[x] *= factors.x[x];
#pragma unroll
    for (int key = 0; key < keys; key += 16) {
      wmma::fragment<wmma::matrix_a, 16, 16, 16, TileElement, wmma::row_major> left;
      wmma::load_matrix_sync(left, tile(weights + key), weightStride);
#pragma unroll
      for (int j = 0; j < columns; j++) {
        wmma::fragment<wmma::matrix_b, 16, 16, 16, TileElement, wmma::row_major> right;
        wmma::load_matrix_sync(right, tile(valueTile + key * stride + j * 16), stride);
        wmma::mma_sync(sums[j], left, right, sums[j]);
      }
    }
  }

  const float factor = cache.valueScale / weight;
#pragma unroll
  for (int j = 0; j < columns; j++) {
    __syncwarp();  // the previous columns have been read
    wmma::store_matrix_sync(scores, sums[j], scoreStride, wmma::mem_row_major);
    __syncwarp();
    const int queryRow = firstRow + warp * 16 + row, column = lane % 2 * 8;
    Eight value;
#pragma unroll
    for (int x = 0; x < 8; x++) value.x[x] = scores[row * scoreStride + column + x] * factor;
    if (queryRow < queryRows) store8(output + offset(queryRow) + j * 16 + column, value, 8);
  }
}

/// output, q [rows, heads, headDim]; `longest` is the most new tokens of a sequence. False if there is no
/// kernel for the head size (64 and 128 are compiled).
template <class KV>
bool prefillAttention(const bf16* q, PagedCache<KV> cache, PromptChunks chunks, bf16* output, int sequences,
                      int heads, int headDim, int longest, float scale, Stream stream) {
  const int tiles = ceilDiv(longest * (heads / cache.kvHeads), prefillTile::rows);
  const dim3 grid(unsigned(tiles), unsigned(cache.kvHeads), unsigned(sequences));
  const unsigned threads = prefillTile::threads;
  switch (headDim) {
    case 64:
      launch(&prefillKernel<KV, 64>, grid, threads, prefillTile::shared(64), stream, q, cache, chunks, output,
             heads, scale);
      return true;
    case 128:
      launch(&prefillKernel<KV, 128>, grid, threads, prefillTile::shared(128), stream, q, cache, chunks,
             output, heads, scale);
      return true;
    default:
      return false;
  }
}

}  // namespace swiftkv
