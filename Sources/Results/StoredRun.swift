public import Metrics
public import Quantities

/// A run as a list shows it: what it was of, and its headline figures.
public struct StoredRun: Hashable, Sendable, Identifiable {
  /// Ascending in order of storing; never used again.
  public var id: Int64
  public var run: RunDescription
  public var figures: HeadlineFigures
}

/// The figures of a run that its row in the database carries, so that listing needs no recomputation. They describe the
/// measurement window of the `Summary` that was stored.
public struct HeadlineFigures: Hashable, Sendable {
  public var duration: Seconds
  public var completed: Int
  public var failed: Int
  public var requestThroughput: PerSecond
  /// nil without goodput limits.
  public var goodput: PerSecond?
  public var outputThroughput: PerSecond
  public var totalTokenThroughput: PerSecond
  public var ttft: Latency
  public var tpot: Latency
  public var itl: Latency
  public var e2e: Latency
  public var kvBlocks: Int
  /// Shares of the KV blocks, 0 ... 1.
  public var meanKVUsage: Double
  public var peakKVUsage: Double
  public var preemptions: Int
  public var steps: Int
  /// 0 ... 1.
  public var gpuBusyShare: Double

  public struct Latency: Hashable, Sendable {
    public var mean: Seconds
    public var p50: Seconds
    public var p90: Seconds
    public var p99: Seconds
  }

  public subscript(metric: LatencyMetric) -> Latency {
    switch metric {
    case .ttft: ttft
    case .tpot: tpot
    case .itl: itl
    case .e2e: e2e
    }
  }
}

// In an extension, so that the memberwise initialiser stays.
extension HeadlineFigures {
  public init(_ run: RunFigures) {
    let summary = run.summary
    duration = summary.duration
    completed = summary.completed
    failed = summary.failed
    requestThroughput = summary.requestThroughput
    goodput = summary.goodput
    outputThroughput = summary.outputThroughput
    totalTokenThroughput = summary.totalTokenThroughput
    ttft = Latency(summary.ttft)
    tpot = Latency(summary.tpot)
    itl = Latency(summary.itl)
    e2e = Latency(summary.e2e)
    kvBlocks = run.totals.totalBlocks
    meanKVUsage = summary.engine.meanKVUsage
    peakKVUsage = summary.engine.peakKVUsage
    preemptions = summary.engine.preemptions
    steps = summary.engine.steps
    gpuBusyShare = summary.engine.gpuBusyShare
  }
}

extension HeadlineFigures.Latency {
  init(_ samples: Distribution) {
    mean = Seconds(samples.mean)
    p50 = Seconds(samples.median)
    p90 = Seconds(samples.percentile(90))
    p99 = Seconds(samples.percentile(99))
  }
}
