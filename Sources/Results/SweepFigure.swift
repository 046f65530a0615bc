public import Metrics
public import Quantities

/// A figure of one simulation of a sweep. Raw values are the columns of `sweep_results` and of the CSV; `docs/file-formats.md` says what
/// each is.
public enum SweepFigure: String, CaseIterable, Sendable {
  case offeredRequestRate = "offered_request_rate"
  case requests
  case completed
  case failed
  case rejected
  case duration = "duration_s"
  case requestThroughput = "request_throughput"
  case goodput
  case outputThroughput = "output_throughput"
  case totalTokenThroughput = "total_token_throughput"
  case requestThroughputPerGPU = "request_throughput_per_gpu"
  case outputThroughputPerGPU = "output_throughput_per_gpu"
  case totalTokenThroughputPerGPU = "total_token_throughput_per_gpu"
  case goodputPerGPU = "goodput_per_gpu"
  case meanTTFT = "mean_ttft_s"
  case p50TTFT = "p50_ttft_s"
  case p90TTFT = "p90_ttft_s"
  case p99TTFT = "p99_ttft_s"
  case meanTPOT = "mean_tpot_s"
  case p50TPOT = "p50_tpot_s"
  case p90TPOT = "p90_tpot_s"
  case p99TPOT = "p99_tpot_s"
  case meanITL = "mean_itl_s"
  case p50ITL = "p50_itl_s"
  case p90ITL = "p90_itl_s"
  case p99ITL = "p99_itl_s"
  case meanE2E = "mean_e2el_s"
  case p50E2E = "p50_e2el_s"
  case p90E2E = "p90_e2el_s"
  case p99E2E = "p99_e2el_s"
  case ttftFrontEnd = "ttft_front_end_s"
  case ttftQueue = "ttft_queue_s"
  case ttftOwnPrefill = "ttft_own_prefill_s"
  case ttftPreemption = "ttft_preemption_s"
  case ttftInterference = "ttft_interference_s"
  case objectiveMet = "objective_met"
  case kvBlocks = "kv_blocks"
  case meanKVUsage = "mean_kv_usage"
  case peakKVUsage = "peak_kv_usage"
  case preemptions
  case prefixHitRate = "prefix_hit_rate"
  case meanRunning = "mean_running"
  case meanWaiting = "mean_waiting"
  case meanInSystem = "mean_in_system"
  case peakConcurrentRequests = "peak_concurrent_requests"
  case meanBatchTokens = "mean_batch_tokens"
  case steps
  case gpuBusyShare = "gpu_busy_share"
  case percentileError = "percentile_error"
  case expectedErrorTTFT = "expected_error_ttft_percent"
  case expectedErrorTPOT = "expected_error_tpot_percent"
  case expectedErrorE2E = "expected_error_e2el_percent"

  /// The columns that `sweep_results` began with; a figure that is added later comes with a migration of its own.
  static let migration3 = allCases.map(\.rawValue)

  /// Whether the replicates of a point estimate it, so that an interval says something.
  public var isEstimate: Bool {
    switch self {
    case .requestThroughput, .goodput, .outputThroughput, .totalTokenThroughput, .requestThroughputPerGPU,
      .outputThroughputPerGPU, .totalTokenThroughputPerGPU, .goodputPerGPU, .meanTTFT, .p50TTFT, .p90TTFT,
      .p99TTFT,
      .meanTPOT,
      .p50TPOT, .p90TPOT, .p99TPOT, .meanITL, .p50ITL, .p90ITL, .p99ITL, .meanE2E, .p50E2E, .p90E2E, .p99E2E,
      .meanKVUsage, .meanInSystem:
      true
    default: false
    }
  }
}

/// The figures of one simulation.
public struct SweepFigures: Hashable, Sendable {
  /// In the order of ``SweepFigure``; nil where a simulation has no such figure.
  private var values: [Double?]

  public subscript(figure: SweepFigure) -> Double? { values[Self.position(figure)] }

  private static func position(_ figure: SweepFigure) -> Int { positions[figure] ?? 0 }
  private static let positions = Dictionary(
    uniqueKeysWithValues: SweepFigure.allCases.enumerated().map { ($0.element, $0.offset) })

  init(_ value: (SweepFigure) throws -> Double?) rethrows { values = try SweepFigure.allCases.map(value) }

