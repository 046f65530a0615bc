import EngineSettings
import Foundation
public import Hardware
import LiveEngine
public import Measuring
import Metrics
public import Models
public import Quantities
import ReferenceKernels
import Serving
import Workload

/// Serves requests for real on this machine, simulates the same requests with the machine's profile, and compares.
///
/// Every variant gets the same requests at the same times, at shares of the first variant's measured saturation. Repeats serve the
/// same requests again, so what differs between them is the machine.
public struct LiveValidation: Sendable {
  public var profile: DeviceProfile
  public var model: ModelConfig
  /// The first one's saturation sets the rates, and the others are compared with it.
  public var variants: [Variant]
  /// Shares of saturation, in (0, 1].
  public var loads: [Double]
  public var repeats: Int
  /// Of sending, for each load.
  public var duration: Seconds
  public var threads: Int?
  public var seed: UInt64
  /// The machine's state when the profile was measured; nil takes that at the beginning.
  public var state: MachineProbe.State?

  /// Runs are served again where the machine's state was another one, for as long as this.
  private static let patience: Seconds = 60
  private static let promptTokens = LengthSpec(.uniform(32, 384))
  private static let outputTokens = LengthSpec(.uniform(16, 64))
  /// Requests that are sent at once to find the saturation; the first and last of them, when batches are not full, count less
  /// the more there are.
  private static let saturatingRequests = 120
  private static let blocks = 2048

  public init(
    profile: DeviceProfile, model: ModelConfig, variants: [Variant], loads: [Double], repeats: Int,
    duration: Seconds, threads: Int? = nil, seed: UInt64, state: MachineProbe.State? = nil
  ) {
    self.profile = profile
    self.model = model
    self.variants = variants
    self.loads = loads
    self.repeats = repeats
    self.duration = duration
    self.threads = threads
    self.seed = seed
    self.state = state
  }

  /// The settings of both engines.
  static var engine: EngineConfig {
    var engine = EngineConfig()
    engine.maxNumBatchedTokens = 512
    engine.maxNumSeqs = 32
    engine.numGPUBlocksOverride = blocks
    engine.asyncScheduling = false
    return engine
  }

  public struct Outcome: Sendable {
    /// A run a variant, a stage a load; of the repeats the median of each figure, so that one disturbed by the machine counts little.
    public var report: ValidationReport
    public var variants: [Measured]
    /// Requests a second that the first variant completed when all were sent at once, and what was predicted.
    public var saturation: ValidationReport.Compared
    public var loads: [Double]

    public struct Measured: Sendable {
      public var variant: Variant
      /// By load.
      public var stages: [Spread]
    }

    /// Runs that were served, and those of them that count although the machine's state was not that of its profile: there was no
    /// time to serve them again.
    public var served: Int
    public var disturbed: Int

    /// Largest less smallest mean of the repeats, over their mean, in percent.
    public struct Spread: Hashable, Sendable, Encodable {
      public var ttft: Double
      public var tpot: Double
      public var e2e: Double
    }
  }

  /// - Parameter progress: told the share done; false stops, and then there is no outcome.
  /// - Throws: `VariantError`, `UnsupportedKernels`: if a variant does not fit the model, or the profile is no processor's.
  public func run(progress: @escaping (Experiment.Progress) -> Bool) throws -> Outcome? {
    let threads = KernelThreads(count: threads, spin: MachineProbe.spin)
    let deployments = try variants.map {
      try Deployment(
        model: model, variant: $0, device: profile, tensorParallelSize: 1, engine: Self.engine)
    }
    let weights = RandomWeights(model: model, seed: seed)
    let servers = deployments.map {
      LiveServer(
        plan: $0.plan, weights: weights, engine: Self.engine, numGPUBlocks: Self.blocks, threads: threads)
    }
    let total = 1 + repeats * loads.count * servers.count
    let probe = MachineProbe(threads: threads)
    let reference = state ?? probe.state()
    let clock = ContinuousClock()
    var (served, disturbed, spent) = (0, 0, Seconds.zero)
    var done = 0
    func serve(_ server: LiveServer, _ requests: RequestStream) throws -> RunRecord? {
      while true {
        let began = clock.now
        var distance = MachineProbe.distance(probe.state(), reference)
        var goesOn = true
        let run = try server.run(requests: requests, seed: seed) { state in
          let share = (Double(done) + Double(state.finished) / Double(max(1, state.total))) / Double(total)
          goesOn = progress(.init(finishedRuns: done, runs: total, share: share))
          return goesOn
        }
        guard goesOn else { return nil }
        distance = max(distance, MachineProbe.distance(probe.state(), reference))
        served += 1
        let isDisturbed = distance > MachineProbe.tolerance
        if isDisturbed, spent < Self.patience {
          spent += Seconds((clock.now - began) / .seconds(1))
          continue
        }
        if isDisturbed { disturbed += 1 }
        done += 1
        return run.record
      }
    }

    let crowd = try requests(rate: 1e6, count: Self.saturatingRequests)
    // The first answers find cold caches.
    _ = try servers[0].run(requests: requests(rate: 1e6, count: 8), seed: seed)
    guard let saturated = try serve(servers[0], crowd) else { return nil }
    let saturation = ValidationReport.Compared(
      measured: StageFigures(saturated.requests).requestThroughput,
      predicted: StageFigures(
        try Simulation.run(deployments[0], requests: crowd).requests
      ).requestThroughput)

    let streams = try loads.map { load in
      let rate = load * saturation.measured
      return (rate, try requests(rate: rate, count: max(4, Int((rate * duration.value).rounded()))))
    }
    var measured = servers.map { _ in streams.map { _ in [StageFigures]() } }
    // Variants in turn, so that a machine that grows slower slows them alike.
    for _ in 0..<repeats {
      for (i, stream) in streams.enumerated() {
        for (v, server) in servers.enumerated() {
          guard let record = try serve(server, stream.1) else { return nil }
          measured[v][i].append(StageFigures(record.requests))
        }
      }
    }
    var runs: [ValidationReport.Run] = []
    for (v, deployment) in deployments.enumerated() {
      let stages = try streams.enumerated().map { i, stream in
        let record = try Simulation.run(deployment, requests: stream.1)
        return ValidationReport.Stage(
          rate: stream.0, measured: measured[v][i], predicted: [StageFigures(record.requests)],
          promptWork: record.promptWork())
      }
      runs.append(
        ValidationReport.Run(
          file: variants[v].name, model: model.name, tensorParallelSize: 1, isOverload: false,
          isClientCapped: false, stages: stages))
    }
    return Outcome(
      report: ValidationReport(runs: runs),
      variants: zip(variants, measured).map { variant, stages in
        Outcome.Measured(variant: variant, stages: stages.map(Outcome.Spread.init))
      }, saturation: saturation, loads: loads, served: served, disturbed: disturbed)
  }

