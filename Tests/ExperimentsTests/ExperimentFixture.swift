import CostModel
import EngineSettings
import Experiments
import Hardware
import Metrics
import Models
import Quantities
import Serving
import Testing
import Workload

/// Scenarios and finished runs for the tests of what surrounds the simulation.
enum ExperimentFixture {
  static let model = ModelConfig(
    name: "test/llama-8b", architecture: .llama, hiddenSize: 4096, intermediateSize: 14336,
    numHiddenLayers: 32,
    numAttentionHeads: 32, numKeyValueHeads: 8, headDim: 128, vocabSize: 128_256,
    maxPositionEmbeddings: 131_072)

  static func scenario(
    model: ModelConfig = model, requests: Int = 30, objective: [String: Seconds] = [:]
  ) throws -> Scenario {
    let device = try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
    let limits = try objective.sorted { $0.key < $1.key }.map {
      try Objective.Limit(key: $0.key, limit: $0.value)
    }
    return Scenario(
      name: "fixture", model: model, device: device, tensorParallelSize: 1, engine: EngineConfig(),
      variant: .baseline,
      workload: WorkloadSpec(
        numRequests: requests, arrivals: .open(rate: 20, burstiness: 1),
        promptTokens: LengthSpec(.uniform(200, 3000)), outputTokens: LengthSpec(.uniform(2, 20))),
      objective: Objective(limits: limits), seed: 7)
  }

  /// A run in which every request has this TTFT and these gaps. No simulation is involved.
  static func run(
    _ name: String, ttft: Seconds, gap: Seconds = 0.01, requests count: Int = 10, rejected: Int = 0,
    in scenario: Scenario
  ) throws -> VariantRun {
    let variant = try Variant(name: name)
    let deployment = try Deployment(
      model: scenario.model, variant: variant, device: scenario.device,
      tensorParallelSize: scenario.tensorParallelSize, engine: scenario.engine)
    let end = ttft + 2 * gap
    var requests = (0..<count).map { i in
      RequestRecord(
        index: i, stage: 0, promptTokens: 100, outputTokens: 3, generatedTokens: 3, released: 0, sent: 0,
        firstToken: ttft, finished: end, outcome: .finished, deliveries: [.init(first: 0, last: 2)])
    }
    for i in 0..<rejected {
      requests.append(
        RequestRecord(
          index: count + i, stage: 0, promptTokens: 1, outputTokens: 1, released: 0, sent: 0,
          outcome: .rejected(.exceedsMaxModelLen)))
    }
    let steps = (0..<3).map { i in
      let time = ttft + Double(i) * gap
      return StepRecord(
        composed: 0, start: time - gap, end: time, prefillTokens: i == 0 ? 1000 : 0,
        decodeTokens: i == 0 ? 0 : 10,
        running: 10, waiting: 0, usedBlocks: 70, preemptions: 0)
    }
    let record = RunRecord(
      requests: requests, steps: steps, interTokenGaps: [WeightedSample(value: gap.value, count: 20)],
      totals: RunTotals(
        busy: [],
        totalBlocks: deployment.memory.usableBlocks, blockSize: 16, prefixQueryTokens: 0, prefixHitTokens: 0))
    let figures = RunFigures(record: record)
    return VariantRun(
      variant: variant, plan: deployment.plan, memory: deployment.memory, figures: figures, record: record,
      verdict: scenario.objective.verdict(on: figures.summary), wallTime: 0)
  }
}
