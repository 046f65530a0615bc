import Foundation
import Quantities
import ReferenceKernels
import Testing

@Suite struct RowKernelTests {
  @Test("rms_norm with and without a residual to add", arguments: [(0, 5), (1, 16), (3, 37), (5, 80)])
  func rmsNorm(m: Int, h: Int) {
    let x = randomMatrix(m, h, seed: 1)
    let residual = randomMatrix(m, h, seed: 2)
    let weight = (0..<h).map { mixed($0, seed: 3) }
    for adding in [x.view, nil] {
      let plainResidual = residual.view.copy()
      let plain = Matrix<Float>(rows: m, columns: h)
      let work = PlainKernels.rmsNorm(
        adding: adding, to: plainResidual.view, weight: weight, epsilon: 1e-5, into: plain.view)
      let (operations, passes) = adding == nil ? (4, 2) : (5, 4)
      #expect(work == counted(flops: operations * m * h, bytes: 4 * passes * m * h))
      for threads in everyKernelThreads() {
        let r = residual.view.copy()
        let y = Matrix<Float>(rows: m, columns: h)
        let counted = Kernels.rmsNorm(
          adding: adding, to: r.view, weight: weight, epsilon: 1e-5, into: y.view, threads: threads)
        #expect(counted == work)
        #expect(r.view.bits == plainResidual.view.bits)
        #expect(largestError(y.view, plain.view) { plain[$0, $1].magnitude } < 1e-6)
      }
    }
  }

  @Test(
    "rotary embedding: fused [q | k | v], [q] alone, and K in place", arguments: [(1, 8), (4, 64), (3, 20)])
  func rotary(m: Int, dim: Int) {
    let table = RotaryTable(positions: 100, headDim: dim, theta: 10_000)
    let positions = (0..<m).map { Int32(99 - 7 * $0) }
    let qkv = randomMatrix(m, dim * (4 + 2 * 2), seed: 4)
    func outputs() -> [Matrix<Float>] { [4, 2, 2].map { Matrix<Float>(rows: m, columns: $0 * dim) } }
    let plain = outputs()
    let work = PlainKernels.rotary(
      qkv.view, positions: positions, table: table, q: plain[0].view, k: plain[1].view, v: plain[2].view)
    #expect(work == counted(flops: 3 * m * 6 * dim, bytes: 8 * m * 8 * dim))
    for threads in everyKernelThreads() {
      let out = outputs()
      let done = Kernels.rotary(
        qkv.view, positions: positions, table: table, q: out[0].view, k: out[1].view, v: out[2].view,
        threads: threads)
      #expect(done == work)
      for (a, b) in zip(out, plain) { #expect(largestError(a.view, b.view) { _, _ in 1 } < 3e-7) }

      let alone = Matrix<Float>(rows: m, columns: 4 * dim)
      let q = qkv.view(columns: 0..<4 * dim)
      let ofQ = Kernels.rotary(q, positions: positions, table: table, q: alone.view, threads: threads)
      #expect(ofQ == counted(flops: 3 * m * 4 * dim, bytes: 8 * m * 4 * dim))
      #expect(alone.view.bits == out[0].view.bits)

      let k = qkv.view(columns: 4 * dim..<6 * dim).copy()
      let ofK = Kernels.rotaryK(k.view, positions: positions, table: table, threads: threads)
      #expect(ofK == counted(flops: 3 * m * 2 * dim, bytes: 8 * m * 2 * dim))
      #expect(k.view.bits == out[1].view.bits)
    }
  }

  @Test("silu_mul over the whole range of exp", arguments: [(1, 1), (2, 16), (3, 37)])
  func siluMul(m: Int, f: Int) {
    let gateUp = randomMatrix(m, 2 * f, seed: 5)
    for i in 0..<m { for j in 0..<f { gateUp[i, j] *= [1, 10, 80, 1000][(i + j) % 4] } }
    let plain = Matrix<Float>(rows: m, columns: f)
    let work = PlainKernels.siluMul(gateUp.view, into: plain.view)
    #expect(work == counted(flops: 5 * m * f, bytes: 12 * m * f))
    for threads in everyKernelThreads() {
      let y = Matrix<Float>(rows: m, columns: f)
      #expect(Kernels.siluMul(gateUp.view, into: y.view, threads: threads) == work)
      // e^-gate stops growing at e^88.3, so what should be smaller than |gate| · 1e-38 may be that large.
      #expect(largestError(y.view, plain.view) { plain[$0, $1].magnitude + 1e-29 } < 1e-6)
    }
  }

  @Test("rows are moved, not changed; bytes count read and written")
  func movedRows() {
    let x = randomMatrix(6, 21, seed: 6)
    for threads in everyKernelThreads() {
      let picked = Matrix<Float>(rows: 3, columns: 21)
      let gathered = Kernels.gatherRows(of: x.view, at: [5, 0, 2], into: picked.view, threads: threads)
      #expect(gathered == counted(flops: 0, bytes: 8 * 3 * 21))
      #expect(picked.view.bits == [5, 0, 2].flatMap { x.view(rows: $0..<$0 + 1).bits })

      let back = Matrix<Float>(rows: 6, columns: 21)
      let scattered = Kernels.scatterRows(picked.view, to: [5, 0, 2], of: back.view, threads: threads)
      #expect(scattered == gathered)
      for row in [5, 0, 2] {
        #expect(back.view(rows: row..<row + 1).bits == x.view(rows: row..<row + 1).bits)
      }
      #expect(back.view(rows: 1..<2).elements == Array(repeating: 0, count: 21))

      let joined = Matrix<Float>(rows: 6, columns: 21)
      let parts = [x.view(columns: 0..<7), x.view(columns: 7..<14), x.view(columns: 14..<21)]
      let work = Kernels.concatenate(parts, into: joined.view, threads: threads)
      #expect(work == counted(flops: 0, bytes: 8 * 6 * 21))
      #expect(joined.view.bits == x.view.bits)
    }
  }

  @Test("kernels of every size are shared by two threads without losing work", arguments: [1, 2, 3, 1000])
  func sharedWork(rows: Int) {
    let x = randomMatrix(rows, 40, seed: 7)
    let threads = KernelThreads(count: 2, pinned: false)
    let y = Matrix<Float>(rows: rows, columns: 20)
    for _ in 0..<50 {
      #expect(
        Kernels.siluMul(x.view, into: y.view, threads: threads)
          == counted(flops: 100 * rows, bytes: 240 * rows))
    }
  }

  @Test("groups of pinned threads can follow each other and overlap; a group that slept wakes up")
  func groups() {
    let x = randomMatrix(64, 2000, seed: 8)
    let y = Matrix<Float>(rows: 64, columns: 1000)
    let first = KernelThreads(count: 1)
    for _ in 0..<5 {
      let second = KernelThreads(count: 2)
      let before = Kernels.siluMul(x.view, into: y.view, threads: second)
      usleep(300)  // longer than a thread spins
      #expect(Kernels.siluMul(x.view, into: y.view, threads: second) == before)
      #expect(Kernels.siluMul(x.view, into: y.view, threads: first) == before)
    }
  }

  private func counted(flops: Int, bytes: Int) -> CountedWork {
    CountedWork(flops: FLOPs(Double(flops)), bytes: Bytes(Double(bytes)))
  }
}
