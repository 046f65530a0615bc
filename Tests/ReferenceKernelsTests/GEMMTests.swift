import Quantities
import ReferenceKernels
import Testing

/// m, n, k of a product.
struct Product: CustomTestStringConvertible {
  var m: Int
  var n: Int
  var k: Int
  var testDescription: String { "\(m) × \(n) × \(k)" }
  var work: CountedWork {
    if m == 0 { return .zero }  // no row, no look at W
    return CountedWork(flops: FLOPs(Double(2 * m * n * k)), bytes: Bytes(Double(4 * (m * k + n * k + m * n))))
  }
}

@Suite struct GEMMTests {
  @Test(
    "C equals the plain product within the bound of a sum of k products, and counts the same work",
    arguments: [
      Product(m: 0, n: 5, k: 7), Product(m: 1, n: 1, k: 1), Product(m: 1, n: 64, k: 16),
      Product(m: 2, n: 130, k: 33), Product(m: 3, n: 16, k: 9), Product(m: 5, n: 65, k: 40),
      Product(m: 6, n: 63, k: 17), Product(m: 7, n: 100, k: 8), Product(m: 13, n: 49, k: 31),
      Product(m: 25, n: 31, k: 12),
    ])
  func equalsPlain(shape: Product) {
    let a = randomMatrix(shape.m, shape.k, seed: 1)
    let w = randomMatrix(shape.n, shape.k, seed: 2)
    let plain = Matrix<Float>(rows: shape.m, columns: shape.n)
    let bound = Matrix<Float>(rows: shape.m, columns: shape.n)
    let work = PlainKernels.gemm(a.view, w.view, into: plain.view)
    PlainKernels.gemm(a.view.magnitudes().view, w.view.magnitudes().view, into: bound.view)
    #expect(work == shape.work)
    let packed = PackedWeights(w.view)
    for threads in everyKernelThreads() {
      let c = Matrix<Float>(rows: shape.m, columns: shape.n)
      #expect(Kernels.gemm(a.view, packed, into: c.view, threads: threads) == work)
      // Higham: |error| <= k·u / (1 - k·u) · Σ|a||b| with u = 2^-24, and the rounding of the plain result.
      let error = largestError(c.view, plain.view) { bound[$0, $1] * Float.ulpOfOne / 2 }
      #expect(error <= Float(shape.k + 2), "\(threads.instructionSet)")
    }
  }

  @Test("leading dimensions: parts of wider matrices, and nothing beside them is written")
  func views() {
    let wide = randomMatrix(9, 40, seed: 3)
    let w = randomMatrix(70, 21, seed: 4)
    let a = wide.view(rows: 1..<8, columns: 11..<32)
    let plain = Matrix<Float>(rows: 7, columns: 70)
    PlainKernels.gemm(a, w.view, into: plain.view)
    for threads in everyKernelThreads() {
      let c = Matrix<Float>(rows: 9, columns: 75)
      for i in 0..<9 * 75 { c.pointer[i] = 77 }
      let inside = c.view(rows: 1..<8, columns: 2..<72)
      Kernels.gemm(a, PackedWeights(w.view), into: inside, threads: threads)
      #expect(largestError(inside, plain.view) { _, _ in 1 } < 1e-5)
      #expect(c.view.elements.count { $0 == 77 } == 9 * 75 - 7 * 70)
    }
  }

  @Test("a row's result is the same to the last bit whatever m, its position, and the number of threads")
  func rowsAreIndependent() {
    let a = randomMatrix(20, 50, seed: 5)
    let packed = PackedWeights(randomMatrix(140, 50, seed: 6).view)
    for set in InstructionSet.available {
      let one = KernelThreads(count: 1, instructionSet: set, pinned: false)
      let two = KernelThreads(count: 2, instructionSet: set, pinned: false)
      let all = Matrix<Float>(rows: 20, columns: 140)
      Kernels.gemm(a.view, packed, into: all.view, threads: one)
      let again = Matrix<Float>(rows: 20, columns: 140)
      Kernels.gemm(a.view, packed, into: again.view, threads: two)
      #expect(again.view.bits == all.view.bits)
      for m in 1...14 {
        let part = Matrix<Float>(rows: m, columns: 140)
        Kernels.gemm(a.view(rows: 20 - m..<20), packed, into: part.view, threads: two)
        #expect(part.view.bits == all.view(rows: 20 - m..<20).bits, "\(set), m = \(m)")
      }
    }
  }

  @Test("instruction sets with a fused multiply-add agree to the last bit")
  func fusedSetsAgree() {
    let a = randomMatrix(7, 50, seed: 9)
    let packed = PackedWeights(randomMatrix(70, 50, seed: 10).view)
    let results = InstructionSet.available.filter { $0 != .portable }.map { set in
      let c = Matrix<Float>(rows: 7, columns: 70)
      Kernels.gemm(
        a.view, packed, into: c.view, threads: KernelThreads(count: 1, instructionSet: set, pinned: false))
      return c.view.bits
    }
    #expect(results.allSatisfy { $0 == results.first })
  }

  @Test(
    "BF16: sums in FP32, rounded once; half the bytes", arguments: [(1, 64, 40), (5, 70, 33), (13, 20, 16)])
  func bfloat16(m: Int, n: Int, k: Int) {
    let a = randomBFloat16(m, k, seed: 7)
    let w = randomBFloat16(n, k, seed: 8)
    let plain = Matrix<Float>(rows: m, columns: n)
    let bound = Matrix<Float>(rows: m, columns: n)
    PlainKernels.gemm(a.floats.view, w.floats.view, into: plain.view)
    PlainKernels.gemm(a.floats.view.magnitudes().view, w.floats.view.magnitudes().view, into: bound.view)
    var results: [InstructionSet: [BFloat16]] = [:]
    for threads in everyKernelThreads() {
      let c = Matrix<BFloat16>(rows: m, columns: n)
      let work = Kernels.gemm(a.view, PackedWeights(w.view), into: c.view, threads: threads)
      #expect(work.flops.value == Double(2 * m * n * k))
      #expect(work.bytes.value == Double(2 * (m * n + m * k + n * k)))
      // Half a unit of BF16's 8 bits, and the sum's own error.
      let error = largestError(c.floats.view, plain.view) {
        plain[$0, $1].magnitude * 0x1p-8 + bound[$0, $1] * Float(k) * 0x1p-24
      }
      #expect(error <= 1)
      let bits = (0..<m * n).map { c.pointer[$0] }
      if let before = results[threads.instructionSet] { #expect(bits == before) }
      results[threads.instructionSet] = bits
      let last = Matrix<BFloat16>(rows: 1, columns: n)
      Kernels.gemm(a.view(rows: m - 1..<m), PackedWeights(w.view), into: last.view, threads: threads)
      #expect((0..<n).allSatisfy { last[0, $0] == c[m - 1, $0] })
    }
  }
}

private func randomBFloat16(_ rows: Int, _ columns: Int, seed: Int) -> Matrix<BFloat16> {
  let m = Matrix<BFloat16>(rows: rows, columns: columns)
  for i in 0..<rows * columns { m.pointer[i] = BFloat16(mixed(i, seed: seed)) }
  return m
}

extension Matrix<BFloat16> {
  fileprivate var floats: Matrix<Float> {
    let m = Matrix<Float>(rows: rows, columns: columns)
    for i in 0..<rows * columns { m.pointer[i] = pointer[i].float }
    return m
  }
}
