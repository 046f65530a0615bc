import Foundation
public import Metrics

/// Predictions beside measurements. Encodes to the JSON that `validate --json` writes.
public struct ValidationReport: Hashable, Sendable, Encodable {
  public var runs: [Run]
  /// Over the stages of all runs but overloads: mean absolute error of the stage means, in percent.
  public var mape: Errors
  /// The same for percentiles of TTFT and E2E.
  public var percentileMAPE: PercentileErrors

  public struct Run: Hashable, Sendable, Encodable {
    public var file: String
    public var model: String
    public var tensorParallelSize: Int
    /// Requests were lost: a test of stability, not of accuracy, and in no mean.
    public var isOverload: Bool
    /// The client's cap decided when requests were sent; predicted under Poisson plans with the cap.
    public var isClientCapped: Bool
    public var stages: [Stage]

    enum CodingKeys: String, CodingKey {
      case file, model, stages
      case tensorParallelSize = "tensor_parallel_size"
      case isOverload = "overload"
      case isClientCapped = "client_capped"
    }
  }

  public struct Stage: Hashable, Sendable, Encodable {
    /// Requests a second.
    public var rate: Double
    /// Measured requests that were answered.
    public var requests: Int
    public var ttft: Latency
    public var tpot: Latency
    public var e2e: Latency
    public var requestThroughput: Compared
    /// Prompt tokens that were computed, not found in the prefix cache, for each output token; as simulated.
    public var promptWork: Double

    enum CodingKeys: String, CodingKey {
      case rate, requests
      case promptWork = "computed_prompt_tokens_per_output_token"
      case ttft = "ttft_ms"
      case tpot = "tpot_ms"
      case e2e = "e2e_ms"
      case requestThroughput = "request_throughput"
    }

    public subscript(metric: LatencyMetric) -> Latency? {
      switch metric {
      case .ttft: ttft
      case .tpot: tpot
      case .e2e: e2e
      case .itl: nil
      }
    }
  }

  /// A figure measured and predicted.
  public struct Compared: Hashable, Sendable, Encodable {
    public var measured: Double
    public var predicted: Double

    /// Of the measured value; positive is too high. 0 if nothing was measured.
    public var errorPercent: Double { measured == 0 ? 0 : 100 * (predicted / measured - 1) }

    enum CodingKeys: String, CodingKey {
      case measured, predicted
      case errorPercent = "error_percent"
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(measured, forKey: .measured)
      try container.encode(predicted, forKey: .predicted)
      try container.encode(errorPercent, forKey: .errorPercent)
    }
  }

  /// Mean and percentiles of a latency in ms. The mean's figures stand at the top of its JSON object.
  public struct Latency: Hashable, Sendable, Encodable {
    public var mean: Compared
    public var p50: Compared
    public var p90: Compared
    public var p99: Compared

    enum CodingKeys: String, CodingKey { case p50, p90, p99 }

    public func encode(to encoder: any Encoder) throws {
      try mean.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(p50, forKey: .p50)
      try container.encode(p90, forKey: .p90)
      try container.encode(p99, forKey: .p99)
    }
  }

  public struct Errors: Hashable, Sendable, Encodable {
    public var ttft: Double
    public var tpot: Double
    public var e2e: Double
  }

  public struct PercentileErrors: Hashable, Sendable, Encodable {
    public var ttftP50: Double
    public var ttftP90: Double
    public var ttftP99: Double
    public var e2eP50: Double
    public var e2eP90: Double
    public var e2eP99: Double

    enum CodingKeys: String, CodingKey {
      case ttftP50 = "ttft_p50"
      case ttftP90 = "ttft_p90"
      case ttftP99 = "ttft_p99"
      case e2eP50 = "e2e_p50"
      case e2eP90 = "e2e_p90"
      case e2eP99 = "e2e_p99"
    }
  }

  enum CodingKeys: String, CodingKey {
    case runs, mape
    case percentileMAPE = "percentile_mape"
  }

