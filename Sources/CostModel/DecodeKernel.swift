import Foundation
public import Hardware
import Quantities

extension DeviceProfile.DecodeAttention {
  /// FlashAttention 3 cuts a context into at most so many splits.
  private static let mostSplits = 32.0
  /// FlashAttention's allowance when it sizes splits.
  private static let splitMargin = 1.1
  /// Above, the scheduler no longer walks the batch sequence by sequence.
  private static let mostScheduled = 992
  /// How sharply keys and values no longer fit into L2.
  private static let residencyExponent = 16.0

  /// One query for each of `sequences`, which read `context` tokens of KV on average, their own included.
  ///
  /// `heads` and `keyValueHeads` are one GPU's; `elementBytes` that of a KV element. `isolated`: the same launch over and over,
  /// as a benchmark does, so that a small cache stays in L2; in serving a layer's weights pass through it in between.
  public func cost(
    sequences: Int, context: Double, heads: Int, keyValueHeads: Int, headDim: Int, elementBytes: Double,
    isolated: Bool = true
  ) -> KernelCost {
    guard sequences > 0 else { return KernelCost(flops: 0, bytes: 0, time: 0, bound: .latency) }
    let (b, sm) = (Double(sequences), Double(chip.multiprocessors))
    let tiles = b * Double(keyValueHeads)
    let (tokens, block) = block(headDim: headDim, elementBytes: elementBytes)
    let blocks = ((context + 1) / tokens).rounded(.up)
    var splits = 1.0
    if tiles < sm {
      let share = (Self.splitMargin * blocks * tiles / sm).rounded(.up)
      splits = min(max((blocks / share).rounded(.up), 1), Self.mostSplits)
    }
    let waves = max(1, tiles * splits / sm)

    let counted = KernelWork.decodeAttention(
      sequences: sequences, context: b * context, heads: heads, keyValueHeads: keyValueHeads,
      headDim: headDim, activation: 2, keyValue: elementBytes)
    let keyValueBytes = 2 * elementBytes * b * context * Double(keyValueHeads * headDim)
    let queryBytes = 4 * b * Double(heads * headDim)
    let resident = isolated ? 1 / (1 + pow(keyValueBytes / residentBytes.value, Self.residencyExponent)) : 0
    let memory = ((1 - resident) * keyValueBytes + queryBytes) / bandwidth.value

    // The start of the first tile is exposed; those of later waves overlap with memory traffic.
    let tile = tileOverhead.value + headOverhead.value * Double(headDim) / 128
    let work =
      (waves - 1) * tile + (1 + (waves - 1) * laterWaveShare) * block * (blocks / splits).rounded(.up)
    let tail = 1 + tailWaves * (1 - 1 / waves) / waves
    let scheduling = sequences <= Self.mostScheduled ? perSequence.value * b : 0
    let combining = splits > 1 ? splitOverhead.value + splitDoubling.value * log2(splits) : 0
    let latency = launch.value + combining + tile + scheduling
    return KernelCost(
      counted, time: Seconds(latency + tail * joined(work, memory, joint)),
      bound: memory >= max(work, latency) ? .memory : work >= latency ? .compute : .latency)
  }

  /// Tokens of a block of keys and values, and the time of a tile against one.
  private func block(headDim: Int, elementBytes: Double) -> (tokens: Double, time: Double) {
    let wide = elementBytes > 1
    let (tokens, time): (Double, Double) =
      switch headDim {
      case ...64: (wide ? 192 : 160, blockTime64.value)
      case ...128: (wide ? 176 : 128, blockTime128.value)
      case ...192: (wide ? 112 : 80, blockTime192.value)
      default: (80, blockTime256.value)
      }
    return (tokens, time * tokens / 128)
  }
}
