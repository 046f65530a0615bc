import Experiments
import Metrics
import Quantities
import Workload

/// A scenario's traffic and objective in words.
enum TrafficWords {
  /// "p99 TTFT ≤ 2 s and p99 TPOT ≤ 50 ms".
  static func objective(_ objective: Objective) -> String {
    list(objective.limits.map(limit))
  }

  static func limit(_ limit: Objective.Limit) -> String {
    // Not to be broken within, by spaces that do not break.
    "\(limit.statistic.name) \(name(limit.metric)) ≤ \(limit.limit)".replacing(" ", with: "\u{A0}")
  }

  static func name(_ metric: LatencyMetric) -> String {
    metric == .e2e ? "E2E latency" : metric.rawValue.uppercased()
  }

  /// "a, b and c".
  static func list(_ parts: [String]) -> String {
    guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
    return parts.dropLast().joined(separator: ", ") + " and " + last
  }

  static func arrivals(_ workload: WorkloadSpec) -> String {
    let process =
      switch workload.arrivals {
      case .open(let rate, _) where !rate.value.isFinite: "all at once"
      case .open(let rate, 1): "Poisson, \(rate)"
      case .open(let rate, let burstiness) where burstiness.isInfinite: "evenly spaced, \(rate)"
      case .open(let rate, let burstiness):
        "gamma gaps, \(rate), burstiness \(NumberText.significant(burstiness))"
      case .stages(let stages):
        "\(stages.count) stages: " + stages.map { "\($0.rate)" }.joined(separator: ", ")
      case .gapQuantiles(_, let rate): "gaps from a measured distribution" + (rate.map { ", \($0)" } ?? "")
      case .trace(let speedup):
        "times of the trace" + (speedup == 1 ? "" : ", \(NumberText.significant(speedup)) times as fast")
      }
    let cap = workload.maxConcurrency.map { ", at most \($0.grouped) in flight" } ?? ""
    return process + cap
  }

  static func length(_ length: LengthSpec) -> String {
    let shape =
      switch length.distribution {
      case .constant(let n): "\(n.grouped)"
      case .uniform(let low, let high): "uniform from \(low.grouped) to \(high.grouped)"
      case .lognormal(let median, let p90):
        "lognormal, median \(Int(median).grouped), p90 \(Int(p90).grouped)"
      case .quantiles(let table): "a measured distribution, mean \(NumberText.significant(table.mean))"
      case .trace: "of the trace"
      }
    let cut = [
      length.min > 1 ? "at least \(length.min.grouped)" : "",
      length.max.map { "at most \($0.grouped)" } ?? "",
    ].filter { !$0.isEmpty }
    return ([shape] + cut).joined(separator: ", ")
  }

  static func prefix(_ sharing: PrefixSharing) -> String {
    switch sharing {
    case .none: "none"
    case .pool(let count): "a pool of \(count.grouped) prompts"
    case .groups(let count, let tokens): "\(tokens.grouped) tokens in each of \(count.grouped) groups"
    case .conversations(let turns, let time): "conversations of \(turns) turns, \(time) between them"
    case .trace: "as in the trace"
    }
  }
}
