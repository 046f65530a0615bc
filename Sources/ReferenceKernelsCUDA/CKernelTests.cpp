// The C kernels of Sources/CReferenceKernels against the same plain loops and the same counted work: what
// holds the CUDA kernels and the processor's kernels to one contract. FP32, except where it says otherwise.
#include <array>

#include "CheckData.h"
#include "Device.h"
#include "Reference.h"
#include "Report.h"
#include "Work.h"

extern "C" {
#include "CReferenceKernels.h"
}

using namespace swiftkv;

namespace {

struct Bench {
  Report& report;
  rk_threads* threads;
  Random random{99};

  std::vector<float> floats(size_t count, float size = 1) {
    std::vector<float> values(count);
    for (float& value : values) value = random.uniform(size);
    return values;
  }

  /// `work` counts two bytes an element, FP32 has twice as many.
  void expectWork(const char* kernel, rk_work got, Work work) {
    report.expect(std::string("C ") + kernel + ": counted work",
                  int64_t(got.flops) == work.flops && int64_t(got.bytes) == 2 * work.bytes,
                  std::to_string(got.flops) + " FLOPs, " + std::to_string(got.bytes) + " bytes");
  }

  void gemms() {
    for (const auto& [m, n, k] : {std::array{1, 64, 32}, {7, 70, 33}, {40, 130, 257}}) {
      const std::string shape = shapeText({{"m", m}, {"n", n}, {"k", k}});
      const auto a = floats(size_t(m) * k), w = floats(size_t(n) * k);
      std::vector<float> packed(rk_packed_elements(n, k)), c(size_t(m) * n);
      rk_pack_f32(w.data(), k, n, k, packed.data());
      expectWork("gemm", rk_gemm_f32(threads, m, n, k, a.data(), k, packed.data(), c.data(), n),
                 Work::gemm(m, n, k, 2));
      const auto want = reference::gemm(a, w, m, n, k);
      report.compare("C gemm, FP32", shape, c, want.value, 0, want.magnitude, 1e-5);

      const auto narrowA = random.bf16s(a.size()), narrowW = random.bf16s(w.size());
      std::vector<uint16_t> packed16(packed.size());
      std::vector<bf16> c16(c.size());
      rk_pack_bf16(bits(narrowW), k, n, k, packed16.data());
      rk_gemm_bf16(threads, m, n, k, bits(narrowA), k, packed16.data(),
                   reinterpret_cast<uint16_t*>(c16.data()), n);
      const auto want16 = reference::gemm(decoded(narrowA), decoded(narrowW), m, n, k);
      report.compare("C gemm, BF16", shape, decoded(c16), want16.value, bf16Rounding, want16.magnitude, 1e-5);
    }
  }

  static const uint16_t* bits(const std::vector<bf16>& values) {
    return reinterpret_cast<const uint16_t*>(values.data());
  }

  void rows() {
    const int m = 5, h = 100;
    const auto x = floats(m * h), before = floats(m * h), weight = floats(h);
    auto r = before;
    std::vector<float> y(m * h), sum;
    expectWork("rms_norm",
               rk_rms_norm(threads, m, h, x.data(), h, r.data(), h, weight.data(), 1e-5f, y.data(), h),
               Work::rmsNorm(m, h));
    for (int i = 0; i < m * h; i++) sum.push_back(x[i] + before[i]);
    report.equal("C rms_norm: residual", "", r, sum);
    report.compare("C rms_norm", "", y, reference::rmsNorm(sum, weight, m, h, 1e-5), 1e-5);

    const auto gateUp = floats(m * 2 * h, 6);
    expectWork("silu_mul", rk_silu_mul(threads, m, h, gateUp.data(), 2 * h, y.data(), h),
               Work::siluMul(m, h));
    report.compare("C silu_mul", "", y, reference::siluMul(gateUp, m, h), 1e-5);

    std::vector<int32_t> token(m);
    auto logits = floats(m * h);
    logits[h + 3] = logits[h + 70] = 5;
    rk_argmax(threads, m, h, logits.data(), h, token.data());
    for (int row = 0; row < m; row++)
      report.expect("C argmax", token[row] == reference::argmax(&logits[row * h], h), std::to_string(row));
  }

  void rotaries() {
    const int m = 4, heads = 3, kvHeads = 1, dim = 32, positions = 50, width = (heads + 2 * kvHeads) * dim;
    std::vector<float> cosines, sines;
    for (int p = 0; p < positions; p++) {
      for (int i = 0; i < dim / 2; i++) {
        cosines.push_back(float(std::cos(p * std::pow(10000.0, -2.0 * i / dim))));
        sines.push_back(float(std::sin(p * std::pow(10000.0, -2.0 * i / dim))));
      }
    }
    const auto qkv = floats(m * width);
    const std::vector<int32_t> at{0, 49, 7, 30};
    std::vector<float> q(m * heads * dim), k(m * kvHeads * dim), v(m * kvHeads * dim);
    expectWork(
        "rotary",
        rk_rotary(threads, m, heads, kvHeads, dim, qkv.data(), width, at.data(), cosines.data(), sines.data(),
                  q.data(), heads * dim, k.data(), kvHeads * dim, v.data(), kvHeads * dim),
        Work::rotary(m, heads, kvHeads, dim));
    std::vector<double> want, sizes;
    std::vector<float> got;
    for (int row = 0; row < m; row++) {
      for (int head = 0; head < heads + kvHeads; head++) {
        const auto rotated = reference::rotate(&qkv[row * width + head * dim], dim, at[row], 10000);
        want.insert(want.end(), rotated.begin(), rotated.end());
        const float* from =
            head < heads ? &q[(row * heads + head) * dim] : &k[(row * kvHeads + head - heads) * dim];
        got.insert(got.end(), from, from + dim);
      }
    }
    report.compare("C rotary", "", got, want, 1e-5, std::vector<double>(want.size(), 2), 1e-6);
  }

