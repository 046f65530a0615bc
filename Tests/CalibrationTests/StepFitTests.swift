import CostModel
import EngineSettings
import Foundation
import Hardware
import InputFiles
import Models
import Quantities
import TestProfiles
import Testing

@testable import Calibration

@Suite("fitting host terms to measured steps") struct StepFitTests {
  private func rows(of device: DeviceProfile) throws -> [StepTable.Row] {
    var engine = EngineConfig()
    engine.asyncScheduling = false
    var rows: [StepTable.Row] = []
    for name in ["baseline", "swiftkv-50"] {
      let model = try #require(ModelConfig.named("live-8m"))
      let variant = try Variant(name: name)
      let plan = try variant.plan(for: model, kvPrecision: .float32)
      var cost = StepCost(
        plan: plan, tensorParallelSize: 1, device: device, engine: engine, weightPrecision: .float32)
      for i in 0..<40 {
        var row = StepTable.Row(
          model: model, variant: variant, decodeSequences: i % 9, decodeContext: i % 9 * 50 * (1 + i % 7),
          prefillChunks: i % 3, prefillTokens: i % 3 * 10 * i, prefillContext: i % 3 * 15 * i,
          prefillPairs: i % 3 * 80 * i * i, time: 0)
        if row.decodeSequences + row.prefillChunks == 0 { row.decodeSequences = 1 }
        row.time = cost.time(of: row.shape(cost)).total
        rows.append(row)
      }
    }
    return rows
  }

  @Test("terms that made the steps are found again, and the errors on steps kept out say so") func recovered()
    throws
  {
    var truth = DeviceProfile.testProcessor
    truth.serving.slowdown = 1.2
    truth.host.scheduling = 40e-6
    truth.host.schedulingPerRequest = 3e-6
    let table = StepTable(source: "steps.csv", rows: try rows(of: truth))
    let found = try StepFit(table, base: .testProcessor).fitted()
    #expect(abs(found.serving.slowdown - 1.2) < 0.01)
    #expect(abs(found.host.scheduling / truth.host.scheduling - 1) < 0.03)
    #expect(abs(found.host.schedulingPerRequest / truth.host.schedulingPerRequest - 1) < 0.05)
    #expect(found.host.fit.points == 60 && found.host.fit.heldOutPoints == 20)
    let median = try #require(found.host.fit.medianErrorPercent)
    #expect(median < 0.5)
  }

  @Test("too few steps, and steps of a GPU, are refused") func refused() throws {
    let rows = try rows(of: .testProcessor)
    let few = #expect(throws: FitError.self) {
      try StepFit(StepTable(source: "steps.csv", rows: Array(rows.prefix(20))), base: .testProcessor)
    }
    #expect(few?.description == "steps.csv: 15 steps to fit to; at least 20 are needed")
    let gpu = try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
    let other = #expect(throws: FitError.self) {
      try StepFit(StepTable(source: "steps.csv", rows: rows), base: gpu)
    }
    #expect(other?.description.contains("for a processor only") == true)
  }

  @Test("a table is read with every problem named") func reading() throws {
    let path = NSTemporaryDirectory() + "steps-\(UUID()).csv"
    defer { try? FileManager.default.removeItem(atPath: path) }
    func read(_ rows: String) throws -> StepTable {
      let text = StepTable.columns.joined(separator: ",") + "\n" + rows
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return try StepTable(path: path)
    }
    let table = try read("live-2m,swiftkv-50,2,100,0,0,0,0,123.5\n")
    #expect(table.rows.count == 1 && abs(table.rows[0].time.value - 123.5e-6) < 1e-12)
    #expect(table.rows[0].variant == (try Variant(name: "swiftkv-50")) && table.rows[0].decodeContext == 100)
    let error = #expect(throws: InputError.self) {
      try read(
        "live-3x,baseline,1,1,0,0,0,0,1\nlive-2m,fast,1,1,0,0,0,0,1\nlive-2m,baseline,-1,x,0,0,0,0,nan\n")
    }
    let problems = try #require(error).problems.map(\.description)
    #expect(problems.count == 4)
    #expect(problems[0].hasSuffix(":2: model is 'live-3x'; 'swiftkv-sim models' lists what is known"))
    #expect(problems[1].contains(":3: 'fast': unknown variant"))
  }
}
