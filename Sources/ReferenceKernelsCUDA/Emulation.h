// CUDA's execution model on one CPU thread, as far as these kernels use it: the same kernel sources compile
// with a plain C++ compiler and run block after block, each thread a fibre that runs until a barrier.
//
// It is strict where a GPU would be silent: a barrier that some threads of the block or warp do not reach
// ends the program, dynamic shared memory begins as NaN and has its exact size on the heap (an address
// sanitiser sees every access outside it), and `order` starts the threads from the last one, so that code
// which relies on neighbours having run first shows it in one order or the other. Memory is sequentially
// consistent and warps take turns: races that need true concurrency are not found.
#pragma once
#include <ucontext.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

#include "Numbers.h"

#define __global__
#define __device__
#define __shared__ static
#define __launch_bounds__(...)

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
struct alignas(16) uint4 {
  uint32_t x, y, z, w;
};

inline dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulation {

/// Aligned as CUDA's memory, and not longer than asked for.
inline void* allocate(size_t bytes) {
  void* memory = nullptr;
  if (posix_memalign(&memory, 256, bytes) != 0) abort();
  return memory;
}

enum class Order { ascending, descending };

class Machine {
 public:
  Order order = Order::ascending;
  /// Barriers passed by threads so far: shows that kernels ran.
  long barriers = 0;

  void run(dim3 grid, dim3 block, size_t sharedBytes, const std::function<void()>& kernel) {
    body = &kernel;
    gridDim = grid;
    blockDim = block;
    if (block.y != 1 || block.z != 1 || block.x % 32) fail("blocks are rows of whole warps here");
    while (fibers.size() < block.x) fibers.push_back(std::make_unique<Fiber>());
    for (blockIdx.z = 0; blockIdx.z < grid.z; blockIdx.z++)
      for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++)
        for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++) runBlock(sharedBytes);
  }

  void* dynamicShared() { return shared; }

  void blockBarrier() { wait(State::atBlockBarrier); }
  void warpBarrier() { wait(State::atWarpBarrier); }

  template <class T>
  T exchange(T value, int laneMask) {
    static_assert(sizeof(T) <= 8);
    memcpy(slots[current], &value, sizeof(T));
    warpBarrier();
    memcpy(&value, slots[current ^ unsigned(laneMask)], sizeof(T));
    warpBarrier();
    return value;
  }

 private:
  enum class State { ready, atWarpBarrier, atBlockBarrier, finished };
  struct Fiber {
    static constexpr size_t stackSize = 1 << 18;
    ucontext_t context;
    std::unique_ptr<unsigned char[]> stack{new unsigned char[stackSize]};
    State state = State::ready;
  };
  std::vector<std::unique_ptr<Fiber>> fibers;
  ucontext_t scheduler;
  const std::function<void()>* body = nullptr;
  unsigned current = 0;
  void* shared = nullptr;
  alignas(8) unsigned char slots[1024][8];

  [[noreturn]] static void fail(const char* what) {
    fprintf(stderr, "emulation: block (%u, %u, %u): %s\n", blockIdx.x, blockIdx.y, blockIdx.z, what);
    exit(1);
  }

  void wait(State state) {
    barriers++;
    fibers[current]->state = state;
    swapcontext(&fibers[current]->context, &scheduler);
  }

  static Machine*& running() {
    static Machine* machine;
    return machine;
  }
  static void start() {
    (*running()->body)();
    running()->fibers[running()->current]->state = State::finished;
  }

  void runBlock(size_t sharedBytes) {
    running() = this;
    shared = allocate(sharedBytes);
    memset(shared, 0xFF, sharedBytes);
    const unsigned threads = blockDim.x;
    for (unsigned t = 0; t < threads; t++) {
      Fiber& fiber = *fibers[t];
      getcontext(&fiber.context);
      fiber.context.uc_stack.ss_sp = fiber.stack.get();
      fiber.context.uc_stack.ss_size = Fiber::stackSize;
      fiber.context.uc_link = &scheduler;
      fiber.state = State::ready;
      makecontext(&fiber.context, &start, 0);
    }
    for (;;) {
      bool progress = false;
      for (unsigned i = 0; i < threads; i++) {
        current = order == Order::ascending ? i : threads - 1 - i;
        if (fibers[current]->state != State::ready) continue;
        progress = true;
        threadIdx.x = current;
        swapcontext(&scheduler, &fibers[current]->context);
      }
      for (unsigned warp = 0; warp < threads; warp += 32) progress |= release(warp, 32, State::atWarpBarrier);
      progress |= release(0, threads, State::atBlockBarrier);
      if (!progress) break;
    }
    for (unsigned t = 0; t < threads; t++)
      if (fibers[t]->state != State::finished) fail("threads wait at a barrier that the others do not reach");
    free(shared);
  }

  /// Lets the threads go on if all of them have arrived.
  bool release(unsigned first, unsigned count, State barrier) {
    for (unsigned t = first; t < first + count; t++)
      if (fibers[t]->state != barrier) return false;
    for (unsigned t = first; t < first + count; t++) fibers[t]->state = State::ready;
    return true;
  }
};

