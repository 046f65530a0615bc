/// What is turned up to load a deployment.
public enum LoadUnit: String, Hashable, Sendable, Codable {
  /// Requests a second. All arrival times are divided by one factor: a Poisson process of another rate, a trace or stages played faster.
  case requestRate = "request_rate"
  /// Requests in flight, of a client that sends the next one when one is answered. The rate then follows from the latencies.
  case concurrency

  /// "req/s".
  public var symbol: String { self == .requestRate ? "req/s" : "in flight" }
}
