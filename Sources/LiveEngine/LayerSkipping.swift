import Models
import ReferenceKernels

/// Between the layers that every token runs and those that only survivors run.
extension Transformer {
  /// K and V of every token for all later layers that keep a cache, from the hidden state that entered the first of them.
  func projectLaterLayers(_ input: StepInput) {
    let (b, t) = (buffers, input.rows)
    // The norm adds to the residual stream in place, so survivors' rows are taken before it.
    count(
      .hiddenGather,
      gather(b.hidden.first(t), input, into: b.survivingHidden)
        + gather(b.residual.first(t), input, into: b.survivingResidual), launches: 2)
    let normed = b.normed.first(t)
    count(.sharedNorm, norm(b.hidden.first(t), b.residual.first(t), weights.sharedNorm, normed))
    for (i, layer) in projecting.enumerated() {
      guard let projection = weights.layers[layer].sharedKeyValue else { continue }
      let keysAndValues = b.laterProjected[i].first(t)
      count(.laterProjection, Kernels.gemm(normed, projection, into: keysAndValues, threads: threads))
      let key = keysAndValues.part(columns: 0..<width.key)
      count(
        .laterRotary, Kernels.rotaryK(key, positions: input.positions, table: rotation, threads: threads))
    }
    func assemble(_ columns: Range<Int>, _ to: Matrix<Float>) -> CountedWork {
      Kernels.concatenate(
        b.laterProjected.map { $0.view(rows: 0..<t, columns: columns) }, into: to.first(t), threads: threads)
    }
    count(
      .concatenation,
      assemble(0..<width.key, b.laterKeys) + assemble(width.key..<2 * width.key, b.laterValues), launches: 2)
    count(
      .laterCacheWrite,
      Kernels.kvCacheWrite(
        k: b.laterKeys.first(t), v: b.laterValues.first(t), slots: input.slots, into: projectedCaches,
        threads: threads))
  }

  /// The last token of each sequence, which goes on through the later layers.
  func select(_ input: StepInput) -> Pass {
    let (b, t, e) = (buffers, input.rows, input.sequences)
    count(
      .keyValueGather,
      gather(b.laterKeys.first(t), input, into: b.survivingKeys)
        + gather(b.laterValues.first(t), input, into: b.survivingValues), launches: 2)
    count(.positionGather, lists.gatherPositions(input))
    count(.attentionMetadata, lists.setSurvivors(input), launches: 3)
    return Pass(
      rows: e, isOfSurvivors: true, positions: lists.positions, slots: lists.slots,
      hidden: b.survivingHidden.first(e), residual: b.survivingResidual.first(e))
  }

  private func gather(_ x: MatrixView<Float>, _ input: StepInput, into y: Matrix<Float>) -> CountedWork {
    Kernels.gatherRows(of: x, at: input.lastRows, into: y.first(input.sequences), threads: threads)
  }
}
