public import Quantities

/// Limits a single request must keep, all of them, to count towards goodput (`--goodput` in vLLM). nil is no limit.
public struct GoodputLimits: Hashable, Sendable, Codable {
  public var ttft: Seconds?
  public var tpot: Seconds?
  public var e2e: Seconds?

  public init(ttft: Seconds? = nil, tpot: Seconds? = nil, e2e: Seconds? = nil) {
    self.ttft = ttft
    self.tpot = tpot
    self.e2e = e2e
  }

  /// Whether nothing is limited; goodput is then not reported.
  public var isEmpty: Bool { ttft == nil && tpot == nil && e2e == nil }

  /// Whether a finished request kept every limit, the limit itself allowed. A one-token answer has a TPOT of 0 here,
  /// although it has no sample in the TPOT distribution.
  public func areMet(by request: RequestRecord) -> Bool {
    guard request.outcome == .finished, let measuredTTFT = request.ttft, let measuredE2E = request.e2e else {
      return false
    }
    return measuredTTFT <= ttft ?? .infinity && (request.tpot ?? 0) <= tpot ?? .infinity
      && measuredE2E <= e2e ?? .infinity
  }
}
