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
  /// Keys and values of new tokens, and of cached ones.
  var newBytes: Double { 2 * elementBytes * Double(shape.prefillTokens * keyValueHeads * headDim) }
  var cachedBytes: Double {
    2 * elementBytes * Double((shape.prefillContext - shape.prefillTokens) * keyValueHeads * headDim)
  }
}

extension DeviceProfile.PrefillAttention {
  /// FlashAttention 3 splits the context of a chunk over thread blocks where fewer tiles than this share of the multiprocessors
  /// are there and the context has more than `leastSplitBlocks` blocks.
  private static let splitOccupancy = 0.8
  private static let leastSplitBlocks = 4
  private static let mostSplits = 32.0
  /// FlashAttention's allowance when it sizes splits.
  private static let splitMargin = 1.1

  /// All prefill chunks of one step. `launched` is false where decoding sequences share the step: one fused launch.
  ///
  /// `slowdown` multiplies the multiprocessors' work: 1 for an isolated kernel, `Serving.slowdown` in serving.
  public func cost(of work: PrefillWork, slowdown: Double = 1, launched: Bool = true) -> KernelCost {
    let shape = work.shape
    guard shape.prefillChunks > 0 else { return KernelCost(flops: 0, bytes: 0, time: 0, bound: .latency) }
    let (k, sm) = (Double(work.keyValueHeads), Double(chip.multiprocessors))
    let headSize = Double(work.headDim) / 128
    let block = blockTime(headDim: work.headDim) * Double(shape.tiling.keys) / 128
    let longest = Double(shape.longestBlocks)
    let isSplit =
      chip.architecture != .ampere && k * Double(shape.mostChunkTiles) < Self.splitOccupancy * sm
      && shape.longestBlocks > Self.leastSplitBlocks

    // Splits of the longest chunk; shorter ones have fewer, in proportion to their blocks.
    let tiles = Double(shape.prefillTiles)
    var splits = 1.0
    var splitTiles = tiles
    if isSplit {
      let share = (Self.splitMargin * k * Double(shape.tileBlocks) / sm).rounded(.up)
      splits = min(max((longest / share).rounded(.up), 1), Self.mostSplits)
      splitTiles += (splits - 1) * Double(shape.tileBlocks) / longest
    }
    let rows = Double(shape.prefillTokens * shape.tiling.queriesPerKeyValueHead) * splitTiles / tiles
    let starts = tileOverhead.value * splitTiles + rowOverhead.value * rows / 128 * headSize
    let whole = k * (starts + shape.visitedTileBlocks * block) / sm
    let tail = (longest / splits).rounded(.up) * block
    let alone = tileOverhead.value + rowOverhead.value * shape.longestRows / 128 * headSize + tail
    var compute = max(alone, whole + longestTileWeight * tail)
    if isSplit { compute *= 1 + splitSlowdown }
    compute *= 1 + throttling * throttleShare(compute, onset: throttleOnset.value)
    compute *= slowdown

    let width = work.keyValueHeads * work.headDim
    let bandwidth =
      width <= 512 ? keyValueBandwidth512 : width <= 1024 ? keyValueBandwidth1024 : keyValueBandwidth
    let new = work.newBytes / bandwidth.value
    let cached = work.cachedBytes / cachedBandwidth.value
    let latency = (launched ? launch.value : 0) + (isSplit ? splitOverhead.value : 0)
    let bound: KernelCost.Bound =
      compute >= max(cached, new, latency) ? .compute : max(cached, new) >= latency ? .memory : .latency
    return KernelCost(work.counted, time: Seconds(latency + max(compute, cached) + new), bound: bound)
  }

  private func blockTime(headDim: Int) -> Double {
    switch headDim {
    case ...64: blockTime64.value
    case ...128: blockTime128.value
    case ...192: blockTime192.value
    default: blockTime256.value
    }
  }
}