  void numbers() {
    std::vector<float> all;
    for (int i = 0; i < 1 << 16; i++) all.push_back(toFloat(bf16{uint16_t(i)}));
    for (float scale : {1.f, 2.f}) {
      std::vector<uint8_t> codes(all.size());
      rk_quantize_e4m3(threads, 1, all.size(), all.data(), all.size(), scale, codes.data(), codes.size());
      std::vector<float> got, want;
      for (size_t i = 0; i < all.size(); i++) {
        got.push_back(toFloat(e4m3{codes[i]}));
        want.push_back(toFloat(toE4M3(all[i] / scale)));
      }
      report.equal("C quantise to FP8, all BF16 numbers", std::to_string(scale), got, want);
    }
    std::vector<uint8_t> codes;
    std::vector<float> got(256), want;
    for (int i = 0; i < 256; i++) {
      codes.push_back(uint8_t(i));
      want.push_back(toFloat(e4m3{uint8_t(i)}));
    }
    rk_dequantize_e4m3(threads, 1, 256, codes.data(), 256, 1, got.data(), 256);
    report.equal("C dequantise FP8, all codes", "", got, want);
  }

  /// A decode and a chunk after a prefix in one call; FP8 keys and values as the cache rounds them.
  void attention(bool isFP8) {
    const int heads = 4, kvHeads = 2, dim = 32, contexts[] = {37, 50}, fresh[] = {1, 9}, pages[] = {3, 4};
    const int blocks = 8;
    const float scale = 0.3f;
    const auto order = random.permutation(blocks);
    // Aligned for the widest loads, which a vector's memory is not.
    const size_t elements = size_t(blocks) * kvHeads * rk_kv_page_elements(dim);
    DeviceArray<float> storage(elements);
    const rk_kv_cache cache{storage.data(), kvHeads, dim, isFP8, isFP8 ? 0.5f : 1, isFP8 ? 0.25f : 1};
    rk_sequence sequences[2];
    std::vector<std::vector<float>> plainK(2 * kvHeads), plainV(2 * kvHeads);
    int used = 0, row = 0;
    for (int s = 0; s < 2; s++) {
      const int tokens = contexts[s], width = kvHeads * dim;
      const auto k = floats(tokens * width, 2), v = floats(tokens * width, 2);
      sequences[s] = {size_t(row), size_t(fresh[s]), size_t(tokens - fresh[s]), &order[used]};
      std::vector<int32_t> slots;
      for (int token = 0; token < tokens; token++) {
        slots.push_back(order[used + token / 16] * 16 + token % 16);
        for (int i = 0; i < width; i++) {
          const auto stored = [&](float x, float by) { return isFP8 ? toFloat(toE4M3(x / by)) * by : x; };
          plainK[s * kvHeads + i / dim].push_back(stored(k[token * width + i], cache.k_scale));
          plainV[s * kvHeads + i / dim].push_back(stored(v[token * width + i], cache.v_scale));
        }
      }
      rk_kv_cache_write(threads, tokens, k.data(), width, v.data(), width, slots.data(), &cache, 1);
      used += pages[s];
      row += fresh[s];
    }
    const auto q = floats(row * heads * dim);
    std::vector<float> output(q.size());
    const rk_work work = rk_attention(threads, sequences, 2, heads, cache, scale, q.data(), heads * dim,
                                      output.data(), heads * dim);
    reference::Sums want;
    for (int s = 0, at = 0; s < 2; s++) {
      for (int token = 0; token < fresh[s]; token++, at++) {
        for (int head = 0; head < heads; head++) {
          const int kvHead = s * kvHeads + head / (heads / kvHeads);
          const auto one = reference::attention(&q[(at * heads + head) * dim], plainK[kvHead], plainV[kvHead],
                                                contexts[s] - fresh[s] + token + 1, dim, scale);
          want.value.insert(want.value.end(), one.value.begin(), one.value.end());
          want.magnitude.insert(want.magnitude.end(), one.magnitude.begin(), one.magnitude.end());
        }
      }
    }
    const char* name = isFP8 ? "C attention, FP8 KV" : "C attention, FP32 KV";
    report.compare(name, "", output, want.value, 0, want.magnitude, 1e-5);
    if (isFP8) return;
    Work counted = Work::decode(1, contexts[0], heads, kvHeads, dim, 2);
    const Work chunk = Work::prefill(1, fresh[1], contexts[1] - fresh[1], heads, kvHeads, dim, 2);
    counted.flops += chunk.flops;
    counted.bytes += chunk.bytes;
    expectWork("attention", work, counted);
  }
};

}  // namespace

int main() {
  int failures = 0;
  for (rk_isa isa : {RK_ISA_PORTABLE, RK_ISA_AVX2, RK_ISA_AVX512}) {
    if (!rk_isa_available(isa)) continue;
    Report report;
    rk_threads* threads = rk_threads_create(1, isa, false);
    if (!threads) return 1;
    Bench bench{report, threads};
    bench.gemms();
    bench.rows();
    bench.rotaries();
    bench.numbers();
    bench.attention(false);
    bench.attention(true);
    rk_threads_destroy(threads);
    printf("\nC kernels, instruction set %d:\n", int(isa));
    report.print(stdout);
    failures += report.failures();
  }
  return failures ? 1 : 0;
}
