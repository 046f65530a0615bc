import CostModel
import EngineSettings
import Experiments
public import Figures
import Hardware
import Models
import Quantities

extension PlannerFigures {
  /// The KV cache of every variant and how many requests fit. Simulates nothing.
  public func kvCapacity() throws -> Figure {
    let inspection = try Inspection(scenario, variants: variants)
    return Charts.kvCapacity(
      inspection.variants.map {
        PlottedMemory(
          plotted($0.variant), kvTokens: $0.memory.kvCacheTokens, blockSize: $0.memory.blockSize,
          maxModelLen: $0.memory.maxModelLen)
      }, maxNumSeqs: scenario.engine.maxNumSeqs, scenario: scenario.name)
  }

  /// Where the time of typical steps goes. Simulates nothing.
  public func stepBreakdown() throws -> Figure {
    let inspection = try Inspection(scenario, variants: variants)
    let kinds = inspection.variants.first?.steps.map(\.batch).filter { $0.kind != .single } ?? []
    let steps = kinds.map { batch in
      PlottedStep(
        batch: batch.label,
        splits: inspection.variants.compactMap { inspected in
          inspected.steps.first { $0.batch.kind == batch.kind }.map { step in
            .init(
              plotted(inspected.variant),
              parts: StepPart.allCases.map { .init($0.label, step.time[$0]) })
          }
        })
    }
    let model = scenario.model.name.split(separator: "/").last.map(String.init) ?? scenario.model.name
    let count = scenario.tensorParallelSize
    return Charts.stepBreakdown(
      steps, deployment: "\(model) on \(count == 1 ? "one" : "\(count)") \(scenario.device.spec.name)",
      scenario: scenario.name)
  }
}
