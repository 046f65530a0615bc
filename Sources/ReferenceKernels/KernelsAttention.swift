internal import CReferenceKernels

/// One sequence of an attention call. `blockTable` must stay alive during the call and name a block for each of its tokens.
public struct AttentionSequence {
  let record: rk_sequence

  /// - Parameters:
  ///   - firstRow: the row of Q that holds its first new token; the others follow.
  ///   - newTokens: its query rows; 1 for a decoding sequence.
  ///   - cachedTokens: tokens before them. All keys and values, of new tokens too, are in the cache already.
  ///   - blockTable: token p is in block blockTable[p / 16].
  public init(firstRow: Int, newTokens: Int, cachedTokens: Int, blockTable: UnsafePointer<Int32>) {
    record = rk_sequence(first_row: firstRow, rows: newTokens, cached: cachedTokens, block_table: blockTable)
  }

  public var firstRow: Int { record.first_row }
  public var newTokens: Int { record.rows }
  public var cachedTokens: Int { record.cached }
  public var blockTable: UnsafePointer<Int32> { record.block_table }
}

extension Kernels {
  /// K and V [t, kv/2] of t tokens into a layer's cache, token i at slots[i]; a negative slot is skipped.
  @discardableResult
  public static func kvCacheWrite(
    k: MatrixView<Float>, v: MatrixView<Float>, slots: [Int32], into cache: PagedKeyValueCache,
    threads: KernelThreads
  ) -> CountedWork {
    check(k.columns == cache.kvHeads * cache.headDim, "kvCacheWrite: shapes differ")
    checkWrite(k: k, v: v, slots: slots, blocks: cache.blocks)
    var record = cache.record
    return CountedWork(
      rk_kv_cache_write(threads.group, k.rows, k.pointer, k.stride, v.pointer, v.stride, slots, &record, 1))
  }

  /// K and V [t, layers · kv/2] of several layers side by side into their caches, all of one shape and format.
  @discardableResult
  public static func kvCacheWrite(
    k: MatrixView<Float>, v: MatrixView<Float>, slots: [Int32], into caches: [PagedKeyValueCache],
    threads: KernelThreads
  ) -> CountedWork {
    guard let first = caches.first else { return .zero }
    let width = first.kvHeads * first.headDim
    check(
      k.columns == width * caches.count
        && caches.allSatisfy { $0.kvHeads == first.kvHeads && $0.headDim == first.headDim },
      "kvCacheWrite: shapes differ")
    checkWrite(k: k, v: v, slots: slots, blocks: caches.map(\.blocks).min() ?? 0)
    return withUnsafeTemporaryAllocation(of: rk_kv_cache.self, capacity: caches.count) { records in
      for i in caches.indices { records.initializeElement(at: i, to: caches[i].record) }
      guard let records = records.baseAddress else { return .zero }
      return CountedWork(
        rk_kv_cache_write(
          threads.group, k.rows, k.pointer, k.stride, v.pointer, v.stride, slots, records, caches.count))
    }
  }

  /// Causal attention of prompt chunks over the cache: 4·q·Σ[n·c + n(n+1)/2] FLOPs. q, o: [rows, heads·headDim].
  ///
  /// `scale` is usually 1/√headDim. Rows that no sequence names are left alone.
  @discardableResult
  public static func prefillAttention(
    _ q: MatrixView<Float>, _ sequences: [AttentionSequence], cache: PagedKeyValueCache, scale: Float,
    into o: MatrixView<Float>, threads: KernelThreads
  ) -> CountedWork {
    let width = cache.kvHeads * cache.headDim
    check(sameShape(q, o) && q.columns % width == 0, "attention: shapes differ")
    for s in sequences {
      check(s.firstRow >= 0 && s.newTokens >= 1 && s.cachedTokens >= 0, "attention: an empty sequence")
      check(s.firstRow + s.newTokens <= q.rows, "attention: rows beyond \(q.rows)")
      let tokens = s.cachedTokens + s.newTokens
      for i in 0..<(tokens + PagedKeyValueCache.blockSize - 1) / PagedKeyValueCache.blockSize {
        check(s.blockTable[i] >= 0 && Int(s.blockTable[i]) < cache.blocks, "attention: no such block")
      }
    }
    return sequences.withUnsafeBytes { bytes in
      guard let first = bytes.baseAddress else { return .zero }
      return CountedWork(
        rk_attention(
          threads.group, first.assumingMemoryBound(to: rk_sequence.self), sequences.count,
          q.columns / cache.headDim, cache.record, scale, q.pointer, q.stride, o.pointer, o.stride))
    }
  }

  /// Attention of decoding sequences, one query row each, over all tokens up to its own: 4·q·Σcontext FLOPs.
  @discardableResult
  public static func decodeAttention(
    _ q: MatrixView<Float>, _ sequences: [AttentionSequence], cache: PagedKeyValueCache, scale: Float,
    into o: MatrixView<Float>, threads: KernelThreads
  ) -> CountedWork {
    check(sequences.allSatisfy { $0.newTokens == 1 }, "decodeAttention: a sequence with several query rows")
    return prefillAttention(q, sequences, cache: cache, scale: scale, into: o, threads: threads)
  }

  private static func checkWrite(k: MatrixView<Float>, v: MatrixView<Float>, slots: [Int32], blocks: Int) {
    check(sameShape(k, v) && slots.count == k.rows, "kvCacheWrite: shapes differ")
    checkIndices(slots, below: blocks * PagedKeyValueCache.blockSize, from: .min)
  }
}
