// Keys and values of one layer in pages, as vLLM lays them out for FlashAttention: [blocks, pageSize,
// kvHeads, headDim], keys and values apart. A layer that shares its leader's cache (AcrossKV) is given the
// leader's pointers.
#pragma once
#include "Device.h"

namespace swiftkv {

/// Tokens of a block.
constexpr int pageSize = 16;

template <class KV>
struct PagedCache {
  const KV* keys;
  const KV* values;
  /// [sequences, tableWidth]: the block of each 16 tokens.
  const int* blockTable;
  int tableWidth;
  int kvHeads;
  /// What stored elements are multiplied by; 1 for BF16.
  float keyScale;
  float valueScale;
};

/// First element of a token's head in keys or values.
HOST_DEVICE inline int64_t cacheOffset(const int* table, int token, int kvHeads, int kvHead, int headDim) {
  const int64_t slot = int64_t(table[token / pageSize]) * pageSize + token % pageSize;
  return (slot * kvHeads + kvHead) * headDim;
}

}  // namespace swiftkv
