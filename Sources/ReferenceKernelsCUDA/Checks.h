// Every own kernel but attention against the plain loops, number by number; the same on a device and in the
// emulation.
#pragma once
#include <array>

#include "CheckData.h"
#include "ElementwiseKernels.cuh"
#include "GEMMKernel.cuh"
#include "Reference.h"
#include "Report.h"

namespace swiftkv {

class Checks {
 public:
  Checks(Report& report, Stream stream, CheckSize size) : report(report), stream(stream), size(size) {}

  void runAll() {
    conversions();
    gemms();
    norms();
    rotaries();
    cacheWrites();
    rows();
    argmaxes();
  }

 private:
  Report& report;
  Stream stream;
  CheckSize size;
  Random random{20251};

  /// All BF16 numbers to E4M3 and all E4M3 codes to BF16, and both with a scale: bit for bit what the host
  /// computes.
  void conversions() {
    std::vector<bf16> all(1 << 16);
    for (int i = 0; i < 1 << 16; i++) all[i] = {uint16_t(i)};
    std::vector<e4m3> codes(256);
    for (int i = 0; i < 256; i++) codes[i] = {uint8_t(i)};
    for (float factor : {1.f, 0.37f}) {
      DeviceArray<bf16> x(all), y(256);
      DeviceArray<e4m3> narrow(all.size()), from(codes);
      scale(x.data(), narrow.data(), int64_t(all.size()), factor, stream);
      scale(from.data(), y.data(), 256, factor, stream);
      std::vector<float> want, wantCodes;
      for (bf16 value : all) want.push_back(toFloat(toE4M3(toFloat(value) * factor)));
      for (e4m3 code : codes) wantCodes.push_back(toFloat(toBF16(toFloat(code) * factor)));
      report.equal("quantise to FP8, all BF16 numbers", "factor " + std::to_string(factor),
                   decoded(narrow.host()), want);
      report.equal("dequantise FP8, all codes", "factor " + std::to_string(factor), decoded(y.host()),
                   wantCodes);
    }
  }

  void gemms() {
    std::vector<std::array<int, 3>> shapes = {{1, 128, 64},   {3, 130, 72},    {17, 7, 33},
                                              {128, 128, 32}, {129, 131, 100}, {64, 250, 31},
                                              {5, 16, 1},     {2, 264, 200},   {0, 8, 8}};
    if (size == CheckSize::large)
      shapes.insert(shapes.end(), {{300, 520, 1001}, {8, 1024, 4096}, {513, 384, 2048}});
    for (const auto& [m, n, k] : shapes) {
      const auto a = random.bf16s(size_t(m) * k), w = random.bf16s(size_t(n) * k);
      DeviceArray<bf16> deviceA(a), deviceW(w), c(size_t(m) * n);
      gemm(deviceA.data(), deviceW.data(), c.data(), m, n, k, k, n, stream);
      const auto want = reference::gemm(decoded(a), decoded(w), m, n, k);
      report.compare("GEMM, own", shapeText({{"m", m}, {"n", n}, {"k", k}}), decoded(c.host()), want.value,
                     bf16Rounding, want.magnitude, 1e-5);
    }
    // Rows of A and C further apart than their width: what stands between the rows of C stays.
    const int m = 5, n = 24, k = 40, lda = 56, ldc = 30;
    const auto wide = random.bf16s(size_t(m) * lda), w = random.bf16s(size_t(n) * k);
    DeviceArray<bf16> a(wide), deviceW(w), c(std::vector<bf16>(size_t(m) * ldc, toBF16(7)));
    gemm(a.data(), deviceW.data(), c.data(), m, n, k, lda, ldc, stream);
    std::vector<float> narrow, got = decoded(c.host()), gotInside, gotBetween;
    for (int row = 0; row < m; row++) {
      for (int i = 0; i < k; i++) narrow.push_back(toFloat(wide[size_t(row) * lda + i]));
      for (int i = 0; i < ldc; i++) (i < n ? gotInside : gotBetween).push_back(got[size_t(row) * ldc + i]);
    }
    const auto want = reference::gemm(narrow, decoded(w), m, n, k);
    report.compare("GEMM, own", "lda, ldc", gotInside, want.value, bf16Rounding, want.magnitude, 1e-5);
    report.equal("GEMM, own", "between rows", gotBetween, std::vector<float>(gotBetween.size(), 7));
  }

