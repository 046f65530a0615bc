import Foundation
import Models
import Workload

/// How far predictions were from measurements, stage by stage: what "expected error" is computed from. The shipped one is made
/// by `calibrate fit --serving`, with the profile that it belongs to.
public struct ValidationRecord: Hashable, Sendable, Codable {
  /// On which everything was measured.
  public var device: String
  public var stages: [Stage]

  /// One load stage of a measured run, or one published set-up.
  public struct Stage: Hashable, Sendable, Codable {
    /// "Llama-2-7B", and what tells the stage from others of the model.
    public var model: String
    public var label: String
    public var parameters: Int
    public var tensorParallelSize: Int
    /// Mean number of requests in flight.
    public var load: Double
    /// Prompt tokens computed, not found in the prefix cache, for each output token.
    public var promptWork: Double
    /// nil where the source gives no such figure.
    public var ttft: Errors?
    public var tpot: Errors?
    public var e2e: Errors?
    /// Whether a term of the model was fitted to the stage.
    public var isFitted: Bool

    enum CodingKeys: String, CodingKey {
      case model, label, parameters, load, ttft, tpot, e2e
      case tensorParallelSize = "tensor_parallel_size"
      case promptWork = "computed_prompt_tokens_per_output_token"
      case isFitted = "is_fitted"
    }
  }

  /// Of a mean, in percent of the measured one; positive is too high.
  public struct Errors: Hashable, Sendable, Codable {
    /// By the shipped profile.
    public var percent: Double
    /// By a fit that left out every run of the stage's model; nil where the stage was not fitted to.
    public var leftOutPercent: Double?

    /// The one that says more about a run that nothing was fitted to.
    public var unseenPercent: Double { leftOutPercent ?? percent }

    enum CodingKeys: String, CodingKey {
      case percent
      case leftOutPercent = "left_out_percent"
    }
  }

  /// - Parameters:
  ///   - leftOut: the same runs by fits without their model.
  ///   - published: closed-loop set-ups, whose latencies do not hang on what the source leaves open.
  init(
    device: String, runs: [ValidationReport.Run], leftOut: [ValidationReport.Run],
    published: [(run: PublishedRun, figures: [PublishedComparison.Figure])]
  ) {
    self.device = device
    stages =
      runs.flatMap { run in
        let other = leftOut.first { $0.file == run.file }
        return run.stages.enumerated().map { i, stage in Stage(run, stage, leftOut: other?.stages[i]) }
      } + published.map { Stage($0.run, $0.figures) }
  }

  public func json() throws -> String { try ValidationReport.json(self) }
}

extension ValidationRecord.Stage {
  fileprivate init(
    _ run: ValidationReport.Run, _ stage: ValidationReport.Stage, leftOut: ValidationReport.Stage?
  ) {
    func errors(_ latency: KeyPath<ValidationReport.Stage, ValidationReport.Latency>)
      -> ValidationRecord.Errors
    {
      .init(
        percent: Self.rounded(stage[keyPath: latency].mean.errorPercent),
        leftOutPercent: leftOut.map { Self.rounded($0[keyPath: latency].mean.errorPercent) })
    }
    self.init(
      model: run.model, label: "\(run.label), \(stage.rateText) req/s",
      parameters: ModelConfig.named(run.model)?.totalParameters ?? 0,
      tensorParallelSize: run.tensorParallelSize,
      load: Self.rounded(stage.e2e.mean.measured / 1e3 * stage.requestThroughput.measured),
      promptWork: Self.rounded(stage.promptWork),
      ttft: errors(\.ttft), tpot: errors(\.tpot), e2e: errors(\.e2e), isFitted: true)
  }

  fileprivate init(_ run: PublishedRun, _ figures: [PublishedComparison.Figure]) {
    func errors(_ kind: PublishedRun.Kind) -> ValidationRecord.Errors? {
      figures.first { $0.kind == kind.rawValue }.map {
        .init(percent: Self.rounded($0.compared.errorPercent), leftOutPercent: nil)
      }
    }
    self.init(
      model: run.model, label: "\(run.group), \(run.label)",
      parameters: ModelConfig.named(run.model)?.totalParameters ?? 0,
      tensorParallelSize: run.tensorParallelSize, load: Double(run.workload.maxConcurrency ?? 0),
      promptWork: Self.rounded(figures.first?.promptWork ?? 0),
      ttft: errors(.ttft), tpot: errors(.tpot), e2e: errors(.e2e),
      isFitted: figures.contains(where: \.isFitted))
  }

  /// To a hundredth: repeats of a measurement differ by more.
  private static func rounded(_ x: Double) -> Double { (100 * x).rounded() / 100 }
}

extension ValidationRecord {
  /// Mean absolute errors by model: of the one fit to all runs, and of a fit without the model's.
  public var leaveOneOut: ReportTable {
    let fitted = stages.filter { $0.ttft?.leftOutPercent != nil }
    let models = fitted.map(\.model).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return ReportTable(
      columns: [
        "model", "stages", "TTFT", "TPOT", "E2E", "TTFT, left out", "TPOT, left out", "E2E, left out",
      ],
      rows: models.map { model in
        let own = fitted.filter { $0.model == model }
        let metrics: [KeyPath<Stage, Errors?>] = [\.ttft, \.tpot, \.e2e]
        func means(_ error: (Errors) -> Double) -> [String] {
          metrics.map { metric in
            let errors = own.compactMap { $0[keyPath: metric] }.map { abs(error($0)) }
            return String(format: "%.1f %%", errors.reduce(0, +) / Double(max(1, errors.count)))
          }
        }
        return [String(model.split(separator: "/").last ?? ""), "\(own.count)"]
          + means(\.percent) + means(\.unseenPercent)
      })
  }
}
