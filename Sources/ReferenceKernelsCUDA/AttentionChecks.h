// Both attention kernels against the plain loops, over caches whose pages lie in random places.
#pragma once
#include "CheckData.h"
#include "ElementwiseKernels.cuh"
#include "PrefillAttention.cuh"
#include "Reference.h"
#include "Report.h"

namespace swiftkv {

class AttentionChecks {
 public:
  AttentionChecks(Report& report, Stream stream, CheckSize size)
      : report(report), stream(stream), size(size) {}

  void runAll() {
    decodes<bf16>("decode attention, BF16 KV", 1, 1);
    decodes<e4m3>("decode attention, FP8 KV", 0.5f, 0.25f);
    prefills<bf16>("prefill attention, BF16 KV", 1, 1);
    prefills<e4m3>("prefill attention, FP8 KV", 0.5f, 0.25f);
    sharedCache();
  }

 private:
  Report& report;
  Stream stream;
  CheckSize size;
  Random random{20252};

  /// A cache with sequences' pages in random places, and what is in it, unpaged.
  template <class KV>
  struct Pages {
    std::vector<KV> keys, values;
    std::vector<int> table;
    int tableWidth;
    /// [sequence][kvHead] -> [context, headDim].
    std::vector<std::vector<std::vector<float>>> plainKeys, plainValues;
  };

  template <class KV>
  Pages<KV> pages(const std::vector<int>& contexts, int kvHeads, int headDim) {
    Pages<KV> pages;
    int blocks = 3;
    pages.tableWidth = 1;
    for (int context : contexts) {
      blocks += ceilDiv(context, pageSize);
      pages.tableWidth = std::max(pages.tableWidth, ceilDiv(context, pageSize) + 1);
    }
    // What no sequence owns is NaN: reading it would show.
    const size_t size = size_t(blocks) * pageSize * kvHeads * headDim;
    pages.keys.assign(size, rounded<KV>(NAN));
    pages.values = pages.keys;
    const auto order = random.permutation(blocks);
    int next = 0;
    for (int context : contexts) {
      // Past a sequence's pages the table holds nonsense.
      std::vector<int> own(pages.tableWidth, 1 << 28);
      for (int page = 0; page < ceilDiv(context, pageSize); page++) own[page] = order[next++];
      std::vector<std::vector<float>> plainKeys(kvHeads), plainValues(kvHeads);
      for (int token = 0; token < context; token++) {
        for (int head = 0; head < kvHeads; head++) {
          const int64_t offset = cacheOffset(own.data(), token, kvHeads, head, headDim);
          for (int i = 0; i < headDim; i++) {
            const KV key = rounded<KV>(random.uniform(4)), value = rounded<KV>(random.uniform(4));
            pages.keys[offset + i] = key;
            pages.values[offset + i] = value;
            plainKeys[head].push_back(toFloat(key));
            plainValues[head].push_back(toFloat(value));
          }
        }
      }
      pages.table.insert(pages.table.end(), own.begin(), own.end());
      pages.plainKeys.push_back(plainKeys);
      pages.plainValues.push_back(plainValues);
    }
    return pages;
  }

