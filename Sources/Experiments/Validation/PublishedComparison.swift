import Foundation
import Hardware
import Metrics
import Models
import Quantities
import Serving
import Workload

/// Published figures beside predictions; needs no data. Those that a term was fitted to say so.
public struct PublishedComparison: Hashable, Sendable, Encodable {
  public var figures: [Figure]
  /// Mean absolute error in percent, by source and kind of figure.
  public var mape: [Mean]
  public var sources: [Source]

  public struct Figure: Hashable, Sendable, Encodable {
    public var group: String
    public var setup: String
    public var kind: String
    public var compared: ValidationReport.Compared
    /// Whether a term of the model was fitted to it.
    public var isFitted: Bool
    /// Computed prompt tokens for each output token of the set-up.
    var promptWork: Double

    enum CodingKeys: String, CodingKey {
      case group, setup, kind, compared
      case isFitted = "is_fitted"
    }
  }

  public struct Mean: Hashable, Sendable, Encodable {
    public var group: String
    public var kind: String
    public var count: Int
    /// Of them, those that a term was fitted to.
    public var fittedCount: Int
    public var percent: Double

    enum CodingKeys: String, CodingKey {
      case group, kind, count, percent
      case fittedCount = "fitted_count"
    }
  }

  /// A source and what had to be assumed to simulate it.
  public struct Source: Hashable, Sendable, Encodable {
    public var group: String
    public var reference: String
    public var assumed: String
  }

  /// Simulates every published set-up on an H100. The result does not depend on the number of threads.
  public init(threads: Int? = nil) throws {
    let runs = PublishedRun.stages + PublishedRun.all
    guard let device = DeviceProfile.calibrated("H100-SXM-80GB") else {
      throw MeasuredDataError(problems: ["H100-SXM-80GB has no profile"])
    }
    figures = try ParallelLoop.map(count: runs.count, threads: threads) { i in
      try Self.compare(runs[i], on: device)
    }.flatMap { $0 }
    let figures = figures
    sources = [PublishedRun.stagesSource] + PublishedRun.sources
    mape = sources.flatMap { source in
      PublishedRun.Kind.allCases.compactMap { kind -> Mean? in
        let own = figures.filter { $0.group == source.group && $0.kind == kind.rawValue }
        guard !own.isEmpty else { return nil }
        let sum = own.reduce(0) { $0 + abs($1.compared.errorPercent) }
        return Mean(
          group: source.group, kind: kind.rawValue, count: own.count,
          fittedCount: own.count(where: \.isFitted),
          percent: sum / Double(own.count))
      }
    }
  }

  static func compare(_ run: PublishedRun, on device: DeviceProfile) throws -> [Figure] {
    guard let model = ModelConfig.named(run.model) else {
      throw MeasuredDataError(problems: ["\(run.model) is not in the catalogue"])
    }
    let deployment = try Deployment(
      model: model, variant: run.variant, device: device, tensorParallelSize: run.tensorParallelSize,
      engine: run.engine)
    let record = try Simulation.run(
      deployment, requests: run.workload.stream(seed: 1),
      options: .init(maxConcurrency: run.workload.maxConcurrency))
    let summary = Summary(record: record)
    return run.figures.map { figure in
      let predicted =
        switch figure.kind {
        case .ttft: summary.ttft.mean * 1e3
        case .tpot: summary.tpot.mean * 1e3
        case .e2e: summary.e2e.mean * 1e3
        case .requests: summary.requestThroughput.value
        case .tokens: summary.totalTokenThroughput.value
        }
      return Figure(
        group: run.group, setup: run.label, kind: figure.kind.rawValue,
        compared: .init(measured: figure.measured, predicted: predicted), isFitted: figure.isFitted,
        promptWork: record.promptWork())
    }
  }
}

/// What is printed.
extension PublishedComparison {
  public var tables: [ReportTable] {
    [
      ReportTable(
        columns: ["published", "set-up", "figure", "measured", "predicted", "error", "note"],
        rows: figures.map { figure in
          [
            figure.group, figure.setup, figure.kind, NumberText.significant(figure.compared.measured),
            NumberText.significant(figure.compared.predicted), figure.compared.errorText,
            figure.isFitted ? "fitted" : "",
          ]
        }, textColumns: 3),
      ReportTable(
        columns: ["mean absolute error", "figure", "points", "error", "note"],
        rows: mape.map {
          [
            $0.group, $0.kind, "\($0.count)", String(format: "%.1f %%", $0.percent),
            $0.fittedCount > 0 ? "\($0.fittedCount) fitted" : "",
          ]
        },
        textColumns: 2),
    ]
  }

  /// One line a source.
  public var notes: [String] { sources.map { "\($0.group): \($0.reference). Assumed: \($0.assumed)." } }

  public func json() throws -> String { try ValidationReport.json(self) }
}
