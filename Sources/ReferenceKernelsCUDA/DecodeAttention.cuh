// Attention of one new token a sequence over its paged context.
//
// A block has one KV head's queries and 256 tokens of one sequence; a second kernel joins the parts of longer
// contexts. The parts do not depend on the batch, so neither does a result. Within a warp, as many lanes as a
// head has 128-bit pieces share one token; each such group of lanes keeps an online softmax of its own
// tokens, and the groups are joined at the end.
#pragma once
#include "PagedCache.h"
#include "Vectors.h"

namespace swiftkv {

/// Tokens of a context that one block attends to.
constexpr int decodeSplit = 256;
constexpr int decodeWarps = 4;
/// Tokens a lane has in flight: as many 128-bit loads of keys and of values.
constexpr int decodeUnroll = 4;
/// A maximum before any score: finite, so that differences of two maxima are numbers.
constexpr float noScore = -1e30f;
constexpr float log2e = 1.4426950408889634f;

/// How the lanes of a warp share tokens.
template <class KV, int headDim>
struct DecodeLanes {
  /// Elements of a 128-bit load.
  static constexpr int elements = 16 / int(sizeof(KV));
  static constexpr int perToken = headDim / elements;
  static constexpr int tokens = 32 / perToken;
  /// Tokens that a block takes at a time.
  static constexpr int step = decodeWarps * decodeUnroll * tokens;
  /// Queries a lane can have in registers: elements * queries of them, and as many of the result.
  static constexpr int maxQueries = 64 / elements;
  static_assert(headDim % elements == 0 && 32 % perToken == 0 && decodeSplit % step == 0);

