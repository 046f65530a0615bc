// What is measured, and on which data: random numbers, as zeros run faster; weights and caches from a
// different place each launch, as a model's layers do, so that they come from device memory; activations
// where the previous launch left them.
#pragma once
#include "CheckData.h"
#include "DeviceSheet.h"
#include "ElementwiseKernels.cuh"
#include "GEMMKernel.cuh"
#include "PrefillAttention.cuh"
#include "Tables.h"
#include "Timing.cuh"
#include "VendorGEMM.cuh"

namespace swiftkv {

/// Uniform between -1 and 1, by a hash of the place.
template <class T>
__global__ void fillKernel(T* x, int64_t count, uint32_t seed) {
  for (int64_t i = globalThread(); i < count; i += int64_t(gridDim.x) * blockDim.x) {
    uint32_t h = uint32_t(i) * 0x9E3779B1u ^ uint32_t(i >> 32) ^ seed;
    h = (h ^ h >> 16) * 0x85EBCA6Bu;
    h = (h ^ h >> 13) * 0xC2B2AE35u;
    h ^= h >> 16;
    const float value = float(h >> 8) / float(1 << 23) - 1;
    if constexpr (sizeof(T) == 2)
      x[i] = toBF16(value);
    else
      x[i] = toE4M3(value);
  }
}

template <class T>
void fill(T* x, int64_t count, Stream stream) {
  launch(&fillKernel<T>, dim3(4096), elementwiseThreads, 0, stream, x, count, 12345u);
}

class Measurements {
 public:
  Measurements(Stream stream, VendorLibrary& library)
      : stream(stream), library(library), sheet(DeviceSheet::current()), stopwatch(stream) {
    tables.device = sheet.yaml();
  }

  Tables run() {
    gemms();
    keyValueProjections();
    elementwise();
    sharedCaches();
    attention<bf16>("bfloat16");
    attention<e4m3>("fp8");
    return tables;
  }

 private:
  Stream stream;
  VendorLibrary& library;
  DeviceSheet sheet;
  Stopwatch stopwatch;
  Tables tables;

  /// Copies of `bytes` of operands, of which a launch reads one, so that none is left in L2 when its turn
  /// comes again.
  int copies(int64_t bytes, int64_t arena) const {
    const int64_t wanted = ceilDiv<int64_t>(int64_t(3 * sheet.l2Bytes), std::max<int64_t>(bytes, 1));
    return int(std::max<int64_t>(1, std::min<int64_t>({wanted, arena / std::max<int64_t>(bytes, 1), 128})));
  }

  void compare(const std::string& kernel, const std::string& shape, const char* implementation, Timing timing,
               Work work, double peak, bool isShown) {
    const double roofline = 1e6 * std::max(work.flops / peak, work.bytes / sheet.memoryBandwidth);
    tables.comparison.push_back(
        {kernel, shape, implementation, timing.microseconds, timing.spread, work, roofline, isShown});
  }

  // MARK: GEMM

  /// Outputs n and inputs k of the matrices of Llama 3.1 8B and 70B (also a quarter of it, on one of four
  /// GPUs) and of Qwen3 14B, and a few small ones. The last is a head: only survivors' rows go through it.
  static constexpr int matrices[][2] = {
      {6144, 4096}, {4096, 4096},  {28672, 4096}, {4096, 14336},  {2048, 4096}, {7168, 5120},
      {5120, 5120}, {34816, 5120}, {5120, 17408}, {10240, 8192},  {2560, 8192}, {14336, 8192},
      {8192, 7168}, {1024, 1024},  {512, 2048},   {128256, 4096},
  };
  static constexpr int headOutputs = 128256, mostHeadRows = 512;
  static constexpr int tokenCounts[] = {1,   2,   4,   8,   16,  24,   32,   48,   64,   96,   128, 160,
                                        192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192};