  template <class KV>
  void decodes(const char* name, float keyScale, float valueScale) {
    struct Case {
      int heads, kvHeads, headDim;
      std::vector<int> contexts;
    };
    std::vector<Case> cases = {
        {1, 1, 64, {1}},           {4, 4, 128, {17, 300}}, {4, 2, 64, {5, 256, 257, 31}},
        {8, 2, 128, {33, 1, 600}}, {8, 1, 128, {513, 90}}, {10, 2, 64, {40, 258}},
        {12, 1, 64, {100}},        {3, 1, 128, {16, 15}},
    };
    if (size == CheckSize::large) {
      cases.push_back({32, 8, 128, {4097, 1, 700, 2048, 33}});
      cases.push_back({32, 8, 64, {1000, 9000}});
      cases.push_back({40, 8, 128, std::vector<int>(40, 129)});
    }
    for (const Case& c : cases) {
      const int batch = int(c.contexts.size()),
                longest = *std::max_element(c.contexts.begin(), c.contexts.end());
      const auto p = pages<KV>(c.contexts, c.kvHeads, c.headDim);
      const auto q = random.bf16s(size_t(batch) * c.heads * c.headDim);
      DeviceArray<KV> keys(p.keys), values(p.values);
      DeviceArray<int> table(p.table), contexts(c.contexts);
      DeviceArray<bf16> deviceQ(q), output(q.size());
      DeviceArray<float> scratch(decodeScratch(batch, c.heads, c.headDim, longest));
      const PagedCache<KV> cache{keys.data(), values.data(), table.data(), p.tableWidth,
                                 c.kvHeads,   keyScale,      valueScale};
      const float scale = 1 / std::sqrt(float(c.headDim));
      const bool isKnown = decodeAttention(deviceQ.data(), cache, contexts.data(), output.data(),
                                           scratch.data(), batch, c.heads, c.headDim, longest, scale, stream);
      const auto plainQ = decoded(q);
      reference::Sums want;
      for (int sequence = 0; sequence < batch; sequence++)
        for (int head = 0; head < c.heads; head++)
          append(want, p, plainQ, (size_t(sequence) * c.heads + head) * c.headDim, sequence,
                 head / (c.heads / c.kvHeads), c.contexts[sequence], c.headDim, scale * keyScale, valueScale);
      const std::string shape =
          shapeText({{"heads", c.heads}, {"kv", c.kvHeads}, {"dim", c.headDim}, {"batch", batch}});
      report.expect("decode attention: head size", isKnown, shape);
      report.compare(name, shape, decoded(output.host()), want.value, bf16Rounding, want.magnitude, 1e-5);
    }
    // A row alone is bit for bit the row in a batch: parts are cut by context only.
    const int heads = 4, kvHeads = 1, headDim = 64, context = 530;
    const auto p = pages<KV>({70, context, 300}, kvHeads, headDim);
    const auto q = random.bf16s(size_t(3) * heads * headDim);
    const std::vector<bf16> second(q.begin() + heads * headDim, q.begin() + 2 * heads * headDim);
    DeviceArray<KV> keys(p.keys), values(p.values);
    DeviceArray<int> table(p.table), contexts(std::vector<int>{70, context, 300}),
        one(std::vector<int>{context});
    DeviceArray<bf16> batchQ(q), oneQ(second), batchOut(q.size()), oneOut(second.size());
    DeviceArray<float> scratch(decodeScratch(3, heads, headDim, context));
    PagedCache<KV> cache{keys.data(), values.data(), table.data(), p.tableWidth,
                         kvHeads,     keyScale,      valueScale};
    decodeAttention(batchQ.data(), cache, contexts.data(), batchOut.data(), scratch.data(), 3, heads, headDim,
                    context, 0.125f, stream);
    const auto inBatch = decoded(batchOut.host());
    cache.blockTable += p.tableWidth;
    decodeAttention(oneQ.data(), cache, one.data(), oneOut.data(), scratch.data(), 1, heads, headDim, context,
                    0.125f, stream);
    report.equal("decode attention: alone as in a batch", name, decoded(oneOut.host()),
                 {inBatch.begin() + heads * headDim, inBatch.begin() + 2 * heads * headDim});
  }

  template <class KV>
  void prefills(const char* name, float keyScale, float valueScale) {
    struct Case {
      int heads, kvHeads, headDim;
      std::vector<int> newTokens, cached;
    };
    std::vector<Case> cases = {
        {1, 1, 64, {1}, {0}},           {2, 1, 128, {33}, {0}}, {4, 2, 64, {5, 70, 1}, {0, 20, 129}},
        {3, 1, 128, {22, 43}, {64, 0}}, {5, 1, 64, {26}, {63}},
    };
    if (size == CheckSize::large) {
      cases.push_back({8, 2, 128, {300, 17}, {1000, 0}});
      cases.push_back({32, 8, 64, {65, 128}, {31, 512}});
    }
    for (const Case& c : cases) {
      const int batch = int(c.newTokens.size()), group = c.heads / c.kvHeads;
      std::vector<int> contexts, firstRows;
      int rows = 1;  // the first row is no one's
      for (int i = 0; i < batch; i++) {
        contexts.push_back(c.newTokens[i] + c.cached[i]);
        firstRows.push_back(rows);
        rows += c.newTokens[i];
      }
      const auto p = pages<KV>(contexts, c.kvHeads, c.headDim);
      const auto q = random.bf16s(size_t(rows) * c.heads * c.headDim);
      DeviceArray<KV> keys(p.keys), values(p.values);
      DeviceArray<int> table(p.table), first(firstRows), fresh(c.newTokens), cached(c.cached);
      DeviceArray<bf16> deviceQ(q), output(std::vector<bf16>(q.size(), toBF16(9)));
      const PagedCache<KV> cache{keys.data(), values.data(), table.data(), p.tableWidth,
                                 c.kvHeads,   keyScale,      valueScale};
      const float scale = 1 / std::sqrt(float(c.headDim));
      const bool isKnown =
          prefillAttention(deviceQ.data(), cache, PromptChunks{first.data(), fresh.data(), cached.data()},
                           output.data(), batch, c.heads, c.headDim,
                           *std::max_element(c.newTokens.begin(), c.newTokens.end()), scale, stream);
      const auto plainQ = decoded(q);
      reference::Sums want;
      want.value.assign(size_t(c.heads) * c.headDim, 9);
      want.magnitude.assign(want.value.size(), 0);
      for (int sequence = 0; sequence < batch; sequence++)
        for (int token = 0; token < c.newTokens[sequence]; token++)
          for (int head = 0; head < c.heads; head++)
            append(want, p, plainQ, (size_t(firstRows[sequence] + token) * c.heads + head) * c.headDim,
                   sequence, head / group, c.cached[sequence] + token + 1, c.headDim, scale * keyScale,
                   valueScale);
      const std::string shape =
          shapeText({{"heads", c.heads}, {"kv", c.kvHeads}, {"dim", c.headDim}, {"batch", batch}});
      report.expect("prefill attention: head size", isKnown, shape);
      // Weights are rounded to BF16 before they meet the values.
      report.compare(name, shape, decoded(output.host()), want.value, bf16Rounding, want.magnitude,
                     bf16Rounding);
    }
  }

