import Quantities
import Randomness
import ReferenceKernels

/// Operands for the points of the grid, and the kernels run on them. Operands are random, and as cold as in serving: weights of a
/// whole model are read between two uses of the same, and so are other sequences' keys and values.
final class KernelBench {
  private let threads: KernelThreads
  private let timer: KernelTimer
  private var draws: RandomDraws
  private var weights: (key: [Int], copies: [PackedWeights<Float>])?
  private var cache: (key: [Int], cache: PagedKeyValueCache)?

  private static let theta = 10000.0

  init(threads: KernelThreads, timer: KernelTimer) {
    self.threads = threads
    self.timer = timer
    draws = RandomStream(seed: 1, stream: .weights).draws(at: 0)
  }

  struct Result {
    var timing: KernelTimer.Timing
    /// Of one repetition.
    var work: CountedWork
  }

  func measure(_ point: KernelPoint) -> Result {
    switch point.work {
    case .gemm(let m, let n, let k, let workingSet): gemm(m, n, k, workingSet)
    case .vendorGEMM(let m, let n, let k, let workingSet): vendorGEMM(m, n, k, workingSet)
    case .prefill(let batch, let new, let cached, let heads, let keyValueHeads, let headDim):
      attention(
        batch: batch, new: new, cached: cached, heads: heads, keyValueHeads: keyValueHeads, headDim: headDim,
        workingSet: 0)
    case .decode(let batch, let context, let heads, let keyValueHeads, let headDim, let workingSet):
      attention(
        batch: batch, new: 1, cached: context - 1, heads: heads, keyValueHeads: keyValueHeads,
        headDim: headDim, workingSet: workingSet)
    case .elementwise(let kernel, let rows, let width): elementwise(kernel, rows, width)
    }
  }

  private func time(_ work: (Int) -> CountedWork) -> Result {
    var last = CountedWork.zero
    let timing = timer.time { last = work($0) }
    return Result(timing: timing, work: last)
  }

  /// Activations between two uses of the same: beyond a core's own caches. In a step they were written by all cores a kernel ago.
  private static let activationBytes = 8 << 20

  /// Operands of the given rows and columns, as many sets of them as make them cold.
  private func sets(of shapes: (Int, Int)...) -> [[Matrix<Float>]] {
    let bytes = shapes.reduce(0) { $0 + 4 * $1.0 * $1.1 }
    let first = shapes.map { random($0.0, $0.1) }
    let count = min(256, max(1, Self.activationBytes / max(1, bytes)))
    return [first]
      + (1..<max(2, count)).map { _ in
        first.map(copy)
      }
  }

  private func copy(_ source: Matrix<Float>) -> Matrix<Float> {
    let copy = Matrix<Float>(rows: source.rows, columns: source.columns)
    copy.pointer.update(from: source.pointer, count: source.rows * source.columns)
    return copy
  }

  private func random(_ rows: Int, _ columns: Int) -> Matrix<Float> {
    let matrix = Matrix<Float>(rows: rows, columns: columns)
    for i in 0..<rows * columns { matrix.pointer[i] = Float(draws.uniform() - 0.5) }
    return matrix
  }

  // MARK: GEMM

  private func gemm(_ m: Int, _ n: Int, _ k: Int, _ workingSet: Int) -> Result {
    if weights?.key != [n, k, workingSet] {
      weights = nil
      let source = random(n, k)
      let count = max(1, workingSet / (4 * n * k))
      weights = ([n, k, workingSet], (0..<count).map { _ in PackedWeights(source.view) })
    }
    let copies = weights?.copies ?? []
    let operands = sets(of: (m, k), (m, n))
    return time { i in
      let o = operands[i % operands.count]
      return Kernels.gemm(o[0].view, copies[i % copies.count], into: o[1].view, threads: threads)
    }
  }

  private func vendorGEMM(_ m: Int, _ n: Int, _ k: Int, _ workingSet: Int) -> Result {
    let count = max(1, workingSet / (4 * n * k))
    let first = random(n, k)
    let copies = (0..<count).map { _ in copy(first) }
    let (a, c) = (random(m, k), Matrix<Float>(rows: m, columns: n))
    return time { i in
      VendorGEMM.gemm(a.view, copies[i % count].view, into: c.view)
      return CountedWork(
        flops: FLOPs(2 * Double(m * n * k)), bytes: Bytes(4 * Double(m * k + n * k + m * n)))
    }
  }

  // MARK: Attention

