import Foundation
import Hardware
import Models
import Quantities
import Testing

@testable import Experiments

/// What is said about the model's own error, and the record that it is computed from.
@Suite("expected error") struct ExpectedErrorTests {
  private func stage(
    _ model: String, _ billions: Double, tp: Int = 1, load: Double, prompts: Double = 1, ttft: Double,
    leftOut: Double? = nil
  ) -> ValidationRecord.Stage {
    .init(
      model: model, label: "\(model) at \(load)", parameters: Int(billions * 1e9), tensorParallelSize: tp,
      load: load, promptWork: prompts, ttft: .init(percent: ttft, leftOutPercent: leftOut),
      tpot: tp == 4 ? nil : .init(percent: -ttft / 2, leftOutPercent: nil), e2e: nil, isFitted: leftOut != nil
    )
  }

  private var record: ValidationRecord {
    var record = ValidationRecord.shipped
    record.stages =
      (1...6).map { stage("a/small", 7, load: Double($0), ttft: 1, leftOut: -2) }
      + (1...6).map { stage("b/large", 70, tp: 4, load: Double(10 * $0), ttft: 10) }
    return record
  }

  @Test("the nearest stages count, with the error of a fit without their model where there is one")
  func nearest() {
    let small = ExpectedError(
      parameters: 8_000_000_000, tensorParallelSize: 1, load: 3, promptWork: 1, record: record)
    #expect(small.stages.count == 5 && small.stages.allSatisfy { $0.model == "a/small" })
    #expect(small.ttft == 2 && small.tpot == 0.5 && small.e2e == nil)
    let large = ExpectedError(
      parameters: 70_000_000_000, tensorParallelSize: 4, load: 60, promptWork: 1, record: record)
    #expect(large.stages.map(\.load) == [60, 50, 40, 30, 20] && large.ttft == 10 && large.tpot == nil)
  }

  @Test("a workload of long prompts is compared with runs that compute prompts") func prompts() {
    var record = record
    record.stages = (1...6).flatMap { i in
      [
        stage("a/decodes", 7, load: Double(i), prompts: 0.1, ttft: 1),
        stage("b/prompts", 7, load: Double(i), prompts: 8, ttft: 5),
      ]
    }
    let heavy = ExpectedError(
      parameters: 7_000_000_000, tensorParallelSize: 1, load: 3, promptWork: 30, record: record)
    #expect(heavy.ttft == 5)
    let light = ExpectedError(
      parameters: 7_000_000_000, tensorParallelSize: 1, load: 3, promptWork: 0, record: record)
    #expect(light.ttft == 1)
  }

  @Test("the sentence names figures, models, and what no run was measured with") func sentence() {
    let text = ExpectedError(
      parameters: 8_000_000_000, tensorParallelSize: 1, load: nil, promptWork: nil,
      unmeasured: ["SwiftKV", "this GPU"],
      record: record
    ).text
    #expect(
      text
        == "Expected error of means: TTFT ±2.0 %, TPOT ±0.5 % (from 5 validation runs nearest in model size, "
        + "TP, load and prompts: small TP1; none of them with SwiftKV, this GPU).")
  }

  @Test(
    "the shipped record: every stage of its runs, within the errors that the page states, left-out ones too")
  func shipped() throws {
    let record = ValidationRecord.shipped
    let measured = record.stages.filter { $0.ttft?.leftOutPercent != nil }
    #expect(measured.count == 16 && record.stages.count > 30)
    #expect(DeviceProfile.calibrated(record.device) != nil)
    for stage in record.stages {
      let model = try #require(ModelConfig.named(stage.model))
      #expect(model.totalParameters == stage.parameters)
      #expect(stage.load > 0)
    }
    let text = try record.json()
    #expect(try JSONDecoder().decode(ValidationRecord.self, from: Data(text.utf8)) == record)
    let table = record.leaveOneOut
    #expect(table.rows.map(\.count) == [8, 8, 8])
  }

  @Test("an answer carries it: run, compare and inspect") func everywhere() throws {
    let scenario = try ExperimentFixture.scenario()
    let run = try ExperimentFixture.run("swiftkv-50", ttft: 1, in: scenario)
    #expect(RunReport.text(run, of: scenario).contains("Expected error of means: TTFT ±"))
    let notes = Comparison(scenario, runs: [run]).footnotes
    #expect(notes.contains { $0.hasPrefix("Expected error") && $0.contains("none of them with SwiftKV") })
    let inspection = try Inspection(scenario, variants: [.baseline])
    #expect(inspection.footnotes.contains { $0.hasPrefix("Expected error") })
  }

  @Test("of a processor no error is claimed") func processor() {
    let error = ExpectedError.ofProcessor
    #expect(error.ttft == nil && error.stages.isEmpty)
    #expect(error.text.contains("unknown") && error.text.contains("validate --live"))
  }
}
