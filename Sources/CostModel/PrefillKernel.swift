import Foundation
public import Hardware
import Quantities

/// The prefill chunks of one attention layer on one GPU, as the kernel's formula wants them.
public struct PrefillWork: Hashable, Sendable {
  public var shape: BatchShape
  public var heads: Int
  public var keyValueHeads: Int
  public var headDim: Int
  /// Of a KV element.
  public var elementBytes: Double

  /// - Parameters: `heads`, `keyValueHeads`: of one GPU.
  public init(_ shape: BatchShape, heads: Int, keyValueHeads: Int, headDim: Int, elementBytes: Double) {
    self.shape = shape
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDim = headDim
    self.elementBytes = elementBytes
  }

  /// Queries and outputs in 16 bit.
  var counted: KernelWork {
    KernelWork.prefillAttention(
      tokens: shape.prefillTokens, context: shape.prefillContext, pairs: shape.prefillPairs, heads: heads,
      keyValueHeads: keyValueHeads, headDim: headDim, activation: 2, keyValue: elementBytes)
  }
}

extension DeviceProfile.PrefillAttention {
  /// All prefill chunks of one step. `launched` is false where decoding sequences share the step: one fused launch.
  ///
  /// `slowdown` multiplies the multiprocessors' work: 1 for an isolated kernel, `Serving.slowdown` in serving.
  public func cost(of work: PrefillWork, slowdown: Double = 1, launched: Bool = true) -> KernelCost {
    guard work.shape.prefillChunks > 0 else {
      return KernelCost(flops: 0, bytes: 0, time: 0, bound: .latency)
    }
    let formula = PrefillFormula(
      self, tiling: work.shape.tiling, keyValueHeads: work.keyValueHeads, headDim: work.headDim,
      elementBytes: work.elementBytes, slowdown: slowdown)
    let (time, bound) = formula.time(work.shape, launched: launched)
    return KernelCost(work.counted, time: Seconds(time), bound: bound)
  }
}