  private func attention(
    batch: Int, new: Int, cached: Int, heads: Int, keyValueHeads: Int, headDim: Int, workingSet: Int
  ) -> Result {
    let block = PagedKeyValueCache.blockSize
    let each = (cached + new + block - 1) / block
    let blockBytes = 2 * 4 * block * keyValueHeads * headDim
    let blocks = max(workingSet / blockBytes, batch * each)
    if cache?.key != [keyValueHeads, headDim, blocks] {
      cache = nil
      let fresh = PagedKeyValueCache(blocks: blocks, kvHeads: keyValueHeads, headDim: headDim)
      cache = ([keyValueHeads, headDim, blocks], fresh)
    }
    guard let cache = cache?.cache else { return Result(timing: timer.time { _ in }, work: .zero) }
    // Blocks in an order in which neighbours have nothing in common, twice, so that any start has enough behind it.
    var order = (0..<blocks).map(Int32.init)
    order.shuffle(using: &draws)
    order += order.prefix(batch * each)
    let operands = sets(of: (batch * new, heads * headDim), (batch * new, heads * headDim))
    let scale = 1 / Float(headDim).squareRoot()
    // Prompt chunks find their keys and values in the cache, where they were just written.
    let stride = new > 1 ? 0 : batch * each
    return order.withUnsafeBufferPointer { order in
      guard let table = order.baseAddress else { return Result(timing: timer.time { _ in }, work: .zero) }
      return time { i in
        let start = i * stride % blocks
        let (q, o) = (operands[i % operands.count][0], operands[i % operands.count][1])
        let sequences = (0..<batch).map { j in
          AttentionSequence(
            firstRow: j * new, newTokens: new, cachedTokens: cached, blockTable: table + start + j * each)
        }
        return new > 1
          ? Kernels.prefillAttention(
            q.view, sequences, cache: cache, scale: scale, into: o.view, threads: threads)
          : Kernels.decodeAttention(
            q.view, sequences, cache: cache, scale: scale, into: o.view, threads: threads)
      }
    }
  }

  // MARK: Element-wise

  private func elementwise(_ kernel: KernelPoint.ElementwiseKernel, _ rows: Int, _ width: Int) -> Result {
    let threads = threads
    switch kernel {
    case .rmsNorm:
      let operands = sets(of: (rows, width), (rows, width), (rows, width))
      let weight = [Float](repeating: 1, count: width)
      return time { i in
        let o = operands[i % operands.count]
        return Kernels.rmsNorm(
          adding: o[0].view, to: o[1].view, weight: weight, epsilon: 1e-5, into: o[2].view, threads: threads)
      }
    case .rotary:
      // A quarter of the queries' width each for keys and values.
      let table = RotaryTable(positions: 64, headDim: 32, theta: Self.theta)
      let positions = (0..<rows).map { Int32($0 % 64) }
      let side = max(32, width / 4 / 32 * 32)
      let operands = sets(of: (rows, width + 2 * side), (rows, width), (rows, side), (rows, side))
      return time { i in
        let o = operands[i % operands.count]
        return Kernels.rotary(
          o[0].view, positions: positions, table: table, q: o[1].view, k: o[2].view, v: o[3].view,
          threads: threads)
      }
    case .keyValueWrite:
      let cache = PagedKeyValueCache(blocks: 4096, kvHeads: 2, headDim: width / 2)
      let operands = sets(of: (rows, width), (rows, width))
      // Other blocks each time, as other sequences and layers have them.
      let slots = (0..<16).map { start in (0..<rows).map { Int32((start * 4096 + $0) % 65_536) } }
      return time { i in
        let o = operands[i % operands.count]
        return Kernels.kvCacheWrite(
          k: o[0].view, v: o[1].view, slots: slots[i % 16], into: cache, threads: threads)
      }
    case .siluMul:
      let operands = sets(of: (rows, 2 * width), (rows, width))
      return time { i in
        let o = operands[i % operands.count]
        return Kernels.siluMul(o[0].view, into: o[1].view, threads: threads)
      }
    case .gather:
      let operands = sets(of: (rows, width), (rows, width))
      let indices = (0..<rows).map { Int32(rows - 1 - $0) }
      return time { i in
        let o = operands[i % operands.count]
        return Kernels.gatherRows(of: o[0].view, at: indices, into: o[1].view, threads: threads)
      }
    case .argmax:
      let operands = sets(of: (rows, width))
      var tokens = [Int32](repeating: 0, count: rows)
      return time { i in
        Kernels.argmax(operands[i % operands.count][0].view, into: &tokens, threads: threads)
      }
    }
  }
}