  void gemms() {
    int64_t mostWeights = 0, mostA = 0, mostC = 0;
    for (const auto& matrix : matrices) {
      const int n = matrix[0], k = matrix[1];
      const int64_t rows = n == headOutputs ? mostHeadRows : 8192;
      mostWeights = std::max<int64_t>(mostWeights, int64_t(n) * k);
      mostA = std::max<int64_t>(mostA, rows * k);
      mostC = std::max<int64_t>(mostC, rows * n);
    }
    const int64_t arena = 2 * mostWeights;
    DeviceArray<bf16> weights(arena), a(mostA), c(mostC);
    DeviceArray<e4m3> weights8(arena), a8(mostA);
    fill(weights.data(), arena, stream);
    fill(a.data(), mostA, stream);
    fill(weights8.data(), arena, stream);
    for (const auto& matrix : matrices) {
      const int n = matrix[0], k = matrix[1];
      for (int m : tokenCounts) {
        if (n == headOutputs && m > mostHeadRows) continue;
        const int64_t size = int64_t(n) * k;
        const std::string columns =
            std::to_string(m) + "," + std::to_string(n) + "," + std::to_string(k) + ",";
        const std::string shape = shapeText({{"m", m}, {"n", n}, {"k", k}});
        const bool isShown = m == 1 || m == 16 || m == 128 || m == 1024 || m == 8192;
        const Work work = Work::gemm(m, n, k, 2);
        const int count = copies(size * 2, arena * 2);
        const VendorGEMM<bf16> vendor(library, m, n, k);
        if (vendor.accepts(a.data(), weights.data(), c.data(), stream)) {
          const Timing timing = stopwatch.time(
              count, [&](int i) { vendor.run(a.data(), weights.data() + i * size, c.data(), stream); });
          tables.gemmBF16 +=
              columns + Tables::ending("cublaslt", timing.microseconds, timing.spread, work) + "\n";
          compare("gemm_bf16", shape, "cublaslt", timing, work, sheet.bf16Peak, isShown);
        } else {
          tables.notes.push_back("cuBLASLt has no BF16 algorithm for " + shape);
        }
        // Ours at a few sizes: it calibrates nothing.
        if (isShown && n != headOutputs) {
          const Timing timing = stopwatch.time(count, [&](int i) {
            gemm(a.data(), weights.data() + i * size, c.data(), m, n, k, k, n, stream);
          });
          compare("gemm_bf16", shape, "own", timing, work, sheet.bf16Peak, true);
        }
        if (sheet.fp8Peak > 0)
          gemm8(m, n, k, columns, shape, isShown, a.data(), a8.data(), weights8.data(), arena, c.data());
      }
    }
  }

  /// A model's FP8 layer gets BF16 activations: the table's time has their quantisation in it, with a fixed
  /// scale.
  void gemm8(int m, int n, int k, const std::string& columns, const std::string& shape, bool isShown,
             const bf16* a, e4m3* a8, const e4m3* weights, int64_t arena, bf16* c) {
    const VendorGEMM<e4m3> vendor(library, m, n, k);
    scale(a, a8, int64_t(m) * k, 1.f, stream);
    if (!vendor.accepts(a8, weights, c, stream)) {
      tables.notes.push_back("cuBLASLt has no FP8 algorithm for " + shape);
      return;
    }
    const int64_t size = int64_t(n) * k;
    const int count = copies(size, arena);
    const Timing matrix =
        stopwatch.time(count, [&](int i) { vendor.run(a8, weights + i * size, c, stream); });
    const Timing whole = stopwatch.time(count, [&](int i) {
      scale(a, a8, int64_t(m) * k, 1.f, stream);
      vendor.run(a8, weights + i * size, c, stream);
    });
    const Work work = Work::gemm(m, n, k, 1);
    tables.gemmFP8 += columns + Tables::ending("cublaslt", whole.microseconds, whole.spread, work) + "," +
                      number(matrix.microseconds) + "\n";
    compare("gemm_fp8 without quantisation", shape, "cublaslt", matrix, work, sheet.fp8Peak, isShown);
  }

  /// SwiftKV: keys and values of 16 later layers (Llama 3.1 8B, half of them) from one hidden state.
  void keyValueProjections() {
    const int layers = 16, n = 2048, k = 4096, most = 8192;
    DeviceArray<bf16> weights(size_t(layers) * n * k), x(size_t(most) * k), y(size_t(layers) * most * n);
    fill(weights.data(), int64_t(weights.size()), stream);
    fill(x.data(), int64_t(x.size()), stream);
    for (int m : {16, 64, 256, 1024, 2048, 8192}) {
      const VendorGEMM<bf16> each(library, m, n, k), all(library, m, layers * n, k);
      if (!each.isSupported || !all.isSupported) continue;
      const Work work = Work::gemm(m, int64_t(layers) * n, k, 2);
      const std::string shape = shapeText({{"m", m}, {"layers", layers}, {"n", n}, {"k", k}});
      const Timing apart = stopwatch.time(1, [&](int) {
        for (int layer = 0; layer < layers; layer++)
          each.run(x.data(), weights.data() + int64_t(layer) * n * k, y.data() + int64_t(layer) * m * n,
                   stream);
      });
      compare("kv_proj of later layers, a call a layer", shape, "cublaslt", apart, work, sheet.bf16Peak,
              true);
      const Timing together =
          stopwatch.time(1, [&](int) { all.run(x.data(), weights.data(), y.data(), stream); });
      compare("kv_proj of later layers, one call", shape, "cublaslt", together, work, sheet.bf16Peak, true);
    }
  }

