import Models
import Quantities

extension StepCost {
  /// Counted work of one step, as opposed to its time: FLOPs of matrices and attention, without element-wise kernels.
  public func work(of batch: BatchShape) -> StepWork { kernels.work(of: batch) }
}

extension StepKernels {
  func work(of batch: BatchShape) -> StepWork {
    guard !batch.isEmpty else {
      return StepWork(
        flops: 0, weightBytes: 0, keyValueBytesWritten: 0, keyValueBytesRead: 0, allReduceBytes: 0)
    }
    let model = plan.model
    let (t, e) = (Double(batch.tokens), Double(batch.requests))
    let elements = Double(shard.keyValueWidth)
    let kvBytes = plan.kvPrecision.bytes.value
    let context = Double(batch.decodeContext + batch.prefillContext)

    var flops = 2 * Double(model.embeddingParameters) * e
    var written = e * Double(plan.rewrittenLayers) * elements * kvBytes
    var read = 0.0
    var messages = 0.0
    let attention = 4 * Double(model.numAttentionHeads * model.headDim)
    let rest = Double(
      model.queryProjectionParameters + model.outputProjectionParameters + model.mlpParameters)
    let projection = Double(model.keyValueProjectionParameters)
    for kind in kinds {
      let n = Double(kind.count)
      let rows = kind.tokens == .all ? t : e
      let pairs =
        Double(batch.decodeContext)
        + (kind.tokens == .all ? batch.prefillPairs : Double(batch.prefillContext))
      flops += n * (2 * rest * rows + attention * pairs)
      read += n * elements * kvBytes * context
      if tensorParallelSize > 1 { messages += n * 2 * rows * Double(shard.hidden) * activation }
      switch kind.keyValues {
      case .ownInput: flops += n * 2 * projection * rows
      case .sharedHidden: flops += n * 2 * projection * t
      case .leader: continue
      }
      written += n * elements * kvBytes * (kind.keyValues == .ownInput ? rows : t)
    }
    return StepWork(
      flops: FLOPs(flops), weightBytes: weightBytes, keyValueBytesWritten: Bytes(written),
      keyValueBytesRead: Bytes(read), allReduceBytes: Bytes(messages))
  }
}
