import Experiments
import Figures
public import Planning

/// What the simulations of a study came to: all that a page needs but for how it was asked for.
public struct ReportResults: Sendable {
  let scenario: Scenario
  /// At the scenario's own load; the first is what the others are compared with.
  let runs: [VariantRun]
  let inspection: Inspection
  /// Of the same variants, with what follows from it.
  public let capacity: CapacityDocument
  let figures: Figures

  /// Those that need simulations of their own.
  struct Figures: Sendable {
    let latencyAgainstLoad: Figure
    /// Throughput against the speed that one user sees.
    let users: Figure
    let gpusNeeded: Figure
    let keyValues: Figure
    let steps: Figure
  }
}
