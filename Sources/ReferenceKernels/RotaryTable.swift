#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Cosines and sines of the rotary embedding: angle of element i at position p = p · theta^(-2i / headDim).
///
/// Su et al.: "RoFormer: enhanced transformer with rotary position embedding", 2021; Llama rotates element i of a head's first
/// half with element i of its second.
public final class RotaryTable {
  public let positions: Int
  public let headDim: Int
  /// [positions, headDim / 2]
  public let cosines: Matrix<Float>
  public let sines: Matrix<Float>

  public init(positions: Int, headDim: Int, theta: Double) {
    precondition(headDim % 2 == 0, "a head of \(headDim) elements has no two halves")
    self.positions = positions
    self.headDim = headDim
    cosines = Matrix(rows: positions, columns: headDim / 2)
    sines = Matrix(rows: positions, columns: headDim / 2)
    for i in 0..<headDim / 2 {
      let frequency = pow(theta, -2 * Double(i) / Double(headDim))
      for p in 0..<positions {
        cosines[p, i] = Float(cos(Double(p) * frequency))
        sines[p, i] = Float(sin(Double(p) * frequency))
      }
    }
  }
}
