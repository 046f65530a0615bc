import Hardware
import Models
import Quantities
import Testing

@testable import CostModel

@Suite("what layer skipping saves and costs") struct SwiftKVCostTests {
  func batches(_ cost: StepCost, count: Int = 30, decodesOnly: Bool = false) -> [BatchShape] {
    (0..<count).map { seed in
      var generator = SplitMix64(state: UInt64(seed))
      var batch = RandomBatch(&generator)
      if decodesOnly {
        batch.chunks = []
        if batch.contexts.isEmpty { batch.contexts = [generator.size(4096)] }
      }
      return batch.shape(for: cost)
    }
  }

  @Test(
    "INV-10: nothing skipped takes the baseline's time, to the bit", arguments: ["swiftkv-0", "swiftkv-l32"])
  func noSkip(variant: String) throws {
    var baseline = try TestDeployment.cost("Llama-3.1-8B", "baseline")
    var none = try TestDeployment.cost("Llama-3.1-8B", variant)
    for batch in batches(baseline) {
      #expect(none.time(of: batch) == baseline.time(of: batch))
      #expect(none.work(of: batch) == baseline.work(of: batch))
    }
  }

  @Test("decoding: same FLOPs, same weights read, no time gained") func decoding() throws {
    var baseline = try TestDeployment.cost("Llama-3.1-8B", "baseline")
    var skipping = try TestDeployment.cost("Llama-3.1-8B", "swiftkv-50")
    for batch in batches(baseline, decodesOnly: true) {
      let (a, b) = (baseline.work(of: batch), skipping.work(of: batch))
      #expect(abs(b.flops / a.flops - 1) < 1e-12)
      #expect(a.weightBytes == b.weightBytes)
      #expect(a.keyValueBytesRead == b.keyValueBytesRead)
      #expect(skipping.time(of: batch).total > baseline.time(of: batch).total)
    }
  }

  @Test("weights read are the baseline's in every step") func weights() throws {
    let baseline = try TestDeployment.cost("Llama-3.1-70B", "baseline", tensorParallelSize: 4)
    let skipping = try TestDeployment.cost("Llama-3.1-70B", "swiftkv-50", tensorParallelSize: 4)
    for batch in batches(baseline) {
      #expect(abs(skipping.work(of: batch).weightBytes / baseline.work(of: batch).weightBytes - 1) < 1e-12)
    }
  }

  @Test("all-reduces: as many, of fewer bytes") func allReduces() throws {
    var baseline = try TestDeployment.cost("Llama-3.1-70B", "baseline", tensorParallelSize: 4)
    var skipping = try TestDeployment.cost("Llama-3.1-70B", "swiftkv-50", tensorParallelSize: 4)
    var batch = baseline.emptyBatch
    batch.addPrefill(new: 4096, cached: 0)
    func messages(_ cost: inout StepCost) -> (calls: Int, bytes: Bytes) {
      let lines = cost.kernels(of: batch).filter { $0.part == .communication }
      return (lines.reduce(0) { $0 + $1.launches }, lines.reduce(Bytes.zero) { $0 + $1.bytes })
    }
    let (a, b) = (messages(&baseline), messages(&skipping))
    #expect(a.calls == 160 && b.calls == 160)
    #expect(abs(b.bytes / a.bytes - (40.0 * 4096 + 40) / (80.0 * 4096)) < 1e-12)
  }

  @Test("a larger share skipped never makes a prompt step slower") func bySkip() throws {
    let times = try [0, 25, 40, 50, 62.5, 75].map { percent -> Seconds in
      var cost = try TestDeployment.cost("Llama-3.1-8B", "swiftkv-\(percent)")
      var batch = cost.emptyBatch
      batch.addPrefill(new: 8192, cached: 0)
      return cost.time(of: batch).total
    }
    #expect(times == times.sorted(by: >))
  }

  @Test(
    "kernels added per step are about 2(L - l) + 13",
    arguments: [("Llama-3.1-8B", 16), ("Llama-3.1-70B", 40)])
  func launches(model: String, later: Int) throws {
    var cost = try TestDeployment.cost(model, "swiftkv-50")
    var batch = cost.emptyBatch
    batch.addPrefill(new: 1024, cached: 0)
    let added = cost.kernels(of: batch).filter { $0.part == .layerSkipping }.reduce(0) { $0 + $1.launches }
    #expect(added == 2 * later + 13)
  }

  @Test(
    "a lone prompt chunk gains little when short and nearly twofold when long; never the ideal",
    arguments: [
      ("Llama-3.1-8B", 1, Precision.bfloat16, 1.80...1.95), ("Llama-3.1-8B", 4, .fp8, 1.75...1.90),
      ("Llama-3.1-70B", 4, .bfloat16, 1.85...1.95), ("Llama-3.1-70B", 4, .fp8, 1.80...1.94),
    ])
  func chunkSize(model: String, n: Int, weights: Precision, at8192: ClosedRange<Double>) throws {
    var baseline = try TestDeployment.cost(model, "baseline", tensorParallelSize: n, weights: weights)
    var skipping = try TestDeployment.cost(model, "swiftkv-50", tensorParallelSize: n, weights: weights)
    let ratios = [256, 512, 1024, 2048, 4096, 8192, 16384].map { tokens -> Double in
      var batch = baseline.emptyBatch
      batch.addPrefill(new: tokens, cached: 0)
      return baseline.time(of: batch).total / skipping.time(of: batch).total
    }
    #expect(ratios == ratios.sorted(), "\(ratios)")
    #expect((1.0...1.25).contains(ratios[0]), "\(ratios[0])")
    #expect(at8192.contains(ratios[5]), "\(ratios[5])")
    #expect(ratios[6] < 2)
  }

  @Test("FP8 KV halves what decoding reads") func keyValueBytes() throws {
    let wide = try TestDeployment.cost("Llama-3.1-8B", "baseline")
    let narrow = try TestDeployment.cost("Llama-3.1-8B", "baseline-fp8kv")
    for batch in batches(wide) {
      #expect(narrow.work(of: batch).keyValueBytesRead * 2 == wide.work(of: batch).keyValueBytesRead)
    }
  }
}
