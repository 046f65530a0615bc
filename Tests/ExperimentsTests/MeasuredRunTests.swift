import Foundation
import Testing

@testable import Experiments

/// Predictions against measured vLLM runs on H100 (public replay data of inference-sim). Runs only where `SWIFTKV_DATA` names
/// the folder with the data, which is not part of the project.
@Suite("validation: measured runs", .enabled(if: MeasuredData.folder != nil, "SWIFTKV_DATA is not set"))
struct MeasuredRunTests {
  /// Bounds are a little above what was found; a change that moves a prediction beyond them must be looked at.
  @Test("errors of stage means stay within their bounds") func errors() throws {
    let report = try Validation(folder: #require(MeasuredData.folder)).run().report
    #expect(report.mape.ttft <= 2.6 && report.mape.tpot <= 2.2 && report.mape.e2e <= 2.2, "\(report.mape)")
    let percentiles = report.percentileMAPE
    #expect(
      percentiles.ttftP50 <= 3.5 && percentiles.ttftP90 <= 3.5 && percentiles.ttftP99 <= 14, "\(percentiles)")
    #expect(
      percentiles.e2eP50 <= 2.5 && percentiles.e2eP90 <= 2.5 && percentiles.e2eP99 <= 3, "\(percentiles)")
    let stages = report.runs.filter { !$0.isOverload }.flatMap(\.stages)
    #expect(stages.count >= 16)
    for stage in stages {
      for latency in [stage.ttft, stage.tpot, stage.e2e] { #expect(abs(latency.mean.errorPercent) <= 8) }
    }
    let qwen = try #require(report.runs.first { $0.file == "qwen3-14b-tp1-8rps.csv" }?.stages.first)
    for latency in [qwen.ttft, qwen.tpot, qwen.e2e] { #expect(abs(latency.mean.errorPercent) <= 3) }
  }
}

enum MeasuredData {
  static let folder = ProcessInfo.processInfo.environment["SWIFTKV_DATA"].map { $0 + "/serving" }
}
