import Quantities
import Randomness

/// The planned times of a workload's arrivals, in order.
///
/// A process is rescaled to end on time, so its gaps are drawn twice: once for their sum, once to send. Both passes see
/// the same numbers. Only the first gaps are kept, so that runs of usual size draw once and long ones need no memory.
struct ArrivalTimes: Sendable {
  struct Arrival: Hashable, Sendable {
    var time: Seconds
    var stage: Int
  }

  private let source: RandomStream
  private var processes: [Process] = []
  /// The gaps of the first arrivals, as drawn.
  private var keptGaps: [Double] = []
  private let mostKeptGaps: Int
  private var index = 0
  private var stage = 0
  /// Of the current process: what it is, arrivals made, and the running sum of their gaps.
  private var process = Process(gaps: .equal, first: 0, count: 0, start: 0, span: 0, total: 0)
  private var made = 0
  private var sum = 0.0

  /// No arrivals.
  init() {
    source = RandomStream(seed: 0, stream: .arrivals)
    mostKeptGaps = 0
  }

  /// - Parameters:
  ///   - count: arrivals of a process that has no number of its own.
  ///   - mostKeptGaps: gaps that are kept at most; as a rule 32 MB of them.
  /// - Precondition: `spec` has no problems and is not a trace.
  init(_ spec: ArrivalSpec, count: Int, seed: UInt64, keeping mostKeptGaps: Int = 1 << 22) {
    self.mostKeptGaps = mostKeptGaps
    source = RandomStream(seed: seed, stream: .arrivals)
    switch spec {
    case .open(let rate, let burstiness):
      append(Gaps(burstiness: burstiness), count: count, rate: rate)
    case .stages(let stages):
      for stage in stages {
        append(Gaps(burstiness: stage.burstiness), count: stage.count ?? 0, rate: stage.rate)
      }
    case .gapQuantiles(let table, let rate):
      append(.quantiles(table), count: count, rate: rate)
    case .trace: preconditionFailure("a trace brings its own times")
    }
    if let first = processes.first { process = first }
  }

  private mutating func append(_ gaps: Gaps, count: Int, rate: PerSecond?) {
    let first = processes.last.map { $0.first + $0.count } ?? 0
    let start = processes.last.map { $0.start + $0.span } ?? 0
    var total = 0.0
    if rate?.value != .infinity {
      keptGaps.reserveCapacity(min(first + count, mostKeptGaps))
      for i in first..<first + count {
        let gap = gaps.draw(at: i, from: source)
        if i == keptGaps.count, i < mostKeptGaps { keptGaps.append(gap) }
        total += gap
      }
    }
    let span = rate.map { Double(count) / $0.value } ?? total
    processes.append(
      Process(gaps: gaps, first: first, count: count, start: start, span: span, total: total))
  }

  mutating func next() -> Arrival? {
    while made == process.count {
      guard stage + 1 < processes.count else { return nil }
      stage += 1
      process = processes[stage]
      (made, sum) = (0, 0)
    }
    defer {
      made += 1
      index += 1
    }
    guard process.span > 0 else { return Arrival(time: Seconds(process.start), stage: stage) }
    sum += index < keptGaps.count ? keptGaps[index] : process.gaps.draw(at: index, from: source)
    // The same additions in the same order: at the last request the share is exactly 1. Gaps of very small shapes can
    // all underflow to 0; then the first one, being as good as any, takes the whole time.
    let share = process.total > 0 ? sum / process.total : 1
    return Arrival(time: Seconds(process.start + share * process.span), stage: stage)
  }

  /// One renewal process, in a stretch of time that it fills exactly.
  private struct Process: Sendable {
    var gaps: Gaps
    /// Index of the process's first arrival in the run.
    var first: Int
    var count: Int
    /// Seconds from the start of the run.
    var start: Double
    /// Seconds from the start to the last arrival.
    var span: Double
    /// Sum of the gaps as drawn.
    var total: Double
  }

  /// A distribution of gaps, up to a factor.
  private enum Gaps: Sendable {
    case equal
    case gamma(GammaDistribution)
    case quantiles(QuantileTable)

    init(burstiness: Double) {
      self = burstiness == .infinity ? .equal : .gamma(GammaDistribution(shape: burstiness))
    }

    func draw(at index: Int, from source: RandomStream) -> Double {
      switch self {
      case .equal: return 1
      case .gamma(let gamma): return gamma.value(at: index, of: source)
      case .quantiles(let table): return table.value(at: source.uniform(at: index))
      }
    }
  }
}
