/// A latency that objectives and benchmark reports speak of. Raw values are the names in scenario files.
public enum LatencyMetric: String, Hashable, Sendable, Codable, CaseIterable {
  /// Time to first token: first token − sent.
  case ttft
  /// Time per output token after the first, one sample per request; none for one-token answers.
  case tpot
  /// Inter-token latency: every gap between successive tokens, pooled over requests.
  case itl
  /// End-to-end latency: last token − sent.
  case e2e

  /// The name in vLLM's flags and result keys (`--percentile-metrics`, `mean_e2el_ms`).
  public var benchName: String { self == .e2e ? "e2el" : rawValue }

  /// The section title in vLLM's console table.
  var benchTitle: String {
    switch self {
    case .ttft: "Time to First Token"
    case .tpot: "Time per Output Token (excl. 1st token)"
    case .itl: "Inter-token Latency"
    case .e2e: "End-to-end Latency"
    }
  }

  public init?(benchName: String) {
    guard let metric = Self.allCases.first(where: { $0.benchName == benchName }) else { return nil }
    self = metric
  }

  /// "99", "99.9": a percentile as it appears in names, without a trailing ".0".
  public static func percentileWord(_ percent: Double) -> String {
    if let whole = Int(exactly: percent) { return "\(whole)" }
    return "\(percent)"
  }
}
