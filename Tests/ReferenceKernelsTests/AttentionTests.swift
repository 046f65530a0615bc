import Quantities
import ReferenceKernels
import Testing

/// Sequences of one attention call over a cache whose blocks are handed out in a shuffled order.
final class AttentionCase {
  let heads: Int
  let kvHeads: Int
  let headDim: Int
  let lengths: [(cached: Int, new: Int)]
  let q: Matrix<Float>
  let keys: [Matrix<Float>]
  let values: [Matrix<Float>]
  let cache: PagedKeyValueCache
  private var tables: [UnsafeMutablePointer<Int32>] = []
  var scale: Float { 1 / Float(headDim).squareRoot() }

  init(
    heads: Int, kvHeads: Int, headDim: Int, lengths: [(cached: Int, new: Int)],
    format: PagedKeyValueCache.Format = .float32, shuffle: Int = 5
  ) {
    (self.heads, self.kvHeads, self.headDim, self.lengths) = (heads, kvHeads, headDim, lengths)
    q = randomMatrix(lengths.reduce(0) { $0 + $1.new }, heads * headDim, seed: 21, scale: 3)
    keys = lengths.indices.map {
      randomMatrix(lengths[$0].cached + lengths[$0].new, kvHeads * headDim, seed: 31 + $0)
    }
    values = lengths.indices.map {
      randomMatrix(lengths[$0].cached + lengths[$0].new, kvHeads * headDim, seed: 41 + $0)
    }
    let pages = lengths.map { ($0.cached + $0.new + 15) / 16 }
    let blocks = pages.reduce(1, +)
    cache = PagedKeyValueCache(blocks: blocks, kvHeads: kvHeads, headDim: headDim, format: format)
    let order = (0..<blocks).sorted { mixed($0, seed: shuffle) < mixed($1, seed: shuffle) }
    let threads = KernelThreads(count: 1, pinned: false)
    var next = 0
    for i in lengths.indices {
      let table = UnsafeMutablePointer<Int32>.allocate(capacity: pages[i])
      for page in 0..<pages[i] { table[page] = Int32(order[next + page]) }
      next += pages[i]
      tables.append(table)
      let slots = (0..<lengths[i].cached + lengths[i].new).map { table[$0 / 16] * 16 + Int32($0 % 16) }
      Kernels.kvCacheWrite(
        k: keys[i].view, v: values[i].view, slots: slots, into: cache, threads: threads)
    }
  }

  deinit { for table in tables { table.deallocate() } }

  /// All sequences as the call takes them.
  var sequences: [AttentionSequence] {
    var row = 0
    return lengths.indices.map { i in
      defer { row += lengths[i].new }
      return AttentionSequence(
        firstRow: row, newTokens: lengths[i].new, cachedTokens: lengths[i].cached, blockTable: tables[i])
    }
  }

  func run(_ sequences: [AttentionSequence]? = nil, threads: KernelThreads) -> (Matrix<Float>, CountedWork) {
    let o = Matrix<Float>(rows: q.rows, columns: q.columns)
    let work = Kernels.prefillAttention(
      q.view, sequences ?? self.sequences, cache: cache, scale: scale, into: o.view, threads: threads)
    return (o, work)
  }

  /// The plain loops on keys and values as the cache holds them.
  func plain() -> (Matrix<Float>, CountedWork) {
    let o = Matrix<Float>(rows: q.rows, columns: q.columns)
    var work = CountedWork.zero
    var row = 0
    for i in lengths.indices {
      let (k, v) = (keys[i].view.copy(), values[i].view.copy())
      if cache.format != .float32 {
        for t in 0..<k.rows {
          let slot = Int(tables[i][t / 16]) * 16 + t % 16
          for j in 0..<k.columns {
            k[t, j] = cache.key(slot: slot, head: j / headDim, j % headDim)
            v[t, j] = cache.value(slot: slot, head: j / headDim, j % headDim)
          }
        }
      }
      let rows = row..<row + lengths[i].new
      work += PlainKernels.attention(
        q.view(rows: rows), keys: k.view, values: v.view, headDim: headDim, scale: scale,
        into: o.view(rows: rows),
        elementSize: Int(cache.elementSize.value))
      row += lengths[i].new
    }
    return (o, work)
  }

  /// The formulas of the kernel set.
  var work: CountedWork {
    var pairs = 0
    var tokens = 0
    for l in lengths {
      pairs += l.new * l.cached + l.new * (l.new + 1) / 2
      tokens += l.cached + l.new
    }
    let bytes = 2 * 4 * q.columns * q.rows + Int(cache.elementSize.value) * 2 * kvHeads * headDim * tokens
    return CountedWork(
      flops: FLOPs(Double(4 * q.columns * pairs)), bytes: Bytes(Double(bytes)))
  }
}

