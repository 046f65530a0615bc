public import Quantities

/// When requests are released. In conversations the process times their first turns, and its rates and numbers are of
/// conversations; later turns follow the answers.
public enum ArrivalSpec: Hashable, Sendable {
  /// A renewal process as `vllm bench serve` draws it: gamma gaps with shape `burstiness` and mean 1/rate. The first
  /// request goes out after one gap, and all times are rescaled so that the last of N goes out at exactly N/rate.
  /// 1 is Poisson, infinity is constant spacing; the coefficient of variation of the gaps is 1/√burstiness. An infinite
  /// rate sends everything at time 0.
  case open(rate: PerSecond, burstiness: Double)
  /// One open-loop process after another, each rescaled to its own N/rate; the next begins where the last one ends.
  case stages([LoadStage])
  /// Independent gaps drawn from a quantile table in seconds. With a rate, all times are rescaled as in `open`, so that
  /// the last of N goes out at exactly N/rate and the table only gives the shape; without, the gaps are as drawn.
  case gapQuantiles(QuantileTable, rate: PerSecond?)
  /// The trace's own times, counted from its first request and divided by `speedup`.
  case trace(speedup: Double)
}

/// A stretch of time at one rate. Exactly one of `duration` and `numRequests` is given.
public struct LoadStage: Hashable, Sendable {
  public var rate: PerSecond
  public var burstiness: Double
  /// Sends round(rate × duration) requests and so takes that number ÷ rate.
  public var duration: Seconds?
  public var numRequests: Int?

  public init(rate: PerSecond, burstiness: Double = 1, duration: Seconds? = nil, numRequests: Int? = nil) {
    self.rate = rate
    self.burstiness = burstiness
    self.duration = duration
    self.numRequests = numRequests
  }

  /// Requests that the stage sends; nil if the stage does not say or it is no number that can be sent.
  var count: Int? {
    if let numRequests { return numRequests }
    guard let duration else { return nil }
    return Int(exactly: (rate * duration).rounded(.toNearestOrAwayFromZero))
  }
}
