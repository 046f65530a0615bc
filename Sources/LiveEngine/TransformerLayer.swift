import Models
import ReferenceKernels

/// One layer of a step.
extension Transformer {
  func run(layer i: Int, _ pass: Pass) {
    let (layer, m) = (weights.layers[i], pass.rows)
    let normed = buffers.normed.first(m)
    count(.rmsNorm, norm(pass.hidden, pass.residual, layer.inputNorm, normed), of: pass)
    makeQueries(i, pass)
    attend(plan.layers[i].cacheLayer, pass)
    let attention = buffers.attention.first(m)
    count(
      .outputProjection, Kernels.gemm(attention, layer.output, into: pass.hidden, threads: threads), of: pass)
    count(.rmsNorm, norm(pass.hidden, pass.residual, layer.postAttentionNorm, normed), of: pass)
    let (gateUp, activated) = (buffers.gateUp.first(m), buffers.activated.first(m))
    count(.gateUpProjection, Kernels.gemm(normed, layer.gateUp, into: gateUp, threads: threads), of: pass)
    count(.siluMul, Kernels.siluMul(gateUp, into: activated, threads: threads), of: pass)
    count(.downProjection, Kernels.gemm(activated, layer.down, into: pass.hidden, threads: threads), of: pass)
  }

  /// Q of a layer, and its K and V into the cache if it makes them from its own input.
  private func makeQueries(_ i: Int, _ pass: Pass) {
    let (layer, m) = (weights.layers[i], pass.rows)
    let (normed, query) = (buffers.normed.first(m), buffers.query.first(m))
    let projected = buffers.projected.view(rows: 0..<m, columns: 0..<layer.query.outputs)
    let projection = Kernels.gemm(normed, layer.query, into: projected, threads: threads)
    guard plan.layers[i].keyValues == .ownInput else {
      count(.queryProjection, projection, of: pass)
      count(
        .rotary,
        Kernels.rotary(projected, positions: pass.positions, table: rotation, q: query, threads: threads),
        of: pass)
      if pass.isOfSurvivors, rewritesSurvivors { rewrite(i, pass) }
      return
    }
    count(.queryKeyValueProjection, projection, of: pass)
    let (key, value) = (buffers.key.first(m), buffers.value.first(m))
    count(
      .rotary,
      Kernels.rotary(
        projected, positions: pass.positions, table: rotation, q: query, k: key, v: value, threads: threads),
      of: pass)
    count(
      .cacheWrite,
      Kernels.kvCacheWrite(k: key, v: value, slots: pass.slots, into: cache(i), threads: threads), of: pass)
  }

  /// Writes survivors' K and V a second time, as attention operations do that write what they are given.
  private func rewrite(_ layer: Int, _ pass: Pass) {
    guard let position = projecting.firstIndex(of: layer) else { return }
    let (rows, columns) = (0..<pass.rows, position * width.key..<(position + 1) * width.key)
    count(
      .cacheWrite,
      Kernels.kvCacheWrite(
        k: buffers.survivingKeys.view(rows: rows, columns: columns),
        v: buffers.survivingValues.view(rows: rows, columns: columns), slots: pass.slots, into: cache(layer),
        threads: threads), of: pass)
  }

  private func attend(_ owner: Int, _ pass: Pass) {
    let (query, output) = (buffers.query.first(pass.rows), buffers.attention.first(pass.rows))
    func decode(_ sequences: [AttentionSequence]) {
      guard !sequences.isEmpty else { return }
      count(
        .decodeAttention,
        Kernels.decodeAttention(
          query, sequences, cache: cache(owner), scale: scale, into: output, threads: threads), of: pass)
    }
    guard !pass.isOfSurvivors else { return decode(lists.survivors) }
    if !lists.chunks.isEmpty {
      count(
        .prefillAttention,
        Kernels.prefillAttention(
          query, lists.chunks, cache: cache(owner), scale: scale, into: output, threads: threads), of: pass)
    }
    decode(lists.decodes)
  }

  private func cache(_ layer: Int) -> PagedKeyValueCache {
    guard let cache = caches[layer] else { preconditionFailure("layer \(layer) keeps no KV cache") }
    return cache
  }
}
