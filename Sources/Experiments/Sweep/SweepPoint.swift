import EngineSettings
public import Models
import Workload

/// One configuration of a sweep: a scenario, and the variant it is simulated under.
public struct SweepPoint: Sendable {
  public var scenario: Scenario
  public var variant: Variant

  /// - Parameter variant: nil takes the scenario's own.
  public init(_ scenario: Scenario, variant: Variant? = nil) {
    self.scenario = scenario
    self.variant = variant ?? scenario.variant
  }

  /// A guess of what simulating it costs, in no unit. Only ratios between points matter, and only to how evenly threads are busy.
  ///
  /// Every request is admitted and ends, and every chunk of its prompt is a step of its own or nearly so.
  public var estimatedCost: Double {
    let requests = Double(scenario.workload.numRequests ?? Self.unknownRequests)
    let chunks = Double(scenario.workload.promptTokens.typical) / Double(scenario.engine.maxNumBatchedTokens)
    return requests * (2 + chunks)
  }

  /// Of a trace that is replayed whole. Its length is known only when it is read.
  private static let unknownRequests = 10_000
}

extension LengthSpec {
  /// Somewhere in the middle of the lengths, in tokens; for a trace a round number.
  fileprivate var typical: Int {
    switch distribution {
    case .constant(let tokens): tokens
    case .uniform(let low, let high): (low + high) / 2
    case .lognormal(let median, _): Int(Swift.min(median, 1e7))
    case .quantiles, .trace: 1000
    }
  }
}