  // MARK: Elementwise kernels

  void elementwise(const char* kernel, int rows, int width, Work work, bool isShown,
                   const std::function<void(int)>& run) {
    const Timing timing = stopwatch.time(1, run);
    tables.elementwise += std::string(kernel) + "," + std::to_string(work.flops) + "," +
                          std::to_string(work.bytes) + "," + number(timing.microseconds) + ",own," +
                          number(timing.spread, 3) + "," + std::to_string(rows) + "," +
                          std::to_string(width) + "\n";
    compare(kernel, shapeText({{"rows", rows}, {"width", width}}), "own", timing, work, sheet.bf16Peak,
            isShown);
  }

  void elementwise() {
    const int most = 8192, vocabulary = 128256, mostLogits = 512, layers = 16;
    struct Model {
      int hidden, heads, kvHeads, headDim, intermediate;
    };
    const Model models[] = {{4096, 32, 8, 128, 14336}, {2048, 32, 8, 64, 8192}, {8192, 64, 8, 128, 28672}};
    const int widest = 2 * 28672;
    DeviceArray<bf16> x(int64_t(most) * widest), y(int64_t(most) * widest), r(int64_t(most) * 8192),
        logits(int64_t(mostLogits) * vocabulary), keys(int64_t(layers) * most * 1024), values(keys.size()),
        weight(8192);
    DeviceArray<e4m3> narrow(int64_t(most) * 8192), keys8(int64_t(most) * 1024), values8(keys8.size());
    DeviceArray<float> angles(std::vector<float>(size_t(most) * 64, std::sqrt(0.5f)));
    std::vector<int> order(most), ids(most);
    Random random(7);
    for (int i = 0; i < most; i++) ids[i] = random.below(most);
    order = random.permutation(most);
    DeviceArray<int> places(order), indices(ids), tokens(most);
    fill(x.data(), int64_t(x.size()), stream);
    fill(r.data(), int64_t(r.size()), stream);
    fill(logits.data(), int64_t(logits.size()), stream);
    fill(keys.data(), int64_t(keys.size()), stream);
    fill(weight.data(), int64_t(weight.size()), stream);
    for (const Model& model : models) {
      const int hidden = model.hidden, heads = model.heads, kvHeads = model.kvHeads, headDim = model.headDim;
      const int intermediate = model.intermediate, kv = kvHeads * headDim;
      for (int m : {1, 8, 32, 128, 512, 1024, 2048, 4096, 8192}) {
        const bool isShown = hidden == 4096 && (m == 32 || m == 1024 || m == 8192);
        elementwise("rms_norm", m, hidden, Work::rmsNorm(m, hidden), isShown, [&](int) {
          rmsNorm(x.data(), r.data(), weight.data(), y.data(), m, hidden, 1e-5f, stream);
        });
        elementwise("rotary", m, (heads + 2 * kvHeads) * headDim, Work::rotary(m, heads, kvHeads, headDim),
                    isShown, [&](int) {
                      rotary(x.data(), places.data(), angles.data(), angles.data(), y.data(), keys.data(),
                             values.data(), m, heads, kvHeads, headDim, stream);
                    });
        elementwise("rotary_k", m, kv, Work::rotaryKeys(m, kvHeads, headDim), isShown, [&](int) {
          rotaryKeys(keys.data(), places.data(), angles.data(), angles.data(), m, kvHeads, headDim, stream);
        });
        elementwise("kv_cache_write", m, kv, Work::cacheWrite(m, kv, 2), isShown, [&](int) {
          cacheWrite(x.data(), r.data(), places.data(), keys.data(), values.data(), m, kv, 1, 1, stream);
        });
        elementwise("kv_cache_write_fp8", m, kv, Work::cacheWrite(m, kv, 1), isShown, [&](int) {
          cacheWrite(x.data(), r.data(), places.data(), keys8.data(), values8.data(), m, kv, 1, 1, stream);
        });
        elementwise("silu_mul", m, intermediate, Work::siluMul(m, intermediate), isShown,
                    [&](int) { siluMul(x.data(), y.data(), m, intermediate, stream); });
        elementwise("embedding", m, hidden, Work::copyRows(m, hidden), isShown,
                    [&](int) { gatherRows(x.data(), indices.data(), y.data(), m, most, hidden, stream); });
        elementwise("scatter", m, hidden, Work::copyRows(m, hidden), isShown,
                    [&](int) { scatterRows(x.data(), places.data(), y.data(), m, most, hidden, stream); });
        elementwise("concatenate", m, kv, Work::copyRows(int64_t(layers) * m, kv), isShown,
                    [&](int) { concatenate(keys.data(), y.data(), layers, m, kv, stream); });
        elementwise("quantize", m, hidden, Work::quantise(int64_t(m) * hidden), isShown,
                    [&](int) { scale(x.data(), narrow.data(), int64_t(m) * hidden, 0.5f, stream); });
      }
    }
    for (int rows : {1, 8, 32, 128, 512})
      elementwise("argmax", rows, vocabulary, Work::argmax(rows, vocabulary), rows == 32,
                  [&](int) { argmax(logits.data(), tokens.data(), rows, vocabulary, stream); });
  }