  HOST_DEVICE static constexpr int token(int base, int warp, int unrolled, int lane) {
    return base + (unrolled * decodeWarps + warp) * tokens + lane / perToken;
  }
};

template <class KV, int elements>
__device__ inline void loadLine(float (&x)[elements], const uint4& bits) {
  static_assert(elements * sizeof(KV) == 16);
  KV line[elements];
  memcpy(line, &bits, 16);
#pragma unroll
  for (int i = 0; i < elements; i++) x[i] = toFloat(line[i]);
}

/// Where a query's part of the context goes: headDim weighted sums of values, then maximum and sum of the
/// weights.
HOST_DEVICE inline int64_t decodePart(int sequence, int head, int heads, int split, int splits) {
  return (int64_t(sequence) * heads + head) * splits + split;
}

template <class KV, int headDim, int queries>
__global__ void __launch_bounds__(decodeWarps * 32)
    decodeKernel(const bf16* q, PagedCache<KV> cache, const int* contexts, bf16* output, float* partSums,
                 float* partStates, int heads, int splits, float scale) {
  using Lanes = DecodeLanes<KV, headDim>;
  constexpr int elements = Lanes::elements;
  const int group = heads / cache.kvHeads, tiles = ceilDiv(group, queries);
  const int kvHead = int(blockIdx.x) / tiles, firstQuery = int(blockIdx.x) % tiles * queries;
  const int split = int(blockIdx.y), sequence = int(blockIdx.z);
  const int context = contexts[sequence];
  const int first = split * decodeSplit;
  if (first >= context) return;
  const int end = least(first + decodeSplit, context);
  const int warp = int(threadIdx.x) / 32, lane = int(threadIdx.x) % 32;
  const int element = lane % Lanes::perToken * elements;
  const int* table = cache.blockTable + int64_t(sequence) * cache.tableWidth;

  // Scores are in units of log2(e): the exponentials are powers of two.
  const float queryScale = scale * log2e * cache.keyScale;
  float query[queries][elements], sum[queries][elements], maximum[queries], weight[queries];
#pragma unroll
  for (int i = 0; i < queries; i++) {
    const bool isQuery = firstQuery + i < group;
    const int head = kvHead * group + firstQuery + i;
    const bf16* from = q + (int64_t(sequence) * heads + (isQuery ? head : 0)) * headDim + element;
#pragma unroll
    for (int e = 0; e < elements; e += 8) {
      const Eight part = load8(from + e, isQuery ? 8 : 0);
#pragma unroll
      for (int x = 0; x < 8; x++) query[i][e + x] = part.x[x] * queryScale;
    }
#pragma unroll
    for (int e = 0; e < elements; e++) sum[i][e] = 0;
    maximum[i] = noScore;
    weight[i] = 0;
  }

  for (int base = first; base < end; base += Lanes::step) {
    uint4 keys[decodeUnroll], values[decodeUnroll];
#pragma unroll
    for (int u = 0; u < decodeUnroll; u++) {
      // Past the end the last token is read again and its score dropped.
      const int token = least(Lanes::token(base, warp, u, lane), end - 1);
      const int64_t offset = cacheOffset(table, token, cache.kvHeads, kvHead, headDim) + element;
      keys[u] = *reinterpret_cast<const uint4*>(cache.keys + offset);
      values[u] = *reinterpret_cast<const uint4*>(cache.values + offset);
    }
    float scores[decodeUnroll][queries];
#pragma unroll
    for (int u = 0; u < decodeUnroll; u++) {
      float key[elements];
      loadLine<KV>(key, keys[u]);
      const bool isToken = Lanes::token(base, warp, u, lane) < end;
#pragma unroll
      for (int i = 0; i < queries; i++) {
        float score = 0;
#pragma unroll
        for (int e = 0; e < elements; e++) score += query[i][e] * key[e];
#pragma unroll
        for (int x = 1; x < Lanes::perToken; x <<= 1) score += __shfl_xor_sync(0xFFFFFFFF, score, x);
        scores[u][i] = isToken ? score : -INFINITY;
      }
    }
#pragma unroll
    for (int i = 0; i < queries; i++) {
      float newMaximum = maximum[i];
#pragma unroll
      for (int u = 0; u < decodeUnroll; u++) newMaximum = fmaxf(newMaximum, scores[u][i]);
      const float fade = exp2f(maximum[i] - newMaximum);
      maximum[i] = newMaximum;
      weight[i] *= fade;
#pragma unroll
      for (int e = 0; e < elements; e++) sum[i][e] *= fade;
#pragma unroll
      for (int u = 0; u < decodeUnroll; u++) {
        scores[u][i] = exp2f(scores[u][i] - newMaximum);
        weight[i] += scores[u][i];
      }
    }
#pragma unroll
    for (int u = 0; u < decodeUnroll; u++) {
      float value[elements];
      loadLine<KV>(value, values[u]);
#pragma unroll
      for (int i = 0; i < queries; i++)
#pragma unroll
        for (int e = 0; e < elements; e++) sum[i][e] += scores[u][i] * value[e];
    }
  }

  // Joins the groups of lanes of a warp.
#pragma unroll
  for (int i = 0; i < queries; i++) {
#pragma unroll
    for (int x = Lanes::perToken; x < 32; x <<= 1) {
      const float other = __shfl_xor_sync(0xFFFFFFFF, maximum[i], x);
      const float joint = fmaxf(maximum[i], other);
      const float mine = exp2f(maximum[i] - joint), theirs = exp2f(other - joint);
      maximum[i] = joint;
      weight[i] = weight[i] * mine + __shfl_xor_sync(0xFFFFFFFF, weight[i], x) * theirs;
#pragma unroll
      for (int e = 0; e < elements; e++)
        sum[i][e] = sum[i][e] * mine + __shfl_xor_sync(0xFFFFFFFF, sum[i][e], x) * theirs;
    }
  }

  // Joins the warps.
  DYNAMIC_SHARED(memory);
  float* sums = reinterpret_cast<float*>(memory);          // [warps, queries, headDim]
  float* maxima = sums + decodeWarps * queries * headDim;  // [warps, queries]
  float* weights = maxima + decodeWarps * queries;         // [warps, queries]
#pragma unroll
  for (int i = 0; i < queries; i++) {
    if (lane < Lanes::perToken) {
#pragma unroll
      for (int e = 0; e < elements; e++) sums[(warp * queries + i) * headDim + element + e] = sum[i][e];
    }
    if (lane == 0) {
      maxima[warp * queries + i] = maximum[i];
      weights[warp * queries + i] = weight[i];
    }
  }
  __syncthreads();
  for (int at = int(threadIdx.x); at < queries * headDim; at += decodeWarps * 32) {
    const int i = at / headDim, e = at % headDim;
    if (firstQuery + i >= group) continue;
    float joint = noScore, total = 0, result = 0;
    for (int x = 0; x < decodeWarps; x++) joint = fmaxf(joint, maxima[x * queries + i]);
    for (int x = 0; x < decodeWarps; x++) {
      const float share = exp2f(maxima[x * queries + i] - joint);
      total += weights[x * queries + i] * share;
      result += sums[(x * queries + i) * headDim + e] * share;
    }
    const int head = kvHead * group + firstQuery + i;
    if (context <= decodeSplit) {
      output[(int64_t(sequence) * heads + head) * headDim + e] = toBF16(result / total * cache.valueScale);
    } else {
      const int64_t part = decodePart(sequence, head, heads, split, splits);
      partSums[part * headDim + e] = result;
      if (e == 0) {
        partStates[part * 2] = joint;
        partStates[part * 2 + 1] = total;
      }
    }
  }
}

/// One block a query, one thread an element.
__global__ void decodeJoinKernel(const float* partSums, const float* partStates, const int* contexts,
                                 bf16* output, int heads, int splits, int headDim, float valueScale) {
  const int head = int(blockIdx.x), sequence = int(blockIdx.y), e = int(threadIdx.x);
  const int context = contexts[sequence];
  if (context <= decodeSplit || e >= headDim) return;
  const int64_t first = decodePart(sequence, head, heads, 0, splits);
  const int used = ceilDiv(context, decodeSplit);
  float joint = noScore, total = 0, result = 0;
  for (int part = 0; part < used; part++) joint = fmaxf(joint, partStates[(first + part) * 2]);
  for (int part = 0; part < used; part++) {
    const float share = exp2f(partStates[(first + part) * 2] - joint);
    total += partStates[(first + part) * 2 + 1] * share;
    result += partSums[(first + part) * headDim + e] * share;
  }
  output[(int64_t(sequence) * heads + head) * headDim + e] = toBF16(result / total * valueScale);
}

/// Floats of scratch memory for contexts up to `longest`.
inline size_t decodeScratch(int sequences, int heads, int headDim, int longest) {
  return size_t(sequences) * heads * ceilDiv(longest, decodeSplit) * (headDim + 2);
}

template <class KV, int headDim, int queries>
void decodeWith(const bf16* q, PagedCache<KV> cache, const int* contexts, bf16* output, float* scratch,
                int sequences, int heads, int longest, float scale, Stream stream) {
  const int splits = ceilDiv(longest, decodeSplit), tiles = ceilDiv(heads / cache.kvHeads, queries);
  float* states = scratch + size_t(sequences) * heads * splits * headDim;
  const dim3 grid(unsigned(cache.kvHeads * tiles), unsigned(splits), unsigned(sequences));
  const size_t shared = decodeWarps * queries * (headDim + 2) * sizeof(float);
  launch(&decodeKernel<KV, headDim, queries>, grid, decodeWarps * 32u, shared, stream, q, cache, contexts,
         output, scratch, states, heads, splits, scale);
  if (splits == 1) return;
  launch(&decodeJoinKernel, dim3(unsigned(heads), unsigned(sequences)), unsigned(headDim), 0, stream, scratch,
         states, contexts, output, heads, splits, headDim, cache.valueScale);
}

/// output, q [sequences, heads, headDim]; contexts [sequences], each 1...longest and the new token included;
/// scratch of
/// ``decodeScratch`` floats. False if there is no kernel for the head size (64 and 128 are compiled).
template <class KV>
bool decodeAttention(const bf16* q, PagedCache<KV> cache, const int* contexts, bf16* output, float* scratch,
                     int sequences, int heads, int headDim, int longest, float scale, Stream stream) {
  const auto run = [&](auto kernel) {
    kernel(q, cache, contexts, output, scratch, sequences, heads, longest, scale, stream);
    return true;
  };
  const int group = heads / cache.kvHeads;
  constexpr int most = DecodeLanes<KV, 128>::maxQueries;
  switch (headDim) {
    case 64:
      if (group == 1) return run(&decodeWith<KV, 64, 1>);
      if (group == 2) return run(&decodeWith<KV, 64, 2>);
      if (group <= 4) return run(&decodeWith<KV, 64, 4>);
      return run(&decodeWith<KV, 64, most>);
    case 128:
      if (group == 1) return run(&decodeWith<KV, 128, 1>);
      if (group == 2) return run(&decodeWith<KV, 128, 2>);
      if (group <= 4) return run(&decodeWith<KV, 128, 4>);
      return run(&decodeWith<KV, 128, most>);
    default:
      return false;
  }
}

}  // namespace swiftkv
