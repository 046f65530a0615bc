import Hardware
import Models
import Quantities
import Testing

@testable import CostModel

/// Laws that hold for every batch, model, variant and degree of parallelism; the seed is in the failure's text.
@Suite("laws of step times") struct StepLawTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let model: String
    let tensorParallelSize: Int
    let weights: Precision

    var testDescription: String { "\(model), \(tensorParallelSize) GPUs, \(weights) weights" }
  }

  static let variants = ["baseline", "swiftkv-50", "swiftkv-50-across2-fp8kv"]
  static let cases: [Case] = [
    ("Llama-3.1-8B", 1), ("Llama-3.1-8B", 8), ("Llama-3.1-70B", 4), ("Llama-2-7b", 1), ("Qwen2.5-7B", 2),
    ("Llama-3.2-1B", 1),
    ("Qwen3-14B", 2),
  ].flatMap { model, n in
    [Precision.bfloat16, .fp8].map { Case(model: model, tensorParallelSize: n, weights: $0) }
  }

  /// Calls `check` with random batches under each variant.
  func forEachBatch(
    _ example: Case, batches: Int = 10,
    _ check: (inout StepCost, RandomBatch, inout SplitMix64, Comment) -> Void
  ) throws {
    for (i, variant) in Self.variants.enumerated() {
      var cost = try TestDeployment.cost(
        example.model, variant, tensorParallelSize: example.tensorParallelSize, weights: example.weights)
      for j in 0..<batches {
        let seed = UInt64(1000 * i + j)
        var generator = SplitMix64(state: seed)
        let batch = RandomBatch(&generator)
        check(&cost, batch, &generator, "\(variant), seed \(seed)")
      }
    }
  }

  /// How much faster a step may get when work is added, as a share of its time. Largest seen in a search over 63,000 random
  /// batches: 3.0 % on one or two GPUs (a mean context that falls, the switch from split to plain attention), 4.7 % on eight (the
  /// switch to the two-shot all-reduce at 256 KiB), 9.8 % with FP8 weights (rows that fill their tiles run faster).
  static func tileTolerance(_ example: Case) -> Double {
    example.weights == .fp8 ? 0.11 : example.tensorParallelSize == 8 ? 0.055 : 0.035
  }

  /// The same for a context that grows: attention cuts it into more or fewer splits. Largest seen: 4.1 %.
  static let splitTolerance = 0.045

  @Test("INV-8: more members or tokens never make a step faster, save for tile effects", arguments: cases)
  func moreWork(example: Case) throws {
    try forEachBatch(example) { cost, batch, generator, comment in
      let before = cost.time(of: batch.shape(for: cost)).total.value
      let context = generator.size(32768) + 1
      let (cached, new) = (generator.size(4096), generator.size(2048))
      var more = [batch.with { $0.contexts.append(context) }, batch.with { $0.chunks.append((cached, new)) }]
      if !batch.chunks.isEmpty { more.append(batch.with { $0.chunks[0].new += new }) }
      for other in more {
        let after = cost.time(of: other.shape(for: cost)).total.value
        #expect(after >= before * (1 - Self.tileTolerance(example)), comment)
      }
    }
  }

  @Test("INV-8: a longer context never makes a step faster, save for splits", arguments: cases)
  func longerContext(example: Case) throws {
    try forEachBatch(example) { cost, batch, generator, comment in
      let before = cost.time(of: batch.shape(for: cost)).total.value
      let growth = generator.size(4096)
      let decoded = batch.contexts.isEmpty ? nil : batch.with { $0.contexts[0] += growth }
      let cached = batch.chunks.isEmpty ? nil : batch.with { $0.chunks[0].cached += growth }
      for other in [decoded, cached].compactMap({ $0 }) {
        let after = cost.time(of: other.shape(for: cost)).total.value
        #expect(after >= before * (1 - Self.splitTolerance), comment)
      }
    }
  }

  @Test("no kernel beats the datasheet: arithmetic, memory or link", arguments: cases) func roofline(
    example: Case
  ) throws {
    let spec = try TestDeployment.device().spec
    try forEachBatch(example) { cost, batch, _, comment in
      let beaten = cost.kernels(of: batch.shape(for: cost)).filter { line in
        let isLink = line.part == .communication || line.name == "logits_gather"
        let isQuantized = example.weights == .fp8 && line.name.contains("_proj")
        let peak = isQuantized ? spec.fp8 ?? spec.bf16 : spec.bf16
        let bandwidth = isLink ? spec.linkBandwidth : spec.memoryBandwidth
        let bound = max(line.cost.flops / peak, line.cost.bytes / bandwidth)
        return
          !(line.cost.time >= bound && line.cost.time > 0 && line.cost.time.value.isFinite
          && line.launches > 0)
      }
      #expect(beaten.isEmpty, comment)
    }
  }

  @Test("parts and kernels both add up to the step", arguments: cases) func sums(example: Case) throws {
    try forEachBatch(example, batches: 8) { cost, batch, _, comment in
      let shape = batch.shape(for: cost)
      let time = cost.time(of: shape)
      let kernels = cost.kernels(of: shape)
      #expect(abs(kernels.reduce(Seconds.zero) { $0 + $1.time } / time.total - 1) < 1e-12, comment)
      for part in StepPart.allCases {
        let sum = kernels.filter { $0.part == part }.reduce(Seconds.zero) { $0 + $1.time }
        #expect(abs(sum.value - time[part].value) <= 1e-12 * time.total.value, comment)
      }
    }
  }

  @Test("asking again, in another order, gives the same bits") func tables() throws {
    var forwards = try TestDeployment.cost("Llama-3.1-8B", "swiftkv-50")
    var backwards = forwards
    let batches = (0..<40).map { seed in
      var generator = SplitMix64(state: UInt64(seed))
      return RandomBatch(&generator).shape(for: forwards)
    }
    let first = batches.map { forwards.time(of: $0) }
    let last = Array(batches.reversed().map { backwards.time(of: $0) }.reversed())
    #expect(first == last)
    #expect(first == batches.map { forwards.time(of: $0) })
  }

  @Test("an empty batch takes no time and does no work") func empty() throws {
    var cost = try TestDeployment.cost("Llama-3.1-8B", "swiftkv-50")
    #expect(cost.time(of: cost.emptyBatch).total == 0)
    #expect(cost.kernels(of: cost.emptyBatch).isEmpty)
    #expect(cost.work(of: cost.emptyBatch).flops == 0)
  }

  @Test("FP8 weights shorten a decode step; more GPUs shorten every large step") func faster() throws {
    func time(_ n: Int, _ weights: Precision, prompt: Int) throws -> Seconds {
      var cost = try TestDeployment.cost("Llama-3.1-70B", "baseline", tensorParallelSize: n, weights: weights)
      var batch = cost.emptyBatch
      if prompt > 0 { batch.addPrefill(new: prompt, cached: 0) }
      for _ in 0..<32 { batch.addDecode(context: 1000) }
      return cost.time(of: batch).total
    }
    for prompt in [0, 2048] {
      let byGPUs = try [1, 2, 4, 8].map { try time($0, .bfloat16, prompt: prompt) }
      for (fewer, more) in zip(byGPUs, byGPUs.dropFirst()) {
        #expect(more < fewer)
        #expect(more > fewer / 2, "communication and latency do not divide")
      }
      #expect(try time(4, .fp8, prompt: prompt) < time(4, .bfloat16, prompt: prompt))
    }
  }
}
