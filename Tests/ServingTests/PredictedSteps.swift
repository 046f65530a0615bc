import CostModel
import EngineSettings
import Hardware
import Metrics
import Quantities
import Serving
import Workload

/// Steps that the cost model predicts, for the engine of live runs: so it can be compared with the engine that jumps.
struct PredictedSteps: StepExecutor {
  private var cost: StepCost
  let emptyBatch: BatchShape
  let stepsPerReport = 4096

  init(_ cost: StepCost) {
    self.cost = cost
    emptyBatch = cost.emptyBatch
  }

  func admit(_ request: Request, slot: Int32) {}

  mutating func execute(
    _ batch: borrowing Batch, of sequences: [Serving.Sequence], from start: Seconds
  ) -> StepTime {
    cost.time(of: batch.shape)
  }

  mutating func timeAlone(_ chunk: Batch.Entry, in batch: BatchShape, taking time: StepTime) -> Seconds {
    var alone = emptyBatch
    alone.addPrefill(new: chunk.tokens, cached: chunk.cached)
    return cost.time(of: alone).total
  }

  func wait(until time: Seconds) -> Bool { true }
}

extension Scene {
  /// The same run by the engine of live runs, one step after another.
  func runStepwise() throws -> RunRecord {
    let deployment = try deployment
    var replica = Replica(
      settings: deployment.engine, limits: ReplicaLimits(deployment.memory),
      frontEnd: FrontEnd(deployment.device.host, release: deployment.engine.release),
      executor: PredictedSteps(deployment.cost), requests: RequestStream(requests), options: options)
    try replica.run(progress: nil)
    return replica.record()
  }
}