@Suite struct AttentionTests {
  static let shapes: [(heads: Int, kvHeads: Int, headDim: Int)] = [
    (1, 1, 8), (2, 1, 24), (4, 4, 16), (4, 1, 40), (8, 1, 20), (2, 2, 64), (3, 1, 128),
  ]

  @Test("chunks with and without a prefix, and single tokens, equal the plain loops", arguments: shapes)
  func equalsPlain(heads: Int, kvHeads: Int, headDim: Int) {
    let it = AttentionCase(
      heads: heads, kvHeads: kvHeads, headDim: headDim,
      lengths: [(0, 1), (0, 9), (16, 3), (70, 1), (30, 2), (63, 2)])
    check(it)
  }

  @Test("a long context")
  func longContext() {
    check(AttentionCase(heads: 2, kvHeads: 1, headDim: 8, lengths: [(700, 1), (300, 40)]))
  }

  @Test("FP8 cache: the same numbers as the plain loops on what the cache holds")
  func float8() {
    check(
      AttentionCase(
        heads: 4, kvHeads: 2, headDim: 24, lengths: [(20, 5), (65, 1)],
        format: .e4m3(keyScale: 0.01, valueScale: 0.02)))
  }

  private func check(_ it: AttentionCase) {
    let (plain, plainWork) = it.plain()
    #expect(plainWork == it.work)
    for threads in everyKernelThreads() {
      let (o, work) = it.run(threads: threads)
      #expect(work == it.work)
      // Scores up to |q||k|·scale ~ 3·√dim carry an error of dim·u each; values are below 1 (below 9 as FP8 codes).
      let error = largestError(o.view, plain.view) { _, _ in 1 }
      #expect(error < 3e-5, "\(threads.instructionSet)")
    }
  }

  @Test("a token's result is the same to the last bit however its prompt is cut, paged, batched and threaded")
  func chunking() {
    let whole = AttentionCase(heads: 4, kvHeads: 2, headDim: 24, lengths: [(0, 150)])
    let moved = AttentionCase(heads: 4, kvHeads: 2, headDim: 24, lengths: [(0, 150)], shuffle: 99)
    for set in InstructionSet.available {
      let one = KernelThreads(count: 1, instructionSet: set, pinned: false)
      let two = KernelThreads(count: 2, instructionSet: set, pinned: false)
      let expected = whole.run(threads: one).0.view.bits
      #expect(moved.run(threads: two).0.view.bits == expected)
      let table = whole.sequences[0].blockTable
      for sizes in [Array(repeating: 1, count: 150), [7, 64, 1, 78], [100, 50]] {
        var cut: [AttentionSequence] = []
        var start = 0
        for size in sizes {
          cut.append(
            AttentionSequence(firstRow: start, newTokens: size, cachedTokens: start, blockTable: table))
          start += size
        }
        #expect(whole.run(cut, threads: two).0.view.bits == expected, "\(set), chunks of \(sizes)")
        #expect(whole.run(cut.reversed(), threads: two).0.view.bits == expected, "\(set), reversed")
      }
    }
  }

  @Test("memory beyond the context, NaN included, is not seen")
  func beyondTheContext() {
    let it = AttentionCase(heads: 2, kvHeads: 1, headDim: 16, lengths: [(20, 1)])
    let threads = KernelThreads(count: 1, pinned: false)
    let before = it.run(threads: threads).0.view.bits
    let nan = Matrix<Float>(rows: 1, columns: 16)
    for i in 0..<16 { nan[0, i] = .nan }
    let slot = it.sequences[0].blockTable[1] * 16 + 7
    Kernels.kvCacheWrite(k: nan.view, v: nan.view, slots: [slot], into: it.cache, threads: threads)
    #expect(it.run(threads: threads).0.view.bits == before)
  }

  @Test("writing: each token's elements are where attention looks for them, negative slots are skipped")
  func cacheWrite() {
    let k = randomMatrix(5, 2 * 3 * 10, seed: 51)
    let v = randomMatrix(5, 2 * 3 * 10, seed: 52)
    for threads in everyKernelThreads() {
      let caches = (0..<2).map { _ in PagedKeyValueCache(blocks: 3, kvHeads: 3, headDim: 10) }
      let slots: [Int32] = [17, 0, -1, 47, 16]
      let work = Kernels.kvCacheWrite(k: k.view, v: v.view, slots: slots, into: caches, threads: threads)
      #expect(work == CountedWork(flops: 0, bytes: Bytes(Double(8 * 4 * 2 * 60))))
      for (token, slot) in slots.enumerated() where slot >= 0 {
        for j in 0..<60 {
          let cache = caches[j / 30]
          #expect(cache.key(slot: Int(slot), head: j / 10 % 3, j % 10) == k[token, j])
          #expect(cache.value(slot: Int(slot), head: j / 10 % 3, j % 10) == v[token, j])
        }
      }
    }
  }
}
