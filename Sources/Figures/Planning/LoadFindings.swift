import Foundation
import Metrics
import Quantities

/// What figures of load say in their titles.
extension Charts {
  /// Without an objective: the tail of the time to first token in the middle of the loads that saturate no curve.
  private static func latencyTitle(_ curves: [PlottedLoadCurve], _ unit: PlottedLoadUnit) -> String {
    let percent =
      curves.flatMap { $0.loads.flatMap(\.latencies) }.filter { $0.metric == .ttft }.map(\.percent).max()
      ?? 99
    let saturated = Set(curves.flatMap { $0.loads.filter(\.isSaturated).map(\.offered) })
    let loads = curves[0].loads.map(\.offered).filter { !saturated.contains($0) }
    guard !loads.isEmpty else { return "Every load saturates a variant" }
    let middle = loads[loads.count / 2]
    func tail(_ curve: PlottedLoadCurve) -> Double? {
      curve.loads.first { $0.offered == middle }?.latency(.ttft, percent)?.value
    }
    let what = "p\(Axis.plain(percent)) TTFT at \(unit.text(middle))"
    guard let old = tail(curves[0]) else { return "No request was completed at \(unit.text(middle))" }
    guard let best = curves.best(of: \.variant, by: { tail($0).map { -$0 } }), let new = tail(best) else {
      return "\(what) is \(Finding.text(old)) (\(curves[0].variant.legend))"
    }
    return Finding.latency(
      what, baseline: (curves[0].variant.legend, old), best: (best.variant.legend, new))
  }

  /// What each variant carries: "swiftkv-50 carries 5.1 requests/s within …, 59 % more than baseline (3.2)".
  static func capacityTitle(
    _ curves: [PlottedLoadCurve], _ unit: PlottedLoadUnit, objective: Objective
  ) -> String {
    guard let first = curves.first else { return "No load to show" }
    guard !objective.limits.isEmpty else { return latencyTitle(curves, unit) }
    let within = objective.limits.count > 2 ? "within the objective" : "within \(text(objective))"
    guard let best = curves.best(of: \.variant, by: { $0.capacity?.value }), let new = best.capacity?.value
    else {
      guard let capacity = first.capacity?.value else { return "No load of those shown is \(within)" }
      return "\(first.variant.legend) carries \(unit.text(capacity)) \(within)"
    }
    let what = "\(best.variant.legend) carries \(unit.text(new)) \(within)"
    guard let old = first.capacity?.value, old > 0 else { return "\(what), \(first.variant.legend) none" }
    switch Finding.change(from: old, to: new) {
    case .up:
      return
        "\(what), \(Finding.percent(new / old - 1)) more than \(first.variant.legend) (\(Finding.number(old)))"
    case .same: return "\(what), hardly other than \(first.variant.legend) (\(Finding.number(old)))"
    case .down:
      return
        "No variant carries more than \(first.variant.legend): \(unit.text(old)) \(within)"
    }
  }
}

extension Charts {
  /// "p99 TTFT ≤ 2 s, p99 TPOT ≤ 50 ms"; empty without limits. Lines do not break inside a limit's relation.
  static func text(_ objective: Objective) -> String {
    objective.limits.map {
      "\($0.statistic.name)\u{A0}\($0.metric.shortName)\u{A0}≤\u{A0}\(unbroken($0.limit))"
    }
    .joined(separator: ", ")
  }

  /// The limits as they bind one request: "TTFT ≤ 2 s, TPOT ≤ 50 ms".
  static func requestText(_ objective: Objective) -> String {
    objective.limits.map { "\($0.metric.shortName)\u{A0}≤\u{A0}\(unbroken($0.limit))" }.joined(
      separator: ", ")
  }

  private static func unbroken(_ limit: Seconds) -> String {
    Finding.text(limit.value).replacingOccurrences(of: " ", with: "\u{A0}")
  }
}
