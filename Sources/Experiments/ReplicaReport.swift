import Foundation
import Metrics

/// What each replica had of a run, so that imbalance is seen.
enum ReplicaReport {
  /// More replicas than these are shown by their extremes.
  private static let most = 16

  /// A table as text; empty for a run of one replica.
  static func text(_ replicas: [ReplicaFigures]) -> String {
    guard !replicas.isEmpty else { return "" }
    let width = max(14, (replicas.map { $0.variant.count + 5 }.max() ?? 0) + 2)
    let heads = ["requests", "tokens", "GPU busy", "KV mean", "KV peak", "preempted", "cache hits"]
    func line(_ name: String, _ cells: [String]) -> String {
      "  " + name.padding(toLength: width, withPad: " ", startingAt: 0)
        + cells.map { String(repeating: " ", count: max(1, 11 - $0.count)) + $0 }.joined()
    }
    var lines = ["Replicas" + line("", heads).dropFirst("Replicas".count)]
    if replicas.count <= most {
      for (i, replica) in replicas.enumerated() {
        lines.append(line("\(i) \(replica.variant)", cells(replica)))
      }
    } else {
      let order = replicas.sorted { $0.completed < $1.completed }
      for (name, replica) in [
        ("fewest", order[0]), ("median", order[order.count / 2]), ("most", order[order.count - 1]),
      ] { lines.append(line("\(name) requests", cells(replica))) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func cells(_ replica: ReplicaFigures) -> [String] {
    [
      NumberText.grouped(replica.completed), NumberText.grouped(replica.generatedTokens),
      NumberText.percent(replica.gpuBusyShare), NumberText.percent(replica.meanKVUsage),
      NumberText.percent(replica.peakKVUsage), NumberText.grouped(replica.preemptions),
      replica.prefixHitRate.map { NumberText.percent($0) } ?? "–",
    ]
  }

  /// The least and the most that a replica had, one row a run; nil if all runs are of one replica.
  static func balance(_ runs: [VariantRun], label: (VariantRun) -> String) -> ReportTable? {
    guard runs.contains(where: { !$0.figures.replicas.isEmpty }) else { return nil }
    func range(_ run: VariantRun, _ value: (ReplicaFigures) -> Double, _ text: (Double) -> String) -> String {
      let values = run.figures.replicas.map(value)
      guard let least = values.min(), let most = values.max() else { return "–" }
      return text(least) == text(most) ? text(most) : "\(text(least)) – \(text(most))"
    }
    return ReportTable(
      columns: ["of one replica", "requests", "GPU busy", "KV peak", "preemptions"],
      rows: runs.map { run in
        [
          label(run), range(run, { Double($0.completed) }, { NumberText.grouped(Int($0)) }),
          range(run, \.gpuBusyShare) { NumberText.percent($0) },
          range(run, \.peakKVUsage) { NumberText.percent($0) },
          range(run, { Double($0.preemptions) }, { NumberText.grouped(Int($0)) }),
        ]
      })
  }
}
