internal import CReferenceKernels

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Weights W[n,k] (outputs × inputs) laid out once for `Kernels.gemm`: panels [n/64][k][64], padded with zeros.
public final class PackedWeights<Element: MatrixElement> {
  public let outputs: Int
  public let inputs: Int
  let pointer: UnsafeMutablePointer<Element>

  private init(outputs: Int, inputs: Int) {
    self.outputs = outputs
    self.inputs = inputs
    pointer = alignedStorage(count: rk_packed_elements(outputs, inputs), of: Element.self)
  }

  deinit { free(pointer) }
}

extension PackedWeights where Element == Float {
  public convenience init(_ weights: MatrixView<Float>) {
    self.init(outputs: weights.rows, inputs: weights.columns)
    rk_pack_f32(weights.pointer, weights.stride, weights.rows, weights.columns, pointer)
  }
}

extension PackedWeights where Element == BFloat16 {
  public convenience init(_ weights: MatrixView<BFloat16>) {
    self.init(outputs: weights.rows, inputs: weights.columns)
    rk_pack_bf16(weights.pointer.bits, weights.stride, weights.rows, weights.columns, pointer.bits)
  }
}

extension UnsafeMutablePointer where Pointee == BFloat16 {
  /// The same memory as the words that C sees: a structure of one field has that field's layout.
  var bits: UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: UInt16.self)
  }
}

extension UnsafeMutablePointer where Pointee == Float8E4M3 {
  /// The same memory as the bytes that C sees.
  var bits: UnsafeMutablePointer<UInt8> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: UInt8.self)
  }
}
