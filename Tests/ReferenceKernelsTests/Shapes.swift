import Quantities
import ReferenceKernels

/// Numbers between -1 and 1 that look random and are the same everywhere (a 32-bit integer hash of seed and index).
func mixed(_ index: Int, seed: Int) -> Float {
  var x = UInt32(truncatingIfNeeded: index &* 747_796_405 &+ seed &* 1_442_695_041 &+ 12345)
  x = (x ^ (x >> 16)) &* 0x7feb_352d
  x = (x ^ (x >> 15)) &* 0x846c_a68b
  x ^= x >> 16
  return Float(x >> 8) / Float(1 << 23) - 1
}

func randomMatrix(_ rows: Int, _ columns: Int, seed: Int, scale: Float = 1) -> Matrix<Float> {
  let m = Matrix<Float>(rows: rows, columns: columns)
  for i in 0..<rows * columns { m.pointer[i] = scale * mixed(i, seed: seed) }
  return m
}

extension MatrixView<Float> {
  /// The elements, row by row.
  var elements: [Float] {
    (0..<rows).flatMap { i in (0..<columns).map { self[i, $0] } }
  }

  /// The elements' bit patterns: equal means the same numbers to the last bit.
  var bits: [UInt32] { elements.map(\.bitPattern) }

  func copy() -> Matrix<Float> {
    let m = Matrix<Float>(rows: rows, columns: columns)
    for i in 0..<rows { for j in 0..<columns { m[i, j] = self[i, j] } }
    return m
  }

  func magnitudes() -> Matrix<Float> {
    let m = copy()
    for i in 0..<rows * columns { m.pointer[i] = m.pointer[i].magnitude }
    return m
  }
}

/// The largest |a - b| in units of `scale`, element by element; a NaN in one of them counts as infinite.
func largestError(_ a: MatrixView<Float>, _ b: MatrixView<Float>, scale: (Int, Int) -> Float) -> Float {
  var largest: Float = 0
  for i in 0..<a.rows {
    for j in 0..<a.columns where a[i, j] != b[i, j] {
      let error = (a[i, j] - b[i, j]).magnitude / scale(i, j)
      largest = error.isNaN ? .infinity : max(largest, error)
    }
  }
  return largest
}

/// Threads of every instruction set here, one and two of them.
func everyKernelThreads() -> [KernelThreads] {
  InstructionSet.available.flatMap { set in
    [1, 2].map { KernelThreads(count: $0, instructionSet: set, pinned: false) }
  }
}
