import Foundation
import Metrics
public import Results

/// The results of a sweep, one row a point in the order of the points: the same whatever computed them in which order.
public struct SweepTable: Sendable {
  public let plan: SweepPlan
  public let rows: [Row]

  /// A point with the means over its replicates.
  public struct Row: Sendable {
    /// Position in the plan.
    public var point: Int
    public var status: Status
    /// Why it cannot exist, or has failed.
    public var reason: String?
    /// Replicates that are done.
    public var replications: Int
    fileprivate var replicates: [SweepFigures]

    /// The mean over replicates; nil where none has the figure. Of whether the objective is met the least: all replicates must meet it.
    public subscript(figure: SweepFigure) -> Double? {
      let values = replicates.compactMap { $0[figure] }
      guard let first = values.first else { return nil }
      if figure == .objectiveMet { return values.min() }
      return values.count == 1 ? first : values.reduce(0, +) / Double(values.count)
    }

    /// Half of the width of the 95 % confidence interval of the mean, by Student's t; nil with fewer than two replicates.
    public func halfWidth(of figure: SweepFigure) -> Double? {
      ConfidenceInterval(replications: replicates.compactMap { $0[figure] })?.halfWidth
    }
  }

  /// Of a point.
  public enum Status: String, Hashable, Sendable {
    /// All of its replicates are.
    case done
    /// At least one of its replicates has.
    case failed
    /// It cannot exist.
    case invalid
    /// At least one of its replicates is.
    case missing
  }

  /// - Parameters:
  ///   - results: by key.
  ///   - shard: only the points of which this share has a run; nil is all points.
  public init(_ plan: SweepPlan, results: [String: SweepResult], shard: SweepShard? = nil) {
    self.plan = plan
    let points = shard.map { Set(plan.runs(of: $0).map(\.point)).sorted() } ?? Array(plan.points.indices)
    rows = points.map { index in
      let point = plan.points[index]
      let found = point.keys.map { results[$0] }
      let figures = found.compactMap { $0?.figures }
      let failure = found.lazy.compactMap { result in
        if case .failed(let reason)? = result { return reason }
        return nil
      }.first
      let status: Status =
        point.invalid != nil
        ? .invalid : failure != nil ? .failed : figures.count == point.keys.count ? .done : .missing
      return Row(
        point: index, status: status, reason: point.invalid ?? failure, replications: figures.count,
        replicates: figures)
    }
  }

  // MARK: CSV

  /// Columns that say what a point is, behind those of its parameters.
  private static let description = [
    "model_name", "variant_name", "device_name", "tensor_parallel_size", "gpus", "skip_percent",
    "is_projection", "status", "reason", "replications",
  ]

  /// What the columns of half-widths end with.
  private static let halfWidth = "_ci95"

  /// A header and one row a point (RFC 4180, but with plain line feeds). Numbers are the shortest text that reads back to the same double;
  /// what there is not is an empty field. The columns are described in `docs/file-formats.md`.
  public var csv: String {
    let intervals = plan.file.replications > 1 ? SweepFigure.allCases.filter(\.isEstimate) : []
    let header =
      ["point"] + plan.file.parameters + Self.description + SweepFigure.allCases.map(\.rawValue)
      + intervals.map { $0.rawValue + Self.halfWidth }
    var text = header.map(RequestCSV.field).joined(separator: ",") + "\n"
    for row in rows {
      let point = plan.points[row.point]
      var fields = ["\(row.point)"] + point.parameters.map(\.field)
      fields += [
        point.model, point.variant, point.device, "\(point.tensorParallelSize)", "\(point.gpus)",
        Self.number(point.skipPercent), point.isProjection ? "1" : "0", row.status.rawValue,
        row.reason ?? "", "\(row.replications)",
      ]
      fields += SweepFigure.allCases.map { row[$0].map(Self.number) ?? "" }
      fields += intervals.map { row.halfWidth(of: $0).map(Self.number) ?? "" }
      text += fields.map(RequestCSV.field).joined(separator: ",") + "\n"
    }
    return text
  }

  /// Whole numbers without a point.
  private static func number(_ value: Double) -> String {
    abs(value) < 1e15 ? Int(exactly: value).map { "\($0)" } ?? "\(value)" : "\(value)"
  }
}