inline Machine machine;

}  // namespace emulation

inline void __syncthreads() { emulation::machine.blockBarrier(); }
inline void __syncwarp() { emulation::machine.warpBarrier(); }
template <class T>
T __shfl_xor_sync(unsigned, T value, int laneMask) {
  return emulation::machine.exchange(value, laneMask);
}
inline float rsqrtf(float x) { return 1 / std::sqrt(x); }

/// Tensor-core tiles of 16 x 16 x 16. Lane 0 holds a tile whole and does a warp's work at once, without
/// waiting for the other lanes: a missing __syncwarp shows. Elements of other lanes exist (kernels scale
/// them) and mean nothing.
namespace nvcuda::wmma {

struct matrix_a;
struct matrix_b;
struct accumulator;
struct row_major;
struct col_major;
enum layout_t { mem_row_major, mem_col_major };

template <class Use, int M, int N, int K, class T, class Layout = void>
struct fragment {
  static_assert(M == 16 && N == 16 && K == 16);
  static constexpr int num_elements = 256;
  float x[256];  // row-major
};

template <class T>
bool isWorker(const T* p, unsigned ld) {
  if (reinterpret_cast<uintptr_t>(p) % 32 || ld * sizeof(T) % 16) {
    fprintf(stderr, "emulation: a tile is not aligned as CUDA demands\n");
    exit(1);
  }
  return threadIdx.x % 32 == 0;
}

inline float element(float x) { return x; }
inline float element(swiftkv::bf16 x) { return swiftkv::toFloat(x); }

template <class F>
void fill_fragment(F& f, float value) {
  for (float& x : f.x) x = value;
}
template <class Use, class T, class Layout>
void load_matrix_sync(fragment<Use, 16, 16, 16, T, Layout>& f, const T* p, unsigned ld) {
  if (!isWorker(p, ld)) return;
  constexpr bool transposed = std::is_same_v<Layout, col_major>;
  for (int r = 0; r < 16; r++)
    for (int c = 0; c < 16; c++) f.x[r * 16 + c] = element(transposed ? p[c * ld + r] : p[r * ld + c]);
}
inline void load_matrix_sync(fragment<accumulator, 16, 16, 16, float>& f, const float* p, unsigned ld,
                             layout_t) {
  if (!isWorker(p, ld)) return;
  for (int i = 0; i < 256; i++) f.x[i] = p[i / 16 * ld + i % 16];
}
inline void store_matrix_sync(float* p, const fragment<accumulator, 16, 16, 16, float>& f, unsigned ld,
                              layout_t) {
  if (!isWorker(p, ld)) return;
  for (int i = 0; i < 256; i++) p[i / 16 * ld + i % 16] = f.x[i];
}
template <class C, class A, class B>
void mma_sync(C& d, const A& a, const B& b, const C& c) {
  if (threadIdx.x % 32) return;
  C sum = c;
  for (int r = 0; r < 16; r++)
    for (int k = 0; k < 16; k++)
      for (int n = 0; n < 16; n++) sum.x[r * 16 + n] += a.x[r * 16 + k] * b.x[k * 16 + n];
  d = sum;
}

}  // namespace nvcuda::wmma
