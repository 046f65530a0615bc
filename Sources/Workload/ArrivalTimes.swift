import Quantities
import Randomness

/// The release times of an arrival process that is not a trace, one after another.
///
/// As `vllm bench serve` makes them: gaps are drawn, the first request goes out after one gap, and all times are scaled so
/// that the last of N goes out at exactly N/rate. That takes the sum of all gaps, which a first pass finds; nothing is stored.
struct ArrivalTimes: Sequence, IteratorProtocol, Sendable {
  private let random: RandomStream
  private var parts: ArraySlice<Part>
  private var index = 0
  private var inPart = 0
  private var partStart = 0.0
  private var sum = 0.0
  private var scale = 1.0

  /// A stretch of one process.
  struct Part: Sendable {
    var count: Int
    var gap: Gap
    var stage: Int
    /// When the last request goes out, counted from the start of the part; nil leaves the gaps as drawn.
    var length: Double?
  }

  enum Gap: Sendable {
    case none
    case constant
    case gamma(shape: Double)
    case quantiles(QuantileTable)

    func draw(_ draws: inout Draws) -> Double {
      switch self {
      case .none: 0
      case .constant: 1
      case .gamma(let shape): draws.gamma(shape: shape)
      case .quantiles(let table): table.value(at: draws.unit())
      }
    }
  }

  init(_ parts: [Part], seed: UInt64) {
    random = RandomStream(seed: seed, .arrivals)
    self.parts = parts.filter { $0.count > 0 }[...]
    enterPart()
  }

  mutating func next() -> (time: Seconds, stage: Int)? {
    guard let part = parts.first else { return nil }
    var draws = random.draws(at: index)
    sum += part.gap.draw(&draws)
    index += 1
    inPart += 1
    let isLast = inPart == part.count
    // Exact, whatever the rounding on the way.
    let time = isLast ? partStart + (part.length ?? sum) : partStart + sum * scale
    if isLast {
      parts.removeFirst()
      partStart = time
      enterPart()
    }
    return (Seconds(time), part.stage)
  }

  private mutating func enterPart() {
    (inPart, sum, scale) = (0, 0, 1)
    guard let part = parts.first, let length = part.length else { return }
    var total = 0.0
    for i in index..<(index + part.count) {
      var draws = random.draws(at: i)
      total += part.gap.draw(&draws)
    }
    scale = total > 0 ? length / total : 0
  }
}

extension ArrivalSpec {
  /// The parts of the process, for `count` requests (nil: as many as the stages have).
  func parts(count: Int?) -> [ArrivalTimes.Part] {
    switch self {
    case .open(let rate, let burstiness):
      return [Self.part(count ?? 0, rate, burstiness, stage: 0)]
    case .stages(let stages):
      return stages.enumerated().map { i, stage in
        Self.part(stage.count, stage.rate, stage.burstiness, stage: i)
      }
    case .gapQuantiles(let table, let rate):
      let n = count ?? 0
      return [.init(count: n, gap: .quantiles(table), stage: 0, length: rate.map { Double(n) / $0.value })]
    case .trace:
      return []
    }
  }

  private static func part(
    _ count: Int, _ rate: PerSecond, _ burstiness: Double, stage: Int
  ) -> ArrivalTimes.Part {
    guard rate.value.isFinite else { return .init(count: count, gap: .none, stage: stage, length: 0) }
    return .init(
      count: count, gap: burstiness.isFinite ? .gamma(shape: burstiness) : .constant, stage: stage,
      length: Double(count) / rate.value)
  }
}

extension LoadStage {
  /// Requests of the stage: as given, or rate × duration to the nearest whole number.
  var count: Int { numRequests ?? Int((rate * (duration ?? 0)).rounded()) }
}