  init(runs: [Run]) {
    self.runs = runs
    let stages = runs.filter { !$0.isOverload }.flatMap(\.stages)
    func error(_ figure: (Stage) -> Compared) -> Double {
      stages.isEmpty ? 0 : stages.reduce(0) { $0 + abs(figure($1).errorPercent) } / Double(stages.count)
    }
    mape = Errors(ttft: error(\.ttft.mean), tpot: error(\.tpot.mean), e2e: error(\.e2e.mean))
    percentileMAPE = PercentileErrors(
      ttftP50: error(\.ttft.p50), ttftP90: error(\.ttft.p90), ttftP99: error(\.ttft.p99),
      e2eP50: error(\.e2e.p50),
      e2eP90: error(\.e2e.p90), e2eP99: error(\.e2e.p99))
  }
}

/// What is printed.
extension ValidationReport {
  /// Means by stage, percentiles by stage, and the errors over all; overload runs in a table of their own.
  public var tables: [ReportTable] {
    let overload = runs.filter(\.isOverload)
    return [means(runs.filter { !$0.isOverload }, "run"), percentiles, summary]
      + (overload.isEmpty ? [] : [means(overload, "overload")])
  }

  private func means(_ runs: [Run], _ title: String) -> ReportTable {
    ReportTable(
      columns: [
        title, "req/s", "TTFT (ms)", "predicted", "error", "TPOT (ms)", "predicted", "error", "E2E (ms)",
        "predicted", "error", "done/s", "error",
      ],
      rows: rows(runs) { stage in
        [stage.ttft.mean, stage.tpot.mean, stage.e2e.mean].flatMap { figure in
          [
            NumberText.significant(figure.measured), NumberText.significant(figure.predicted),
            figure.errorText,
          ]
        } + [NumberText.significant(stage.requestThroughput.measured), stage.requestThroughput.errorText]
      })
  }

  private var percentiles: ReportTable {
    ReportTable(
      columns: [
        "errors at", "req/s", "TTFT p50", "p90", "p99", "TPOT p50", "p90", "p99", "E2E p50", "p90", "p99",
      ],
      rows: rows(runs.filter { !$0.isOverload }) { stage in
        [stage.ttft, stage.tpot, stage.e2e].flatMap { [$0.p50, $0.p90, $0.p99].map(\.errorText) }
      })
  }

  private var summary: ReportTable {
    let stages = runs.filter { !$0.isOverload }.flatMap(\.stages)
    func row(_ name: String, _ latency: (Stage) -> Latency, _ mean: Double) -> [String] {
      func mape(_ figure: (Latency) -> Compared) -> Double {
        stages.reduce(0) { $0 + abs(figure(latency($1)).errorPercent) } / Double(max(1, stages.count))
      }
      let worst = stages.map { abs(latency($0).mean.errorPercent) }.max() ?? 0
      return [name]
        + [mean, mape(\.p50), mape(\.p90), mape(\.p99), worst].map { String(format: "%.1f %%", $0) }
    }
    return ReportTable(
      columns: ["mean absolute error", "of the mean", "of p50", "of p90", "of p99", "worst mean"],
      rows: [
        row("TTFT", \.ttft, mape.ttft), row("TPOT", \.tpot, mape.tpot), row("E2E", \.e2e, mape.e2e),
      ])
  }

  private func rows(_ runs: [Run], _ cells: (Stage) -> [String]) -> [[String]] {
    runs.flatMap { run in
      run.stages.map { stage in
        [run.label, stage.rateText] + cells(stage)
      }
    }
  }

}

extension ValidationReport.Compared {
  /// "+2.3 %".
  var errorText: String { (errorPercent < 0 ? "−" : "+") + String(format: "%.1f %%", abs(errorPercent)) }
}

extension ValidationReport.Stage {
  /// "8", "0.5".
  var rateText: String { String(format: "%g", rate) }
}

extension ValidationReport.Run {
  /// The file's name without its ending; "*" marks a client-capped run.
  var label: String {
    (file.hasSuffix(".csv") ? String(file.dropLast(4)) : file) + (isClientCapped ? " *" : "")
  }
}

extension ValidationReport {
  /// The report as JSON with sorted keys, one line end at its end.
  public func json() throws -> String { try Self.json(self) }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }
}
