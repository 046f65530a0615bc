import Hardware
import Quantities

/// The time of prefill attention, with a device's coefficients and one GPU's shapes put in: plain numbers, so that asking for a
/// step's time copies no text and counts no references.
struct PrefillFormula: Sendable {
  /// FlashAttention 3 splits the context of a chunk over thread blocks where fewer tiles than this share of the multiprocessors
  /// are there and the context has more than `leastSplitBlocks` blocks.
  private static let splitOccupancy = 0.8
  private static let leastSplitBlocks = 4
  private static let mostSplits = 32.0
  /// FlashAttention's allowance when it sizes splits.
  private static let splitMargin = 1.1

  private let queriesPerKeyValueHead: Int
  private let keyValueHeads: Double
  private let width: Int
  private let elementBytes: Double
  private let multiprocessors: Double
  private let splits: Bool
  private let launch: Double
  private let tileOverhead: Double
  private let rowOverhead: Double
  private let headSize: Double
  /// A tile against one block.
  private let block: Double
  private let longestTileWeight: Double
  private let throttling: Double
  private let throttleOnset: Double
  private let splitSlowdown: Double
  private let splitOverhead: Double
  private let slowdown: Double
  private let bandwidth: Double
  private let cachedBandwidth: Double

  init(
    _ kernel: DeviceProfile.PrefillAttention, tiling: PrefillTiling, keyValueHeads: Int, headDim: Int,
    elementBytes: Double, slowdown: Double
  ) {
    queriesPerKeyValueHead = tiling.queriesPerKeyValueHead
    self.keyValueHeads = Double(keyValueHeads)
    width = keyValueHeads * headDim
    self.elementBytes = elementBytes
    multiprocessors = Double(kernel.chip.multiprocessors)
    splits = kernel.chip.architecture != .ampere
    launch = kernel.launch.value
    tileOverhead = kernel.tileOverhead.value
    rowOverhead = kernel.rowOverhead.value
    headSize = Double(headDim) / 128
    let blockTime =
      switch headDim {
      case ...64: kernel.blockTime64
      case ...128: kernel.blockTime128
      case ...192: kernel.blockTime192
      default: kernel.blockTime256
      }
    block = blockTime.value * Double(tiling.keys) / 128
    longestTileWeight = kernel.longestTileWeight
    throttling = kernel.throttling
    throttleOnset = kernel.throttleOnset.value
    splitSlowdown = kernel.splitSlowdown
    splitOverhead = kernel.splitOverhead.value
    self.slowdown = slowdown
    let newKeyValues =
      width <= 512
      ? kernel.keyValueBandwidth512 : width <= 1024 ? kernel.keyValueBandwidth1024 : kernel.keyValueBandwidth
    bandwidth = newKeyValues.value
    cachedBandwidth = kernel.cachedBandwidth.value
  }

  /// Seconds of all chunks of a step, of which there is at least one, and what bounds them.
  func time(_ shape: BatchShape, launched: Bool) -> (seconds: Double, bound: KernelCost.Bound) {
    let (k, sm) = (keyValueHeads, multiprocessors)
    let longest = Double(shape.longestBlocks)
    let isSplit =
      splits && k * Double(shape.mostChunkTiles) < Self.splitOccupancy * sm
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
    let rows = Double(shape.prefillTokens * queriesPerKeyValueHead) * splitTiles / tiles
    let starts = tileOverhead * splitTiles + rowOverhead * rows / 128 * headSize
    let whole = k * (starts + shape.visitedTileBlocks * block) / sm
    let tail = (longest / splits).rounded(.up) * block
    let alone = tileOverhead + rowOverhead * shape.longestRows / 128 * headSize + tail
    var compute = max(alone, whole + longestTileWeight * tail)
    if isSplit { compute *= 1 + splitSlowdown }
    compute *= 1 + throttling * throttleShare(compute, onset: throttleOnset)
    compute *= slowdown

    // Keys and values of new tokens, and of cached ones.
    let new = 2 * elementBytes * Double(shape.prefillTokens * width) / bandwidth
    let cached =
      2 * elementBytes * Double((shape.prefillContext - shape.prefillTokens) * width) / cachedBandwidth
    let latency = (launched ? launch : 0) + (isSplit ? splitOverhead : 0)
    let bound: KernelCost.Bound =
      compute >= max(cached, new, latency) ? .compute : max(cached, new) >= latency ? .memory : .latency
    return (latency + max(compute, cached) + new, bound)
  }
}