  private func requests(rate: Double, count: Int) throws -> RequestStream {
    try WorkloadSpec(
      numRequests: count, arrivals: .open(rate: PerSecond(rate), burstiness: 1),
      promptTokens: Self.promptTokens,
      outputTokens: Self.outputTokens
    ).stream(seed: seed)
  }
}

extension LiveValidation.Outcome.Spread {
  init(_ repeats: [StageFigures]) {
    func spread(_ metric: KeyPath<StageFigures, Distribution>) -> Double {
      let means = repeats.map { $0[keyPath: metric].mean }
      let mean = means.reduce(0, +) / Double(max(1, means.count))
      guard let low = means.min(), let high = means.max(), mean > 0 else { return 0 }
      return 100 * (high - low) / mean
    }
    self.init(ttft: spread(\.ttft), tpot: spread(\.tpot), e2e: spread(\.e2e))
  }
}

/// What is printed.
extension LiveValidation.Outcome {
  public var heading: String {
    "\(report.runs.first?.model ?? ""): \(variants[0].variant.name) saturates at "
      + "\(NumberText.significant(saturation.measured)) req/s (predicted "
      + "\(NumberText.significant(saturation.predicted)), \(saturation.errorText))\n"
      + "\(served) runs served; the machine's state was not that of its profile in \(disturbed) of those that count\n"
      + "measured: medians of the repeats"
  }

  /// Means by load as `validate` has them, the spread between repeats, the gain of each variant over the first, and the errors
  /// over all.
  public var tables: [ReportTable] {
    report.tables + (gains.rows.isEmpty ? [] : [gains]) + [spreads]
  }

  private func rows(_ cells: (Int, Int) -> [String]) -> [[String]] {
    variants.indices.flatMap { v in
      loads.indices.map { i in
        [variants[v].variant.name, String(format: "%.0f %%", 100 * loads[i])] + cells(v, i)
      }
    }
  }

  private var spreads: ReportTable {
    ReportTable(
      columns: ["between repeats", "load", "TTFT", "TPOT", "E2E"],
      rows: rows { v, i in
        let spread = variants[v].stages[i]
        return [spread.ttft, spread.tpot, spread.e2e].map { String(format: "%.1f %%", $0) }
      })
  }

  /// A mean of a variant over that of the first, measured and predicted.
  func gain(_ v: Int, _ i: Int, _ latency: (ValidationReport.Stage) -> ValidationReport.Latency)
    -> ValidationReport.Compared
  {
    let (own, first) = (latency(report.runs[v].stages[i]).mean, latency(report.runs[0].stages[i]).mean)
    return .init(measured: own.measured / first.measured, predicted: own.predicted / first.predicted)
  }

  private var gains: ReportTable {
    ReportTable(
      columns: [
        "against \(variants[0].variant.name)", "load", "TTFT", "predicted", "error", "TPOT", "predicted",
        "error", "E2E", "predicted", "error",
      ],
      rows: rows { v, i in
        [gain(v, i, \.ttft), gain(v, i, \.tpot), gain(v, i, \.e2e)].flatMap {
          [String(format: "×%.3f", $0.measured), String(format: "×%.3f", $0.predicted), $0.errorText]
        }
      }.filter { $0[0] != variants[0].variant.name })
  }

  /// JSON with sorted keys.
  public func json() throws -> String {
    try ValidationReport.json(
      Encoded(
        model: report.runs.first?.model ?? "", saturation: saturation, loads: loads, report: report,
        spread: Dictionary(
          variants.map { ($0.variant.name, $0.stages) }, uniquingKeysWith: { first, _ in first }),
        served: served, disturbed: disturbed))
  }

  private struct Encoded: Encodable {
    var model: String
    var saturation: ValidationReport.Compared
    var loads: [Double]
    var report: ValidationReport
    var spread: [String: [Spread]]
    var served: Int
    var disturbed: Int

    enum CodingKeys: String, CodingKey {
      case model, loads, report
      case served = "runs_served"
      case disturbed = "runs_in_another_state_of_the_machine"
      case saturation = "saturation_requests_per_s"
      case spread = "spread_between_repeats_percent"
    }
  }
}
