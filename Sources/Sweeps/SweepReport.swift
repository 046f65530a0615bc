import Experiments
import Foundation
import Quantities
import Results

/// A sweep in words and as tables for the terminal.
public enum SweepReport {
  /// "skip-ratio: 144 points (variant 3 × request_rate 16 × max_num_seqs 3), 3 simulations each".
  public static func heading(_ plan: SweepPlan) -> String {
    let file = plan.file
    let axes =
      switch file.sampling {
      case .grid: file.axes.map { "\($0.name) \($0.count.grouped)" }.joined(separator: " × ")
      case .zip: file.axes.map(\.name).joined(separator: " with ")
      case .random: "random: " + file.axes.map(\.name).joined(separator: ", ")
      case .latinHypercube: "Latin hypercube: " + file.axes.map(\.name).joined(separator: ", ")
      }
    let replications = file.replications > 1 ? ", \(file.replications.grouped) simulations each" : ""
    let invalid = plan.points.count { $0.invalid != nil }
    let left = invalid > 0 ? "; \(invalid.grouped) of them cannot exist and are left out" : ""
    return "\(file.name): \(plan.points.count.grouped) points (\(axes))\(replications)\(left)"
  }

  /// The axes with their values, and what there is to simulate; for a look before anything runs.
  public static func preview(_ plan: SweepPlan, shard: SweepShard?) -> String {
    var lines = [heading(plan)]
    for (i, name) in plan.file.parameters.enumerated() {
      let values = plan.points.map { $0.parameters[i].text }.uniqued
      let numbers = values.compactMap { Double($0) }
      if values.count > 8, numbers.count == values.count, let low = numbers.min(), let high = numbers.max() {
        lines.append(
          "  \(name): \(values.count.grouped) values from \(values[numbers.firstIndex(of: low) ?? 0]) to "
            + values[numbers.firstIndex(of: high) ?? 0])
      } else {
        let more = values.count > 8 ? ", … (\(values.count.grouped) values)" : ""
        lines.append("  \(name): \(values.prefix(8).joined(separator: ", "))\(more)")
      }
    }
    let runs = plan.runs(of: shard).count
    lines.append(
      "\(runs.grouped) simulations" + (shard.map { " in share \($0)" } ?? "")
        + "; nothing was simulated or written")
    let reasons = plan.points.compactMap(\.invalid).uniqued
    lines += reasons.prefix(5).map { "left out: \($0)" }
    if reasons.count > 5 {
      lines.append("left out for \((reasons.count - 5).grouped) more reasons; --csv lists all")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// How far figures may be off.
  public static func note(_ plan: SweepPlan) -> String {
    let sampling =
      plan.file.replications > 1
      ? "±: half of a 95 % confidence interval, from \(plan.file.replications) runs of each point with the same seeds for all points."
      : "One run of each point, all with the same random numbers: a small difference may be chance; --replications 5 gives intervals."
    return sampling
      + " The expected error of the model itself is in the columns expected_error_… of the CSV file and the database."
  }

  /// What is done and what is not.
  public static func status(_ status: SweepRun.Status, shard: SweepShard?) -> String {
    let share = shard.map { " of share \($0)" } ?? ""
    let parts = [
      "\(status.done.grouped) of \(status.runs.grouped) simulations\(share) done",
      status.failed > 0 ? "\(status.failed.grouped) failed" : "",
      "\(status.missing.grouped) missing"
        + (status.underWay > 0 ? " (\(status.underWay.grouped) under way)" : ""),
      status.invalidPoints > 0 ? "\(status.invalidPoints.grouped) points left out" : "",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  /// Why points failed, each reason once.
  public static func failures(_ table: SweepTable) -> String {
    let failed = table.rows.filter { $0.status == .failed }
    let reasons = failed.compactMap(\.reason).uniqued
    let lines = reasons.prefix(5).map { reason in
      let points = failed.filter { $0.reason == reason }
      let which = points.count == 1 ? "point \(points[0].point)" : "\(points.count.grouped) points"
      return "\(which) failed: \(reason)"
    }
    return (lines + (reasons.count > 5 ? ["and \((reasons.count - 5).grouped) more reasons"] : [])).joined(
      separator: "\n")
  }
}

extension [String] {
  /// Each once, in the order of first occurrence.
  fileprivate var uniqued: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