  // MARK: Attention

  /// Block tables of `count` batches from one pool: of each batch, blocks that the others do not have, as far
  /// as there are any.
  DeviceArray<int> blockTables(int count, int batch, int context, int poolBlocks) {
    const int width = ceilDiv(context, pageSize);
    std::vector<int> table;
    Random random(11);
    const auto order = random.permutation(poolBlocks);
    table.reserve(size_t(count) * batch * width);
    for (int64_t i = 0; i < int64_t(count) * batch * width; i++) table.push_back(order[i % poolBlocks]);
    return DeviceArray<int>(table);
  }

  /// AcrossKV: two layers one after the other that read their own caches, or the leader's both.
  void sharedCaches() {
    const int heads = 32, kvHeads = 8, headDim = 128, context = 1024;
    const int64_t pool = int64_t(1) << 29;
    const int poolBlocks = int(pool / (int64_t(pageSize) * kvHeads * headDim)),
              width = ceilDiv(context, pageSize);
    DeviceArray<bf16> keys(pool), values(pool);
    fill(keys.data(), pool, stream);
    fill(values.data(), pool, stream);
    for (int batch : {1, 4, 16, 64}) {
      Work work = Work::decode(batch, context, heads, kvHeads, headDim, 2);
      const int count = std::max(2, copies(work.bytes, 4 * pool) / 2 * 2);
      DeviceArray<bf16> q(size_t(batch) * heads * headDim), output(q.size());
      fill(q.data(), int64_t(q.size()), stream);
      DeviceArray<int> contexts(std::vector<int>(batch, context)),
          tables = blockTables(count, batch, context, poolBlocks);
      DeviceArray<float> scratch(decodeScratch(batch, heads, headDim, context));
      const auto layer = [&](int i) {
        const PagedCache<bf16> cache{
            keys.data(), values.data(), tables.data() + int64_t(i) * batch * width, width, kvHeads, 1, 1};
        decodeAttention(q.data(), cache, contexts.data(), output.data(), scratch.data(), batch, heads,
                        headDim, context, 1 / std::sqrt(float(headDim)), stream);
      };
      work.flops *= 2;
      work.bytes *= 2;
      const std::string shape = shapeText({{"batch", batch}, {"context", context}, {"layers", 2}});
      for (bool isShared : {false, true}) {
        const Timing timing = stopwatch.time(count / 2, [&](int i) {
          layer(2 * i);
          layer(isShared ? 2 * i : 2 * i + 1);
        });
        compare(isShared ? "attention_decode, one cache for two layers" : "attention_decode, a cache a layer",
                shape, "own", timing, work, sheet.bf16Peak, true);
      }
    }
  }

  template <class KV>
  void attention(const char* type) {
    // 2 GiB of BF16 keys, and of values; half of it in FP8.
    const int64_t pool = int64_t(1) << 30;
    DeviceArray<KV> keys(pool), values(pool);
    fill(keys.data(), pool, stream);
    fill(values.data(), pool, stream);
    const int heads[][3] = {{32, 8, 128}, {40, 8, 128},  {64, 8, 128},
                            {16, 2, 128}, {32, 32, 128}, {32, 8, 64}};
    for (const auto& shape : heads) {
      decodes<KV>(type, shape[0], shape[1], shape[2], keys.data(), values.data(), pool);
      prefills<KV>(type, shape[0], shape[1], shape[2], keys.data(), values.data(), pool);
    }
  }