  /// AcrossKV: a layer without a cache of its own is given its leader's. The leader writes keys and values,
  /// both layers attend with their own queries; what stands in the place of the follower's cache is NaN and
  /// would show.
  void sharedCache() {
    const int heads = 4, kvHeads = 2, headDim = 64, context = 40, layers = 2,
              blocks = ceilDiv(context, pageSize);
    const size_t layerSize = size_t(blocks) * pageSize * kvHeads * headDim;
    const auto k = random.bf16s(size_t(context) * kvHeads * headDim), v = random.bf16s(k.size());
    const auto q = random.bf16s(size_t(layers) * heads * headDim);
    const auto table = random.permutation(blocks);
    std::vector<int> slots;
    for (int token = 0; token < context; token++)
      slots.push_back(table[token / pageSize] * pageSize + token % pageSize);
    DeviceArray<bf16> keys(layers * layerSize), values(layers * layerSize), deviceK(k), deviceV(v),
        deviceQ(q), output(q.size());
    DeviceArray<int> deviceSlots(slots), deviceTable(table), contexts(std::vector<int>{context});
    DeviceArray<float> scratch(decodeScratch(1, heads, headDim, context));
    const int leader = 0;
    cacheWrite(deviceK.data(), deviceV.data(), deviceSlots.data(), keys.data() + leader * layerSize,
               values.data() + leader * layerSize, context, kvHeads * headDim, 1, 1, stream);
    const PagedCache<bf16> cache{keys.data() + leader * layerSize,
                                 values.data() + leader * layerSize,
                                 deviceTable.data(),
                                 blocks,
                                 kvHeads,
                                 1,
                                 1};
    reference::Sums want;
    const auto plainQ = decoded(q), plainK = decoded(k), plainV = decoded(v);
    for (int layer = 0; layer < layers; layer++) {
      decodeAttention(deviceQ.data() + layer * heads * headDim, cache, contexts.data(),
                      output.data() + layer * heads * headDim, scratch.data(), 1, heads, headDim, context,
                      0.125f, stream);
      for (int head = 0; head < heads; head++) {
        const int kvHead = head / (heads / kvHeads);
        std::vector<float> headK, headV;
        for (int token = 0; token < context; token++) {
          const size_t from = (size_t(token) * kvHeads + kvHead) * headDim;
          headK.insert(headK.end(), plainK.begin() + from, plainK.begin() + from + headDim);
          headV.insert(headV.end(), plainV.begin() + from, plainV.begin() + from + headDim);
        }
        const auto one = reference::attention(&plainQ[(size_t(layer) * heads + head) * headDim], headK, headV,
                                              context, headDim, 0.125);
        want.value.insert(want.value.end(), one.value.begin(), one.value.end());
        want.magnitude.insert(want.magnitude.end(), one.magnitude.begin(), one.magnitude.end());
      }
    }
    report.compare("decode attention, two layers share a cache", "", decoded(output.host()), want.value,
                   bf16Rounding, want.magnitude, 1e-5);
  }

  template <class KV>
  static void append(reference::Sums& want, const Pages<KV>& pages, const std::vector<float>& q, size_t query,
                     int sequence, int kvHead, int visible, int headDim, double scale, double valueScale) {
    const auto one = reference::attention(&q[query], pages.plainKeys[sequence][kvHead],
                                          pages.plainValues[sequence][kvHead], visible, headDim, scale);
    for (double x : one.value) want.value.push_back(x * valueScale);
    for (double x : one.magnitude) want.magnitude.push_back(x * valueScale);
  }
};

}  // namespace swiftkv
