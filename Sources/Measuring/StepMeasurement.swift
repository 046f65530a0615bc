import Calibration
import CostModel
import EngineSettings
import Foundation
import LiveEngine
import Models
import Quantities
import ReferenceKernels
import Serving
import Workload

/// A short run of the live engine whose steps are measured: one model under one variant, with so many requests in flight.
struct StepMeasurement {
  let model: ModelConfig
  let variant: Variant
  let concurrency: Int

  private static let duration: Seconds = 0.8
  /// Of one run's steps so many are kept, evenly over its time.
  private static let keptSteps = 40
  private static let seed: UInt64 = 20

  /// All models from small to large, alone and crowded, with and without layer skipping.
  static var runs: [StepMeasurement] {
    ["live-2m", "live-5m", "live-8m", "live-25m", "live-50m"].compactMap(ModelConfig.named).flatMap { model in
      [Variant.baseline, Variant(technique: .swiftKV(layers: .skipping(0.5), keyValueGroupSize: 1))]
        .flatMap { variant in
          [1, 6, 24].map { StepMeasurement(model: model, variant: variant, concurrency: $0) }
        }
    }
  }

  func measure(threads: KernelThreads) throws -> [StepTable.Row] {
    var engine = EngineConfig()
    engine.maxNumBatchedTokens = 512
    engine.maxNumSeqs = 32
    engine.asyncScheduling = false
    let plan = try variant.plan(for: model, kvPrecision: .float32)
    let server = LiveServer(
      plan: plan, weights: RandomWeights(model: model, seed: Self.seed), engine: engine, numGPUBlocks: 2048,
      threads: threads)
    let workload = WorkloadSpec(
      numRequests: 2000, arrivals: .open(rate: 1e6, burstiness: 1),
      promptTokens: LengthSpec(.uniform(8, 384)),
      outputTokens: LengthSpec(.uniform(4, 48)), maxConcurrency: concurrency)
    let run = try server.run(
      requests: try workload.stream(seed: Self.seed), seed: Self.seed,
      options: .init(maxConcurrency: concurrency)
    ) { $0.now < Self.duration }
    // The first steps meet cold caches and page faults.
    let steps = run.steps.dropFirst(5)
    let stride = max(1, steps.count / Self.keptSteps)
    return steps.enumerated().filter { $0.offset % stride == 0 }.map { row($0.element) }
  }

  private func row(_ step: LiveRun.Step) -> StepTable.Row {
    StepTable.Row(
      model: model, variant: variant, decodeSequences: step.batch.decodeSequences,
      decodeContext: step.batch.decodeContext, prefillChunks: step.batch.prefillChunks,
      prefillTokens: step.batch.prefillTokens, prefillContext: step.batch.prefillContext,
      prefillPairs: Int(step.batch.prefillPairs), time: step.time.total)
  }
}
