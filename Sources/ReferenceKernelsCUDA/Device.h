// What kernels and checks need of a device, once for CUDA and once for the emulation on the CPU: arrays,
// launches.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "Numbers.h"

#ifdef __CUDACC__
#include <cuda_runtime.h>
#include <mma.h>
#define DYNAMIC_SHARED(name) extern __shared__ __align__(128) unsigned char name[]
#else
#include "Emulation.h"
#define DYNAMIC_SHARED(name) \
  unsigned char* const name = static_cast<unsigned char*>(emulation::machine.dynamicShared())
#endif

namespace swiftkv {

#ifdef __CUDACC__

using Stream = cudaStream_t;
/// The element type that tensor-core fragments are declared with.
using TileElement = __nv_bfloat16;

/// Ends the program on an error of CUDA: after one no result can be trusted.
inline void require(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  fprintf(stderr, "error: %s: %s\n", what, cudaGetErrorString(status));
  exit(1);
}

#else

using Stream = int;
using TileElement = bf16;

#endif

HOST_DEVICE inline TileElement* tile(bf16* p) { return reinterpret_cast<TileElement*>(p); }

/// Elements in device memory. New ones hold 0xFF in every byte: NaN in every format used here, so that what a
/// kernel left unwritten is seen.
template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(size_t count) : count(count) {
    if (count == 0) return;
#ifdef __CUDACC__
    require(cudaMalloc(&elements, count * sizeof(T)), "cudaMalloc");
    require(cudaMemset(elements, 0xFF, count * sizeof(T)), "cudaMemset");
    // The fill runs on another stream than the kernels.
    require(cudaDeviceSynchronize(), "cudaMemset");
#else
    // Exactly as long as it is: an address sanitiser sees the first byte beyond.
    elements = static_cast<T*>(emulation::allocate(count * sizeof(T)));
    memset(static_cast<void*>(elements), 0xFF, count * sizeof(T));
#endif
  }
  explicit DeviceArray(const std::vector<T>& host) : DeviceArray(host.size()) { copy(host); }
  DeviceArray(const DeviceArray&) = delete;
  ~DeviceArray() {
#ifdef __CUDACC__
    cudaFree(elements);
#else
    free(elements);
#endif
  }

  T* data() { return elements; }
  size_t size() const { return count; }

  void copy(const std::vector<T>& host) {
    if (count == 0) return;
#ifdef __CUDACC__
    require(cudaMemcpy(elements, host.data(), count * sizeof(T), cudaMemcpyHostToDevice),
            "copy to the device");
    require(cudaDeviceSynchronize(), "copy to the device");
#else
    memcpy(static_cast<void*>(elements), host.data(), count * sizeof(T));
#endif
  }

  /// Waits for what was launched before.
  std::vector<T> host() const {
    std::vector<T> result(count);
    if (count == 0) return result;
#ifdef __CUDACC__
    require(cudaDeviceSynchronize(), "a kernel");
    require(cudaMemcpy(result.data(), elements, count * sizeof(T), cudaMemcpyDeviceToHost),
            "copy to the host");
#else
    memcpy(static_cast<void*>(result.data()), elements, count * sizeof(T));
#endif
    return result;
  }

 private:
  size_t count;
  T* elements = nullptr;
};

/// Starts a kernel; nothing happens where the grid is empty.
template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, unsigned threads, size_t shared, Stream stream,
            Arguments... arguments) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
#ifdef __CUDACC__
  if (shared > 48 << 10)
    require(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                 cudaFuncAttributeMaxDynamicSharedMemorySize, int(shared)),
            "shared memory of a kernel");
  kernel<<<grid, threads, shared, stream>>>(arguments...);
  require(cudaGetLastError(), "launch of a kernel");
#else
  (void)stream;
  emulation::machine.run(grid, dim3(threads), shared, [&] { kernel(arguments...); });
#endif
}

template <class T>
HOST_DEVICE constexpr T ceilDiv(T a, T b) {
  return (a + b - 1) / b;
}
template <class T>
HOST_DEVICE constexpr T least(T a, T b) {
  return b < a ? b : a;
}

}  // namespace swiftkv