  void norms() {
    const int shapes[][2] = {{1, 64}, {3, 4096}, {2, 100}, {5, 7}, {1, 5120}, {0, 64}};
    for (const auto& [m, hidden] : shapes) {
      const auto x = random.bf16s(size_t(m) * hidden), r = random.bf16s(size_t(m) * hidden, 4),
                 weight = random.bf16s(hidden);
      DeviceArray<bf16> deviceX(x), residual(r), deviceWeight(weight), y(size_t(m) * hidden);
      rmsNorm(deviceX.data(), residual.data(), deviceWeight.data(), y.data(), m, hidden, 1e-5f, stream);
      std::vector<float> sum;
      for (size_t i = 0; i < x.size(); i++) sum.push_back(toFloat(toBF16(toFloat(x[i]) + toFloat(r[i]))));
      const std::string shape = shapeText({{"m", m}, {"h", hidden}});
      report.equal("RMSNorm: residual", shape, decoded(residual.host()), sum);
      report.compare("RMSNorm", shape, decoded(y.host()),
                     reference::rmsNorm(sum, decoded(weight), m, hidden, 1e-5), bf16Rounding);
    }
  }

  void rotaries() {
    const int shapes[][4] = {{1, 4, 2, 64}, {3, 5, 1, 128}, {7, 2, 2, 16}, {4, 4, 0, 64}, {0, 4, 2, 64}};
    const double base = 500000;
    const int positions = 3000;
    for (const auto& [m, heads, kvHeads, headDim] : shapes) {
      const int width = (heads + 2 * kvHeads) * headDim, half = headDim / 2;
      std::vector<float> cosines, sines;
      for (int p = 0; p < positions; p++) {
        for (int i = 0; i < half; i++) {
          const double angle = p * std::pow(base, -2.0 * i / headDim);
          cosines.push_back(float(std::cos(angle)));
          sines.push_back(float(std::sin(angle)));
        }
      }
      const auto qkv = random.bf16s(size_t(m) * width);
      std::vector<int> at;
      for (int row = 0; row < m; row++) at.push_back(row == 0 ? positions - 1 : random.below(positions));
      DeviceArray<bf16> device(qkv), q(size_t(m) * heads * headDim), k(size_t(m) * kvHeads * headDim),
          v(size_t(m) * kvHeads * headDim);
      DeviceArray<float> deviceCosines(cosines), deviceSines(sines);
      DeviceArray<int> deviceAt(at);
      rotary(device.data(), deviceAt.data(), deviceCosines.data(), deviceSines.data(), q.data(), k.data(),
             v.data(), m, heads, kvHeads, headDim, stream);
      const auto values = decoded(qkv);
      std::vector<double> wantQ, wantK, sizesQ, sizesK;
      std::vector<float> wantV, plainK;
      for (int row = 0; row < m; row++) {
        for (int head = 0; head < heads + 2 * kvHeads; head++) {
          const float* from = &values[(size_t(row) * (heads + 2 * kvHeads) + head) * headDim];
          if (head >= heads + kvHeads) {
            wantV.insert(wantV.end(), from, from + headDim);
            continue;
          }
          const auto rotated = reference::rotate(from, headDim, at[row], base);
          auto& want = head < heads ? wantQ : wantK;
          auto& sizes = head < heads ? sizesQ : sizesK;
          for (int i = 0; i < headDim; i++) {
            want.push_back(rotated[i]);
            sizes.push_back(std::fabs(from[i % half]) + std::fabs(from[i % half + half]));
          }
          if (head >= heads) plainK.insert(plainK.end(), from, from + headDim);
        }
      }
      const std::string shape = shapeText({{"m", m}, {"heads", heads}, {"kv", kvHeads}, {"dim", headDim}});
      report.compare("rotary: Q", shape, decoded(q.host()), wantQ, bf16Rounding, sizesQ, 1e-6);
      report.compare("rotary: K", shape, decoded(k.host()), wantK, bf16Rounding, sizesK, 1e-6);
      report.equal("rotary: V", shape, decoded(v.host()), wantV);
      std::vector<bf16> plain;
      for (float x : plainK) plain.push_back(toBF16(x));
      DeviceArray<bf16> inPlace(plain);
      rotaryKeys(inPlace.data(), deviceAt.data(), deviceCosines.data(), deviceSines.data(), m, kvHeads,
                 headDim, stream);
      report.compare("rotary of keys in place", shape, decoded(inPlace.host()), wantK, bf16Rounding, sizesK,
                     1e-6);
    }
  }

  void cacheWrites() {
    for (int width : {64, 1024, 20}) {
      const int tokens = 21, slots = 48;
      const auto k = random.bf16s(size_t(tokens) * width, 300), v = random.bf16s(size_t(tokens) * width);
      std::vector<int> order = random.permutation(slots);
      order.resize(tokens);
      order[3] = -1;
      cacheWritesAs<bf16>("KV write, BF16", k, v, order, slots, width, 1, 1);
      cacheWritesAs<e4m3>("KV write, FP8", k, v, order, slots, width, 2, 0.25f);
    }
  }

