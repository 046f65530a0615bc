import EngineSettings
import Hardware
import Models
import Quantities
import TestProfiles
import Testing

@testable import CostModel

/// Tables are a way to compute, not a model: what they give is what the kernels' visitor gives.
@Suite("step times by tables") struct StepTablesTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var model = "Llama-3.1-8B"
    var variant = "baseline"
    var device = "H100-SXM-80GB"
    var tensorParallelSize = 1
    var weights = Precision.bfloat16
    var mode = CUDAGraphMode.fullAndPiecewise
    var release = VLLMRelease.v0_15
    var isAsynchronous = true

    var testDescription: String {
      "\(model) \(variant), \(tensorParallelSize) × \(device), \(weights), \(mode), \(release), "
        + (isAsynchronous ? "asynchronous" : "synchronous")
    }

    func cost(sharing cache: TableCache? = nil) throws -> StepCost {
      var engine = EngineConfig(release: release)
      (engine.cudagraphMode, engine.asyncScheduling) = (mode, isAsynchronous)
      let device =
        device == "test-cpu"
        ? DeviceProfile.testProcessor : try #require(DeviceProfile.calibrated(device))
      let keyValues: Precision =
        weights == .float32 ? .float32 : variant.hasSuffix("fp8kv") ? .fp8 : .bfloat16
      return try StepCost(
        plan: TestDeployment.plan(model, variant, keyValues: keyValues),
        tensorParallelSize: tensorParallelSize, device: device, engine: engine, weightPrecision: weights,
        sharing: cache)
    }
  }

  static let cases: [Case] =
    [
      "baseline", "swiftkv-0", "swiftkv-25", "swiftkv-50", "swiftkv-62.5", "swiftkv-50-across2",
      "swiftkv-50-across2-fp8kv", "baseline-fp8kv",
    ].map { Case(variant: $0) } + [
      Case(weights: .fp8), Case(variant: "swiftkv-50", weights: .fp8), Case(tensorParallelSize: 2),
      Case(variant: "swiftkv-50", tensorParallelSize: 4, weights: .fp8),
      Case(mode: .none), Case(variant: "swiftkv-50", mode: .none), Case(mode: .piecewise),
      Case(variant: "swiftkv-50", release: .v0_11, isAsynchronous: false),
      Case(release: .v0_11, isAsynchronous: false), Case(device: "A100-SXM-80GB"),
      Case(variant: "swiftkv-50", device: "A100-SXM-80GB"),
      Case(model: "Qwen3-14B", variant: "swiftkv-50", tensorParallelSize: 2),
      Case(model: "Llama-3.2-1B"),
      Case(model: "live-25m", variant: "swiftkv-50", device: "test-cpu", weights: .float32),
    ]

  @Test("the visitor's time, part by part, for random batches", arguments: cases)
  func visitor(example: Case) throws {
    var cost = try example.cost()
    for seed in 0..<200 {
      var generator = SplitMix64(state: UInt64(seed))
      let batch = RandomBatch(&generator).shape(for: cost)
      let (fast, plain) = (cost.time(of: batch), cost.visitedTime(of: batch))
      #expect(abs(fast.total / plain.total - 1) < 1e-12, "seed \(seed)")
      for part in StepPart.allCases {
        let difference = abs(fast[part].value - plain[part].value)
        #expect(difference <= 1e-12 * plain.total.value, "\(part), seed \(seed)")
      }
    }
  }

  @Test("steps of decodes take what their batches take, to the bit", arguments: cases.dropLast())
  func decodeSteps(example: Case) throws {
    var cost = try example.cost()
    for seed in 0..<40 {
      var generator = SplitMix64(state: UInt64(seed))
      let sequences = generator.size(1100)
      var context = sequences * generator.size(9000) + generator.size(sequences)
      var steps = cost.decodeSteps(sequences: sequences)
      var (sum, attention, total) = (StepTime(), 0.0, 0.0)
      for _ in 0..<50 {
        let time = cost.time(of: decodes(cost, sequences, context))
        let seconds = steps.total(context: context)
        #expect(seconds == time.total.value, "\(sequences) sequences, context \(context), seed \(seed)")
        #expect(steps.attention == time[.decodeAttention].value)
        sum += time
        (attention, total) = (attention + steps.attention, total + seconds)
        context += sequences
      }
      let busy = steps.busy(steps: 50, attention: attention, total: total)
      for part in StepPart.allCases {
        #expect(abs((busy[part] - sum[part]).value) <= 1e-12 * total, "\(part), seed \(seed)")
      }
    }
  }

  private func decodes(_ cost: StepCost, _ sequences: Int, _ context: Int) -> BatchShape {
    var batch = cost.emptyBatch
    (batch.decodeSequences, batch.decodeContext) = (sequences, context)
    return batch
  }

  @Test("sharing a cache changes no bit, whatever was asked of it before and by which thread")
  func sharing() async throws {
    let cache = TableCache()
    let batches = try (0..<200).map { seed in
      var generator = SplitMix64(state: UInt64(seed))
      return RandomBatch(&generator).shape(for: try Case().cost())
    }
    let times = try await withThrowingTaskGroup(of: [[StepTime]].self) { group in
      for thread in 0..<4 {
        group.addTask {
          try Self.cases.dropLast().map { example in
            var cost = try example.cost(sharing: cache)
            let ordered = thread % 2 == 0 ? batches : batches.reversed()
            let times = ordered.map { cost.time(of: $0) }
            return thread % 2 == 0 ? times : times.reversed()
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let own = try Self.cases.dropLast().map { example in
      var cost = try example.cost()
      return batches.map { cost.time(of: $0) }
    }
    for shared in times { #expect(shared == own) }
  }

  @Test("a cache keeps deployments apart and takes those that differ in their engine as one")
  func keys() throws {
    let cache = TableCache()
    let base = try Case().cost(sharing: cache).kernels
    for other in [Case(mode: .piecewise), Case(release: .v0_11), Case(isAsynchronous: false)] {
      #expect(try other.cost(sharing: cache).kernels === base)
    }
    for other in [
      Case(variant: "swiftkv-50"), Case(variant: "baseline-fp8kv"), Case(tensorParallelSize: 2),
      Case(weights: .fp8),
      Case(device: "A100-SXM-80GB"), Case(model: "Llama-3.2-1B"),
    ] { #expect(try other.cost(sharing: cache).kernels !== base) }
    var device = try TestDeployment.device()
    device.host.sampling += 1e-6
    let changed = StepCost(
      plan: base.plan, tensorParallelSize: 1, device: device, engine: EngineConfig(),
      weightPrecision: .bfloat16, sharing: cache)
    #expect(changed.kernels !== base)
  }

  @Test("beyond the tables' ends times are computed as within") func ends() throws {
    var cost = try Case(variant: "swiftkv-50").cost()
    var batch = decodes(cost, 3, 3 * 400_000)
    batch.addPrefill(new: 300_000, cached: 0)
    let (fast, plain) = (cost.time(of: batch), cost.visitedTime(of: batch))
    #expect(abs(fast.total / plain.total - 1) < 1e-12)
    var steps = cost.decodeSteps(sequences: 300_000)
    let context = 300_000 * 17
    #expect(steps.total(context: context) == cost.time(of: decodes(cost, 300_000, context)).total.value)
  }
}