  /// In percent of the mean.
  public struct ExpectedErrors: Hashable, Sendable {
    public var ttft: Double?
    public var tpot: Double?
    public var e2e: Double?

    public init(ttft: Double?, tpot: Double?, e2e: Double?) {
      self.ttft = ttft
      self.tpot = tpot
      self.e2e = e2e
    }
  }

  /// - Parameters:
  ///   - gpus: of the whole deployment.
  ///   - offered: mean rate at which requests are released; nil where answers or clients set the pace.
  ///   - objectiveMet: nil without an objective.
  public init(
    _ run: RunFigures, gpus: Int, offered: PerSecond?, objectiveMet: Bool?, expectedErrors: ExpectedErrors
  ) {
    let (summary, engine, parts) = (run.summary, run.summary.engine, run.summary.attribution)
    let headline = HeadlineFigures(run)
    // A latency without samples is no latency of 0.
    func latency(_ metric: LatencyMetric, _ value: (HeadlineFigures.Latency) -> Seconds) -> Double? {
      summary[metric].isEmpty ? nil : value(headline[metric]).value
    }
    let perGPU = 1 / Double(max(1, gpus))
    self.init { figure in
      switch figure {
      case .offeredRequestRate: offered?.value
      case .requests: Double(run.requests)
      case .completed: Double(summary.completed)
      case .failed: Double(summary.failed)
      case .rejected: Double(summary.rejections.reduce(0) { $0 + $1.count })
      case .duration: summary.duration.value
      case .requestThroughput: summary.requestThroughput.value
      case .goodput: summary.goodput?.value
      case .outputThroughput: summary.outputThroughput.value
      case .totalTokenThroughput: summary.totalTokenThroughput.value
      case .requestThroughputPerGPU: summary.requestThroughput.value * perGPU
      case .outputThroughputPerGPU: summary.outputThroughput.value * perGPU
      case .totalTokenThroughputPerGPU: summary.totalTokenThroughput.value * perGPU
      case .goodputPerGPU: summary.goodput.map { $0.value * perGPU }
      case .meanTTFT: latency(.ttft, \.mean)
      case .p50TTFT: latency(.ttft, \.p50)
      case .p90TTFT: latency(.ttft, \.p90)
      case .p99TTFT: latency(.ttft, \.p99)
      case .meanTPOT: latency(.tpot, \.mean)
      case .p50TPOT: latency(.tpot, \.p50)
      case .p90TPOT: latency(.tpot, \.p90)
      case .p99TPOT: latency(.tpot, \.p99)
      case .meanITL: latency(.itl, \.mean)
      case .p50ITL: latency(.itl, \.p50)
      case .p90ITL: latency(.itl, \.p90)
      case .p99ITL: latency(.itl, \.p99)
      case .meanE2E: latency(.e2e, \.mean)
      case .p50E2E: latency(.e2e, \.p50)
      case .p90E2E: latency(.e2e, \.p90)
      case .p99E2E: latency(.e2e, \.p99)
      case .ttftFrontEnd: parts?.frontEnd.value
      case .ttftQueue: parts?.queue.value
      case .ttftOwnPrefill: parts?.ownPrefill.value
      case .ttftPreemption: parts?.preemption.value
      case .ttftInterference: parts?.interference.value
      case .objectiveMet: objectiveMet.map { $0 ? 1 : 0 }
      case .kvBlocks: Double(run.totals.totalBlocks)
      case .meanKVUsage: engine.meanKVUsage
      case .peakKVUsage: engine.peakKVUsage
      case .preemptions: Double(engine.preemptions)
      case .prefixHitRate: engine.prefixHitRate
      case .meanRunning: engine.meanRunning
      case .meanWaiting: engine.meanWaiting
      case .meanInSystem: engine.meanInSystem
      case .peakConcurrentRequests: Double(summary.peakConcurrentRequests)
      case .meanBatchTokens: engine.meanBatchTokens
      case .steps: Double(engine.steps)
      case .gpuBusyShare: engine.gpuBusyShare
      case .percentileError: run.percentileError
      case .expectedErrorTTFT: expectedErrors.ttft
      case .expectedErrorTPOT: expectedErrors.tpot
      case .expectedErrorE2E: expectedErrors.e2e
      }
    }
  }
}