  template <class KV>
  void cacheWritesAs(const char* name, const std::vector<bf16>& k, const std::vector<bf16>& v,
                     const std::vector<int>& order, int slots, int width, float keyFactor,
                     float valueFactor) {
    std::vector<KV> before(size_t(slots) * width, rounded<KV>(5));
    DeviceArray<KV> keys(before), values(before);
    DeviceArray<bf16> deviceK(k), deviceV(v);
    DeviceArray<int> deviceOrder(order);
    cacheWrite(deviceK.data(), deviceV.data(), deviceOrder.data(), keys.data(), values.data(),
               int(order.size()), width, keyFactor, valueFactor, stream);
    std::vector<float> wantKeys = decoded(before), wantValues = wantKeys;
    for (size_t token = 0; token < order.size(); token++) {
      if (order[token] < 0) continue;
      for (int i = 0; i < width; i++) {
        wantKeys[size_t(order[token]) * width + i] =
            toFloat(rounded<KV>(toFloat(k[token * width + i]) * keyFactor));
        wantValues[size_t(order[token]) * width + i] =
            toFloat(rounded<KV>(toFloat(v[token * width + i]) * valueFactor));
      }
    }
    const std::string shape = shapeText({{"width", width}});
    report.equal(name, shape + " keys", decoded(keys.host()), wantKeys);
    report.equal(name, shape + " values", decoded(values.host()), wantValues);
  }

  /// SiLU, embedding (a gather), gather, scatter, concatenation.
  void rows() {
    for (int width : {64, 1000, 13}) {
      const int count = 9, tableRows = 31, layers = 3;
      const std::string shape = shapeText({{"width", width}});
      const auto x = random.bf16s(size_t(count) * 2 * width, 6);
      DeviceArray<bf16> deviceX(x), y(size_t(count) * width);
      siluMul(deviceX.data(), y.data(), count, width, stream);
      report.compare("silu_mul", shape, decoded(y.host()), reference::siluMul(decoded(x), count, width),
                     bf16Rounding);

      const auto table = random.bf16s(size_t(tableRows) * width), fresh = random.bf16s(size_t(count) * width);
      std::vector<int> indices = random.permutation(tableRows);
      indices.resize(count);
      indices[2] = tableRows;
      indices[5] = -1;
      DeviceArray<bf16> deviceTable(table), gathered(size_t(count) * width), deviceFresh(fresh);
      DeviceArray<int> deviceIndices(indices);
      gatherRows(deviceTable.data(), deviceIndices.data(), gathered.data(), count, tableRows, width, stream);
      scatterRows(deviceFresh.data(), deviceIndices.data(), deviceTable.data(), count, tableRows, width,
                  stream);
      const auto tableValues = decoded(table), freshValues = decoded(fresh);
      std::vector<float> wantGathered(size_t(count) * width, 0), wantScattered = tableValues;
      for (int row = 0; row < count; row++) {
        if (indices[row] < 0 || indices[row] >= tableRows) continue;
        for (int i = 0; i < width; i++) {
          wantGathered[size_t(row) * width + i] = tableValues[size_t(indices[row]) * width + i];
          wantScattered[size_t(indices[row]) * width + i] = freshValues[size_t(row) * width + i];
        }
      }
      report.equal("gather rows, embedding", shape, decoded(gathered.host()), wantGathered);
      report.equal("scatter rows", shape, decoded(deviceTable.host()), wantScattered);

      const auto stack = random.bf16s(size_t(layers) * count * width);
      DeviceArray<bf16> deviceStack(stack), side(stack.size());
      concatenate(deviceStack.data(), side.data(), layers, count, width, stream);
      std::vector<float> wantSide;
      for (int token = 0; token < count; token++)
        for (int layer = 0; layer < layers; layer++)
          for (int i = 0; i < width; i++)
            wantSide.push_back(toFloat(stack[(size_t(layer) * count + token) * width + i]));
      report.equal("concatenate", shape, decoded(side.host()), wantSide);
    }
  }

  void argmaxes() {
    for (int vocabulary : {1, 7, 1000, 4097}) {
      const int count = 6;
      auto logits = random.bf16s(size_t(count) * vocabulary);  // few distinct values: ties are common
      const auto row = [&](int r) { return &logits[size_t(r) * vocabulary]; };
      for (int i = 0; i < vocabulary; i++) {
        row(1)[i] = toBF16(NAN);
        row(2)[i] = toBF16(-INFINITY);
        row(3)[i] = toBF16(0.5f);
      }
      row(4)[vocabulary - 1] = toBF16(INFINITY);
      row(5)[vocabulary / 2] = toBF16(NAN);
      DeviceArray<bf16> device(logits);
      DeviceArray<int> tokens(count);
      argmax(device.data(), tokens.data(), count, vocabulary, stream);
      const auto values = decoded(logits);
      std::vector<float> want, got;
      for (int r = 0; r < count; r++)
        want.push_back(float(reference::argmax(&values[size_t(r) * vocabulary], vocabulary)));
      for (int token : tokens.host()) got.push_back(float(token));
      report.equal("argmax", shapeText({{"vocabulary", vocabulary}}), got, want);
    }
  }
};

}  // namespace swiftkv