  template <class KV>
  void decodes(const char* type, int heads, int kvHeads, int headDim, const KV* keys, const KV* values,
               int64_t pool) {
    const int poolBlocks = int(pool / (int64_t(pageSize) * kvHeads * headDim));
    const int mostBatch = 256;
    DeviceArray<bf16> q(size_t(mostBatch) * heads * headDim), output(q.size());
    fill(q.data(), int64_t(q.size()), stream);
    for (int context : {16, 128, 512, 1024, 2048, 4096, 8192, 16384, 32768}) {
      for (int batch : {1, 2, 4, 8, 16, 32, 64, 128, 256}) {
        const int width = ceilDiv(context, pageSize);
        if (int64_t(batch) * width > poolBlocks) continue;
        const Work work = Work::decode(batch, context, heads, kvHeads, headDim, sizeof(KV));
        const int count = copies(work.bytes, int64_t(2 * sizeof(KV)) * pool);
        DeviceArray<int> contexts(std::vector<int>(batch, context));
        DeviceArray<int> tables = blockTables(count, batch, context, poolBlocks);
        DeviceArray<float> scratch(decodeScratch(batch, heads, headDim, context));
        const Timing timing = stopwatch.time(count, [&](int i) {
          const PagedCache<KV> cache{keys, values, tables.data() + int64_t(i) * batch * width, width, kvHeads,
                                     1,    1};
          decodeAttention(q.data(), cache, contexts.data(), output.data(), scratch.data(), batch, heads,
                          headDim, context, 1 / std::sqrt(float(headDim)), stream);
        });
        this->tables.decode += std::to_string(batch) + "," + std::to_string(context) + "," +
                               std::to_string(heads) + "," + std::to_string(kvHeads) + "," +
                               std::to_string(headDim) + "," + type + "," +
                               Tables::ending("own", timing.microseconds, timing.spread, work) + "\n";
        compare(
            std::string("attention_decode ") + type,
            shapeText({{"batch", batch},
                       {"context", context},
                       {"heads", heads},
                       {"kv", kvHeads},
                       {"dim", headDim}}),
            "own", timing, work, sheet.bf16Peak,
            heads == 32 && kvHeads == 8 && headDim == 128 && (batch == 1 || batch == 32) && context >= 512);
      }
    }
  }

  template <class KV>
  void prefills(const char* type, int heads, int kvHeads, int headDim, const KV* keys, const KV* values,
                int64_t pool) {
    const int poolBlocks = int(pool / (int64_t(pageSize) * kvHeads * headDim));
    const int mostRows = 16384;
    DeviceArray<bf16> q(size_t(mostRows) * heads * headDim), output(q.size());
    fill(q.data(), int64_t(q.size()), stream);
    for (int fresh : {16, 64, 128, 256, 512, 1024, 2048, 4096, 8192}) {
      for (int prefix : {0, 512, 2048, 8192}) {
        for (int batch : {1, 4}) {
          const int width = ceilDiv(prefix + fresh, pageSize);
          if (batch * fresh > mostRows || int64_t(batch) * width > poolBlocks) continue;
          const Work work = Work::prefill(batch, fresh, prefix, heads, kvHeads, headDim, sizeof(KV));
          std::vector<int> starts;
          for (int i = 0; i < batch; i++) starts.push_back(i * fresh);
          DeviceArray<int> first(starts), newTokens(std::vector<int>(batch, fresh)),
              cached(std::vector<int>(batch, prefix));
          const int count = copies(work.bytes, int64_t(2 * sizeof(KV)) * pool);
          DeviceArray<int> tables = blockTables(count, batch, prefix + fresh, poolBlocks);
          const Timing timing = stopwatch.time(count, [&](int i) {
            const PagedCache<KV> cache{
                keys, values, tables.data() + int64_t(i) * batch * width, width, kvHeads, 1, 1};
            prefillAttention(q.data(), cache, PromptChunks{first.data(), newTokens.data(), cached.data()},
                             output.data(), batch, heads, headDim, fresh, 1 / std::sqrt(float(headDim)),
                             stream);
          });
          this->tables.prefill += std::to_string(batch) + "," + std::to_string(fresh) + "," +
                                  std::to_string(prefix) + "," + std::to_string(heads) + "," +
                                  std::to_string(kvHeads) + "," + std::to_string(headDim) + "," + type + "," +
                                  Tables::ending("own", timing.microseconds, timing.spread, work) + "\n";
          compare(
              std::string("attention_prefill ") + type,
              shapeText({{"batch", batch},
                         {"new", fresh},
                         {"cached", prefix},
                         {"heads", heads},
                         {"kv", kvHeads},
                         {"dim", headDim}}),
              "own", timing, work, sheet.bf16Peak,
              heads == 32 && kvHeads == 8 && headDim == 128 && batch == 1 && (prefix == 0 || prefix == 2048));
        }
      }
    }
  }
};

}  // namespace swiftkv
