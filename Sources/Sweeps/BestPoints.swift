public import Experiments
import Quantities
import Results

/// What of a sweep is shown on a terminal: all points if they are few, else the best ones.
public struct BestPoints: Sendable {
  private let table: SweepTable
  private let rows: [SweepTable.Row]
  private let hasObjective: Bool
  private let hasGoodput: Bool
  /// Says which points these are; nil if they are all.
  public let title: String?

  /// Points up to which all are shown.
  private static let all = 24
  /// Points that are shown of more.
  private static let best = 10

  public init(_ table: SweepTable) {
    self.table = table
    let done = table.rows.filter { $0.status == .done }
    hasObjective = done.contains { $0[.objectiveMet] != nil }
    hasGoodput = done.contains { $0[.goodput] != nil }
    let good = hasObjective ? done.filter { $0[.objectiveMet] == 1 } : done
    func first(_ rows: [SweepTable.Row], by value: (SweepTable.Row) -> Double) -> [SweepTable.Row] {
      Array(rows.sorted { (value($0), $0.point) < (value($1), $1.point) }.prefix(Self.best))
    }
    if table.rows.count <= Self.all {
      (rows, title) = (table.rows, nil)
    } else if good.isEmpty {
      rows = first(done) { $0[.p99TTFT] ?? .infinity }
      title =
        (hasObjective ? "No point meets the objective. " : "") + "The \(rows.count) with the lowest p99 TTFT:"
    } else {
      let figure: SweepFigure = hasGoodput ? .goodputPerGPU : .outputThroughputPerGPU
      rows = first(good) { -($0[figure] ?? 0) }
      title =
        "The \(rows.count) best of \(good.count.grouped) points"
        + (hasObjective ? " that meet the objective" : "")
        + ", by \(hasGoodput ? "good requests" : "output tokens") a second and GPU:"
    }
  }

  public var report: ReportTable {
    let names = table.plan.file.parameters
    let last = names.map { String($0.split(separator: ".").last ?? "") }
    let parameters = zip(names, last).map { name, word in last.count { $0 == word } == 1 ? word : name }
    let columns =
      ["point"] + parameters + ["status", "requests/s", "output tok/s/GPU"]
      + (hasGoodput ? ["good req/s/GPU"] : []) + ["TTFT p99 ms", "TPOT mean ms"]
    return ReportTable(
      columns: columns, rows: rows.map(cells), textColumns: 2 + table.plan.file.parameters.count)
  }

  private func cells(_ row: SweepTable.Row) -> [String] {
    func cell(_ figure: SweepFigure, scale: Double = 1) -> String {
      guard let value = row[figure] else { return "–" }
      let interval = row.halfWidth(of: figure).map { " ±" + NumberText.significant($0 * scale) }
      return NumberText.significant(value * scale) + (interval ?? "")
    }
    return ["\(row.point)"] + table.plan.points[row.point].parameters.map(\.text) + [status(row)]
      + [cell(.requestThroughput), cell(.outputThroughputPerGPU)]
      + (hasGoodput ? [cell(.goodputPerGPU)] : [])
      + [cell(.p99TTFT, scale: 1e3), cell(.meanTPOT, scale: 1e3)]
  }

  /// What became of a point: of one that is done whether it meets the objective, if there is one.
  private func status(_ row: SweepTable.Row) -> String {
    guard row.status == .done, let met = row[.objectiveMet] else { return row.status.rawValue }
    return met == 1 ? "met" : "missed"
  }
}
