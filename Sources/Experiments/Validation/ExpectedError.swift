import Foundation
import Hardware
package import Metrics
package import Models
import Quantities

/// How far the means of a prediction may be from what would be measured: the mean absolute error of the measured stages that
/// resemble the deployment most, each as predicted without a fit to its own model where there is such a fit.
public struct ExpectedError: Hashable, Sendable {
  /// In percent of the measured mean; nil if none of the stages has the figure.
  public var ttft: Double?
  public var tpot: Double?
  public var e2e: Double?
  /// Nearest first.
  public var stages: [ValidationRecord.Stage]
  /// What no stage was measured with.
  public var unmeasured: [String]

  private static let neighbours = 5

  /// - Parameters:
  ///   - load: mean number of requests in flight; nil compares without it.
  ///   - promptWork: prompt tokens computed for each output token; nil compares without it.
  public init(
    parameters: Int, tensorParallelSize: Int, load: Double?, promptWork: Double?, unmeasured: [String] = [],
    record: ValidationRecord = .shipped
  ) {
    func distance(_ stage: ValidationRecord.Stage) -> Double {
      let size = log2(Double(max(1, stage.parameters)) / Double(max(1, parameters)))
      let width = log2(Double(stage.tensorParallelSize) / Double(max(1, tensorParallelSize)))
      let crowd = load.map { log2(max(1, stage.load) / max(1, $0)) } ?? 0
      let prompts = promptWork.map { log2(max(1 / 16, stage.promptWork) / max(1 / 16, $0)) } ?? 0
      // Errors change less with these two, which span two orders of magnitude.
      return size * size + width * width + (crowd * crowd + prompts * prompts) / 4
    }
    let nearest = record.stages.enumerated().sorted {
      (distance($0.element), $0.offset) < (distance($1.element), $1.offset)
    }.prefix(Self.neighbours).map(\.element)
    func mean(_ errors: (ValidationRecord.Stage) -> ValidationRecord.Errors?) -> Double? {
      let found = nearest.compactMap(errors).map { abs($0.unseenPercent) }
      return found.isEmpty ? nil : found.reduce(0, +) / Double(found.count)
    }
    (ttft, tpot, e2e) = (mean(\.ttft), mean(\.tpot), mean(\.e2e))
    stages = nearest
    self.unmeasured = unmeasured
  }

  /// Of a kind of device on which none of the stages ran.
  static let ofProcessor = ExpectedError()

  private init() {
    stages = []
    unmeasured = []
  }

  /// "Expected error: mean TTFT ±4 %, … (from 5 validation runs nearest in model size, TP and load: …)."
  public var text: String {
    guard !stages.isEmpty else {
      return
        "Expected error of means: unknown, for the validation runs are of GPUs; 'swiftkv-sim validate --live' measures it on this machine."
    }
    let figures = [("TTFT", ttft), ("TPOT", tpot), ("E2E", e2e)].compactMap { name, percent in
      percent.map { "\(name) ±" + String(format: "%.1f %%", $0) }
    }
    let models = stages.map { "\($0.model.split(separator: "/").last ?? "") TP\($0.tensorParallelSize)" }
      .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let gaps = unmeasured.isEmpty ? "" : "; none of them with \(unmeasured.joined(separator: ", "))"
    return
      "Expected error of means: \(figures.joined(separator: ", ")) (from \(stages.count) validation runs nearest in "
      + "model size, TP, load and prompts: \(models.joined(separator: ", "))\(gaps))."
  }
}

extension ExpectedError {
  /// Of a run.
  package init(_ run: VariantRun, of scenario: Scenario) {
    self.init(scenario, plans: run.groups.map(\.plan), like: run)
  }

  /// - Parameter run: has the load, that of one replica on average, and the prompts; nil where nothing was simulated.
  package init(_ scenario: Scenario, plans: [LayerPlan], like run: VariantRun?) {
    self.init(scenario, plans: plans, figures: run?.figures)
  }

  /// - Parameter figures: have the load and the prompts; nil where nothing was simulated.
  package init(_ scenario: Scenario, plans: [LayerPlan], figures: RunFigures?) {
    self.init(
      scenario, plans: plans,
      load: figures.map { $0.summary.engine.meanInSystem / Double(max(1, $0.replicas.count)) },
      promptWork: figures?.promptWork)
  }

  /// - Parameters:
  ///   - load: mean number of requests in flight on a replica; nil compares without it.
  ///   - promptWork: prompt tokens computed for each output token; nil compares without it.
  package init(_ scenario: Scenario, plans: [LayerPlan], load: Double?, promptWork: Double?) {
    var unmeasured: [String] = []
    if plans.contains(where: { $0.survivorLayers > 0 }) { unmeasured.append("SwiftKV") }
    if plans.contains(where: { $0.kvPrecision == .fp8 }) { unmeasured.append("an FP8 KV cache") }
    let record = ValidationRecord.shipped
    guard !scenario.device.spec.architecture.isProcessor else {
      self = .ofProcessor
      return
    }
    if scenario.device.spec.name != record.device { unmeasured.append("this GPU") }
    self.init(
      parameters: scenario.model.totalParameters, tensorParallelSize: scenario.tensorParallelSize,
      load: load, promptWork: promptWork, unmeasured: unmeasured, record: record)
  }
}

extension ValidationRecord {
  /// Of the shipped H100 profile.
  public static let shipped: ValidationRecord = {
    do {
      return try JSONDecoder().decode(
        ValidationRecord.self, from: Data(PackageResources.H100_SXM_80GB_json))
    } catch {
      // Part of the program, and read by a test.
      fatalError("the validation record cannot be read: \(error)")
    }
  }()
}
