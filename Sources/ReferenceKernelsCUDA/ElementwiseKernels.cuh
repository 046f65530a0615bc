// Kernels limited by memory traffic: norms, rotary embedding, activation, cache writes, row copies, FP8
// conversion, argmax. Activations are BF16, arithmetic is FP32. Shapes in brackets, row-major; m = rows.
#pragma once
#include <climits>

#include "PagedCache.h"
#include "Vectors.h"

namespace swiftkv {

constexpr unsigned elementwiseThreads = 256;

inline dim3 gridFor(int64_t work) { return dim3(unsigned(ceilDiv<int64_t>(work, elementwiseThreads))); }

__device__ inline int64_t globalThread() { return int64_t(blockIdx.x) * blockDim.x + threadIdx.x; }

/// residual += x; y = residual / rms(residual) * weight. The norm is of the sum as it is stored. One block a
/// row.
__global__ void rmsNormKernel(const bf16* x, bf16* residual, const bf16* weight, bf16* y, int hidden,
                              float epsilon) {
  DYNAMIC_SHARED(memory);
  float* partial = reinterpret_cast<float*>(memory);
  uint4* row = reinterpret_cast<uint4*>(memory + 128);  // the stored sum; a thread reads only what it wrote
  const int64_t start = int64_t(blockIdx.x) * hidden;
  float squares = 0;
  for (int c = int(threadIdx.x) * 8; c < hidden; c += int(blockDim.x) * 8) {
    Eight sum = load8(x + start + c, hidden - c);
    const Eight before = load8(residual + start + c, hidden - c);
#pragma unroll
    for (int i = 0; i < 8; i++) sum.x[i] += before.x[i];
    row[c / 8] = encode(sum);
    sum = decode(row[c / 8]);
    store8(residual + start + c, sum, hidden - c);
#pragma unroll
    for (int i = 0; i < 8; i++) squares += sum.x[i] * sum.x[i];
  }
  const float factor = rsqrtf(blockSum(squares, partial) / float(hidden) + epsilon);
  for (int c = int(threadIdx.x) * 8; c < hidden; c += int(blockDim.x) * 8) {
    Eight value = decode(row[c / 8]);
    const Eight scale = load8(weight + c, hidden - c);
#pragma unroll
    for (int i = 0; i < 8; i++) value.x[i] *= factor * scale.x[i];
    store8(y + start + c, value, hidden - c);
  }
}

/// x, residual, y [m, hidden], weight [hidden]; hidden up to 23,000 (a row has to fit 48 KB).
inline void rmsNorm(const bf16* x, bf16* residual, const bf16* weight, bf16* y, int m, int hidden,
                    float epsilon, Stream stream) {
  const size_t shared = 128 + ceilDiv<size_t>(hidden, 8) * 16;
  launch(&rmsNormKernel, dim3(unsigned(m)), elementwiseThreads, shared, stream, x, residual, weight, y,
         hidden, epsilon);
}

/// Where one thread of the rotary kernels works: 16 elements of one head.
struct RotaryUnit {
  int64_t row;
  int head;
  /// Eight elements from here and eight from `headDim / 2` further on, of a head that is rotated.
  int low;
};

/// Thread `index` of rows of `heads` heads; `headDim` is a multiple of 16.
HOST_DEVICE inline RotaryUnit rotaryUnit(int64_t index, int heads, int headDim) {
  const int perHead = headDim / 16, perRow = heads * perHead;
  const int unit = int(index % perRow);
  return {index / perRow, unit / perHead, unit % perHead * 8};
}

/// Llama's half-split rotation of pairs (i, i + headDim / 2) of one head by a position's angles.
__device__ inline void rotate(const bf16* from, bf16* to, const float* cosines, const float* sines, int low,
                              int headDim) {
  const int high = low + headDim / 2;
  const Eight a = load8(from + low, 8), b = load8(from + high, 8);
  Eight first, second;
#pragma unroll
  for (int i = 0; i < 8; i++) {
    first.x[i] = a.x[i] * cosines[low + i] - b.x[i] * sines[low + i];
    second.x[i] = b.x[i] * cosines[low + i] + a.x[i] * sines[low + i];
  }
  store8(to + low, first, 8);
  store8(to + high, second, 8);
}

/// Splits rows [q | k | v] into Q, K and V, rotating Q and K; without key/value heads the rows are [q].
__global__ void rotaryKernel(const bf16* qkv, const int* positions, const float* cosines, const float* sines,
                             bf16* q, bf16* k, bf16* v, int64_t units, int heads, int kvHeads, int headDim) {
  if (globalThread() >= units) return;
  const RotaryUnit at = rotaryUnit(globalThread(), heads + 2 * kvHeads, headDim);
  const bf16* from = qkv + (at.row * (heads + 2 * kvHeads) + at.head) * headDim;
  const int64_t angles = int64_t(positions[at.row]) * (headDim / 2);
  if (at.head < heads) {
    bf16* to = q + (at.row * heads + at.head) * headDim;
    rotate(from, to, cosines + angles, sines + angles, at.low, headDim);
  } else if (at.head < heads + kvHeads) {
    bf16* to = k + (at.row * kvHeads + at.head - heads) * headDim;
    rotate(from, to, cosines + angles, sines + angles, at.low, headDim);
  } else {
    bf16* to = v + (at.row * kvHeads + at.head - heads - kvHeads) * headDim;
    store8(to + at.low, load8(from + at.low, 8), 8);
    store8(to + at.low + headDim / 2, load8(from + at.low + headDim / 2, 8), 8);
  }
}

/// qkv [m, (heads + 2 kvHeads) headDim], q [m, heads headDim], k and v [m, kvHeads headDim]; cosines and
/// sines [positions, headDim / 2]; headDim a multiple of 16.
inline void rotary(const bf16* qkv, const int* positions, const float* cosines, const float* sines, bf16* q,
                   bf16* k, bf16* v, int m, int heads, int kvHeads, int headDim, Stream stream) {
  const int64_t units = int64_t(m) * (heads + 2 * kvHeads) * (headDim / 16);
  launch(&rotaryKernel, gridFor(units), elementwiseThreads, 0, stream, qkv, positions, cosines, sines, q, k,
         v, units, heads, kvHeads, headDim);
}

__global__ void rotaryKeysKernel(bf16* k, const int* positions, const float* cosines, const float* sines,
                                 int64_t units, int kvHeads, int headDim) {
  if (globalThread() >= units) return;
  const RotaryUnit at = rotaryUnit(globalThread(), kvHeads, headDim);
  bf16* head = k + (at.row * kvHeads + at.head) * headDim;
  const int64_t angles = int64_t(positions[at.row]) * (headDim / 2);
  rotate(head, head, cosines + angles, sines + angles, at.low, headDim);
}

/// Rotates k [tokens, kvHeads headDim] in place.
inline void rotaryKeys(bf16* k, const int* positions, const float* cosines, const float* sines, int tokens,
                       int kvHeads, int headDim, Stream stream) {
  const int64_t units = int64_t(tokens) * kvHeads * (headDim / 16);
  launch(&rotaryKeysKernel, gridFor(units), elementwiseThreads, 0, stream, k, positions, cosines, sines,
         units, kvHeads, headDim);
}

/// Eight keys and eight values a thread, divided by their scales.
template <class KV>
__global__ void cacheWriteKernel(const bf16* k, const bf16* v, const int* slots, KV* keys, KV* values,
                                 int64_t pieces, int width, float keyFactor, float valueFactor) {
  if (globalThread() >= pieces) return;
  const int perRow = ceilDiv(width, 8);
  const int64_t row = globalThread() / perRow;
  const int column = int(globalThread() % perRow) * 8;
  const int slot = slots[row];
  if (slot < 0) return;
  const int64_t from = row * width + column, to = int64_t(slot) * width + column;
  Eight key = load8(k + from, width - column), value = load8(v + from, width - column);
#pragma unroll
  for (int i = 0; i < 8; i++) {
    key.x[i] *= keyFactor;
    value.x[i] *= valueFactor;
  }
  store8(keys + to, key, width - column);
  store8(values + to, value, width - column);
}

/// k and v [tokens, width] into the cache's slots (block * pageSize + place); a negative slot is left out.
/// `width` is kvHeads * headDim. Factors are 1 / scale, 1 for BF16.
template <class KV>
void cacheWrite(const bf16* k, const bf16* v, const int* slots, KV* keys, KV* values, int tokens, int width,
                float keyFactor, float valueFactor, Stream stream) {
  const int64_t pieces = int64_t(tokens) * ceilDiv(width, 8);
  launch(&cacheWriteKernel<KV>, gridFor(pieces), elementwiseThreads, 0, stream, k, v, slots, keys, values,
         pieces, width, keyFactor, valueFactor);
}

__global__ void siluMulKernel(const bf16* x, bf16* y, int64_t pieces, int width) {
  if (globalThread() >= pieces) return;
  const int perRow = ceilDiv(width, 8);
  const int64_t row = globalThread() / perRow;
  const int column = int(globalThread() % perRow) * 8;
  const Eight gate = load8(x + row * 2 * width + column, width - column);
  Eight value = load8(x + row * 2 * width + width + column, width - column);
#pragma unroll
  for (int i = 0; i < 8; i++) value.x[i] *= gate.x[i] / (1 + expf(-gate.x[i]));
  store8(y + row * width + column, value, width - column);
}

/// y [m, width] = silu(gate) * up of x [m, gate | up].
inline void siluMul(const bf16* x, bf16* y, int m, int width, Stream stream) {
  const int64_t pieces = int64_t(m) * ceilDiv(width, 8);
  launch(&siluMulKernel, gridFor(pieces), elementwiseThreads, 0, stream, x, y, pieces, width);
}

__global__ void gatherRowsKernel(const bf16* table, const int* indices, bf16* rows, int64_t pieces,
                                 int tableRows, int width) {
  if (globalThread() >= pieces) return;
  const int perRow = ceilDiv(width, 8);
  const int64_t row = globalThread() / perRow;
  const int column = int(globalThread() % perRow) * 8;
  const int index = indices[row];
  const bool isRow = index >= 0 && index < tableRows;
  const Eight value =
      load8(table + (isRow ? int64_t(index) * width + column : 0), isRow ? width - column : 0);
  store8(rows + row * width + column, value, width - column);
}

/// rows [count, width] = the named rows of table [tableRows, width], zeros for an index outside it. Embedding
/// is this, of token ids.
inline void gatherRows(const bf16* table, const int* indices, bf16* rows, int count, int tableRows, int width,
                       Stream stream) {
  const int64_t pieces = int64_t(count) * ceilDiv(width, 8);
  launch(&gatherRowsKernel, gridFor(pieces), elementwiseThreads, 0, stream, table, indices, rows, pieces,
         tableRows, width);
}

__global__ void scatterRowsKernel(const bf16* rows, const int* indices, bf16* table, int64_t pieces,
                                  int tableRows, int width) {
  if (globalThread() >= pieces) return;
  const int perRow = ceilDiv(width, 8);
  const int64_t row = globalThread() / perRow;
  const int column = int(globalThread() % perRow) * 8;
  const int index = indices[row];
  if (index < 0 || index >= tableRows) return;
  const Eight value = load8(rows + row * width + column, width - column);
  store8(table + int64_t(index) * width + column, value, width - column);
}

/// The named rows of table [tableRows, width] = rows [count, width]; an index outside it is left out.
inline void scatterRows(const bf16* rows, const int* indices, bf16* table, int count, int tableRows,
                        int width, Stream stream) {
  const int64_t pieces = int64_t(count) * ceilDiv(width, 8);
  launch(&scatterRowsKernel, gridFor(pieces), elementwiseThreads, 0, stream, rows, indices, table, pieces,
         tableRows, width);
}

__global__ void concatenateKernel(const bf16* x, bf16* y, int64_t pieces, int layers, int tokens, int width) {
  if (globalThread() >= pieces) return;
  const int perRow = ceilDiv(width, 8);
  const int64_t row = globalThread() / perRow;  // of x: layer * tokens + token
  const int column = int(globalThread() % perRow) * 8;
  const int64_t layer = row / tokens, token = row % tokens;
  const Eight value = load8(x + row * width + column, width - column);
  store8(y + (token * layers + layer) * width + column, value, width - column);
}

/// y [tokens, layers, width] of x [layers, tokens, width]: the keys (or values) of all later layers of a
/// token side by side.
inline void concatenate(const bf16* x, bf16* y, int layers, int tokens, int width, Stream stream) {
  const int64_t pieces = int64_t(layers) * tokens * ceilDiv(width, 8);
  launch(&concatenateKernel, gridFor(pieces), elementwiseThreads, 0, stream, x, y, pieces, layers, tokens,
         width);
}

template <class From, class To>
__global__ void scaleKernel(const From* x, To* y, int64_t count, float factor) {
  const int64_t first = globalThread() * 8;
  if (first >= count) return;
  Eight value = load8(x + first, count - first);
#pragma unroll
  for (int i = 0; i < 8; i++) value.x[i] *= factor;
  store8(y + first, value, count - first);
}

/// y = x * factor, rounded: BF16 to E4M3 (saturating) with 1 / scale, and back with the scale.
template <class From, class To>
void scale(const From* x, To* y, int64_t count, float factor, Stream stream) {
  launch(&scaleKernel<From, To>, gridFor(ceilDiv<int64_t>(count, 8)), elementwiseThreads, 0, stream, x, y,
         count, factor);
}

/// Whether (a, i) goes before (b, j): larger, or equal and earlier. NaN goes before nothing.
HOST_DEVICE inline bool isBefore(float a, int i, float b, int j) { return a > b || (a == b && i < j); }

__global__ void argmaxKernel(const bf16* logits, int* tokens, int vocabulary) {
  DYNAMIC_SHARED(memory);
  float* values = reinterpret_cast<float*>(memory);
  int* places = reinterpret_cast<int*>(memory + 128);
  const bf16* row = logits + int64_t(blockIdx.x) * vocabulary;
  float best = -INFINITY;
  int place = INT_MAX;
  for (int c = int(threadIdx.x) * 8; c < vocabulary; c += int(blockDim.x) * 8) {
    const Eight value = load8(row + c, vocabulary - c);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      if (c + i < vocabulary && isBefore(value.x[i], c + i, best, place)) {
        best = value.x[i];
        place = c + i;
      }
    }
  }
#pragma unroll
  for (int step = 16; step > 0; step >>= 1) {
    const float other = __shfl_xor_sync(0xFFFFFFFF, best, step);
    const int otherPlace = __shfl_xor_sync(0xFFFFFFFF, place, step);
    if (isBefore(other, otherPlace, best, place)) {
      best = other;
      place = otherPlace;
    }
  }
  if (threadIdx.x % 32 == 0) {
    values[threadIdx.x / 32] = best;
    places[threadIdx.x / 32] = place;
  }
  __syncthreads();
  if (threadIdx.x > 0) return;
  for (unsigned warp = 1; warp < blockDim.x / 32; warp++) {
    if (isBefore(values[warp], places[warp], best, place)) {
      best = values[warp];
      place = places[warp];
    }
  }
  tokens[blockIdx.x] = place == INT_MAX ? 0 : place;
}

/// tokens [rows] = the first of the largest logits [rows, vocabulary]; 0 where all are NaN.
inline void argmax(const bf16* logits, int* tokens, int rows, int vocabulary, Stream stream) {
  launch(&argmaxKernel, dim3(unsigned(rows)), elementwiseThreads, 256, stream, logits, tokens, vocabulary);
}

}  // namespace swiftkv
