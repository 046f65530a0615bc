import CostModel
import Hardware
import Metrics
import Models
import Quantities
import Serving

extension GPUUse {
  /// From what the requests of some runs asked of a deployment.
  ///
  /// A batch of all of a run's tokens has the same arithmetic as its steps together (both are linear in the batch's sums); weights
  /// are read once a step.
  init(_ deployment: Deployment, _ runs: [LoadSample.WorkSum]) {
    var (busy, length, prefill, flops, bytes) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for run in runs {
      busy += run.busy
      length += run.length
      prefill += run.ownPrefill
      var batch = deployment.cost.emptyBatch
      batch.decodeSequences = max(0, run.outputTokens - run.requests)
      batch.decodeContext = Int(run.decodeContext)
      batch.prefillChunks = run.requests
      batch.prefillTokens = run.computedTokens
      batch.prefillContext = Int(run.promptContext)
      batch.prefillPairs = run.pairs
      let work = deployment.cost.work(of: batch)
      flops += work.flops.value
      bytes +=
        work.weightBytes.value * Double(run.steps) + work.keyValueBytesRead.value
        + work.keyValueBytesWritten.value
    }
    let spec = deployment.device.spec
    let peak =
      deployment.cost.weightPrecision == .fp8 ? spec.fp8 ?? spec.bf16 : spec.bf16
    let gpus = Double(deployment.tensorParallelSize)
    // Arithmetic is counted for the model, traffic for one GPU.
    let tensor = peak > 0 ? flops / (peak.value * gpus) : 0
    self.init(
      busyShare: length > 0 ? min(1, busy / length) : 0,
      prefillShare: busy > 0 ? min(1, prefill / busy) : 0,
      tensorShare: length > 0 ? min(1, tensor / length) : 0,
      memoryShare: length > 0 ? min(1, bytes / spec.memoryBandwidth.value / length) : 0)
  }
}
