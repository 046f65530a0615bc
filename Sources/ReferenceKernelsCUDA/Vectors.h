// Rows in pieces of eight elements: one 128-bit access of BF16 where the piece is whole and aligned, else
// element by element.
#pragma once
#include "Device.h"

namespace swiftkv {

struct Eight {
  float x[8];
};

HOST_DEVICE inline bool isAligned(const void* p, unsigned bytes) {
  return (reinterpret_cast<uintptr_t>(p) & (bytes - 1)) == 0;
}

/// The bits of eight elements; zeros from `count` on. Reads nothing if `count` is not positive.
__device__ inline uint4 loadBits(const bf16* p, int64_t count) {
  uint4 bits{0, 0, 0, 0};
  if (count >= 8 && isAligned(p, 16)) {
    bits = *reinterpret_cast<const uint4*>(p);
  } else {
    bf16 elements[8] = {};
#pragma unroll
    for (int i = 0; i < 8; i++)
      if (i < count) elements[i] = p[i];
    memcpy(&bits, elements, 16);
  }
  return bits;
}

__device__ inline Eight decode(uint4 bits) {
  bf16 elements[8];
  memcpy(elements, &bits, 16);
  Eight result;
#pragma unroll
  for (int i = 0; i < 8; i++) result.x[i] = toFloat(elements[i]);
  return result;
}

__device__ inline Eight load8(const bf16* p, int64_t count) { return decode(loadBits(p, count)); }

__device__ inline Eight load8(const e4m3* p, int64_t count) {
  e4m3 elements[8] = {};
  if (count >= 8 && isAligned(p, 8)) {
    const uint64_t bits = *reinterpret_cast<const uint64_t*>(p);
    memcpy(elements, &bits, 8);
  } else {
#pragma unroll
    for (int i = 0; i < 8; i++)
      if (i < count) elements[i] = p[i];
  }
  Eight result;
#pragma unroll
  for (int i = 0; i < 8; i++) result.x[i] = toFloat(elements[i]);
  return result;
}

__device__ inline uint4 encode(const Eight& value) {
  bf16 elements[8];
#pragma unroll
  for (int i = 0; i < 8; i++) elements[i] = toBF16(value.x[i]);
  uint4 bits;
  memcpy(&bits, elements, 16);
  return bits;
}

/// Writes the first `count` of eight elements, none if it is not positive.
__device__ inline void store8(bf16* p, const Eight& value, int64_t count) {
  if (count >= 8 && isAligned(p, 16)) {
    *reinterpret_cast<uint4*>(p) = encode(value);
  } else {
#pragma unroll
    for (int i = 0; i < 8; i++)
      if (i < count) p[i] = toBF16(value.x[i]);
  }
}

__device__ inline void store8(e4m3* p, const Eight& value, int64_t count) {
  if (count >= 8 && isAligned(p, 8)) {
    e4m3 elements[8];
#pragma unroll
    for (int i = 0; i < 8; i++) elements[i] = toE4M3(value.x[i]);
    uint64_t bits;
    memcpy(&bits, elements, 8);
    *reinterpret_cast<uint64_t*>(p) = bits;
  } else {
#pragma unroll
    for (int i = 0; i < 8; i++)
      if (i < count) p[i] = toE4M3(value.x[i]);
  }
}

/// Sum over a block of whole warps, in every thread; `partial` has room for 32 floats of shared memory and is
/// free afterwards only past the block's next barrier.
__device__ inline float blockSum(float value, float* partial) {
#pragma unroll
  for (int step = 16; step > 0; step >>= 1) value += __shfl_xor_sync(0xFFFFFFFF, value, step);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = value;
  __syncthreads();
  float sum = 0;
  for (unsigned warp = 0; warp < blockDim.x / 32; warp++) sum += partial[warp];
  return sum;
}

}  // namespace swiftkv
