import Foundation
public import Hardware
import Quantities

/// Tile shapes (rows of A, columns of B) that 16-bit kernels come in; more than 32768 results do not fit the registers. In the
/// order in which they tend to win, so that most others need not be computed to the end.
private let tiles16: [(Double, Double)] = [
  (128, 256), (128, 128), (64, 256), (64, 128), (64, 64), (128, 192), (16, 64), (16, 128), (192, 128),
  (256, 128),
  (64, 192), (128, 64), (192, 64), (256, 64), (16, 192), (16, 256),
]

extension DeviceProfile.GEMM {
  /// C[m, n] = A[m, k] · B[k, n] with 16-bit operands; m tokens, n outputs, k inputs. Weights always come from device memory:
  /// between two uses of a layer's weights the whole model passes through L2.
  ///
  /// `slowdown` divides the arithmetic rate: 1 for an isolated kernel, `Host.slowdown` in serving.
  public func cost(m: Int, n: Int, k: Int, slowdown: Double = 1) -> KernelCost {
    let (dm, dn, dk) = (Double(m), Double(n), Double(k))
    let flops = 2 * dm * dn * dk
    let multiprocessors = Double(self.multiprocessors)
    let fast = rate.value / slowdown
    let share = throttleShare(flops / fast, onset: throttleOnset.value)
    let rate = 1 / ((1 - share) / fast + share / (throttledRate.value / slowdown))
    let bytes = 2 * (dn * dk + dm * dk + dm * dn)
    let memory = bytes / memoryBandwidth.value + memoryLatency.value

    var best = Double.infinity
    var bestCompute = 0.0
    for split in [1.0, 2.0, 4.0] {
      let depth = 64 * (dk / (64 * split)).rounded(.up)
      let reduction = split > 1 ? splitOverhead.value + 4 * split * dm * dn / l2Bandwidth.value : 0
      guard memory + reduction < best else { continue }
      for (tileRows, tileColumns) in tiles16 {
        let tiles = (dm / tileRows).rounded(.up) * (dn / tileColumns).rounded(.up) * split
        // Not rounded up: blocks of the next wave start as soon as a multiprocessor is free.
        let waves = max(1, tiles / multiprocessors)
        let arithmetic = 2 * tileRows * tileColumns * depth * multiprocessors / rate
        let loads = 2 * (tileRows + tileColumns) * depth * multiprocessors / l2Bandwidth.value
        // A joined time is at least its larger part, so this tile cannot win; powers are what this function costs.
        guard max(waves * (max(arithmetic, loads) + waveOverhead.value), memory) + reduction < best else {
          continue
        }
        let compute = waves * (joined(arithmetic, loads, joint) + waveOverhead.value)
        guard max(compute, memory) + reduction < best else { continue }
        let time = joined(compute, memory, joint) + reduction
        if time < best { (best, bestCompute) = (time, compute) }
      }
    }
    return KernelCost(
      flops: FLOPs(flops), bytes: Bytes(bytes), time: Seconds(best),
      bound: bestCompute > memory ? .compute : .memory)
  }
}

extension DeviceProfile.QuantizedGEMM {
  /// C[m, n] = A[m, k] · B[k, n] with FP8 operands and a 16-bit result.
  ///
  /// `quantizes`: with a kernel of its own that quantises A before, as the measured tables have it.
  public func cost(m: Int, n: Int, k: Int, slowdown: Double = 1, quantizes: Bool = true) -> KernelCost {
    let (dm, dn, dk) = (Double(m), Double(n), Double(k))
    let flops = 2 * dm * dn * dk
    let multiprocessors = Double(self.multiprocessors)
    let fast = rate.value / slowdown
    let share = throttleShare(flops / fast, onset: throttleOnset.value)
    var rate = 1 / ((1 - share) / fast + share / (throttledRate.value / slowdown))
    if m > 128, m % 2 == 1 { rate *= oddRowsFactor }

    let (tileRows, tileColumns): (Double, Double) =
      switch m {
      case ...16: (16, 64)
      case ...64: (64, 64)
      case ...128: (64, 128)
      default: (128, 128)
      }
    let tiles = (dm / tileRows).rounded(.up) * (dn / tileColumns).rounded(.up)
    let waves = (tiles / multiprocessors).rounded(.up)
    let depth = 64 * (dk / 64).rounded(.up)
    let arithmetic = 2 * tileRows * tileColumns * depth * multiprocessors / rate
    let loads = (tileRows + tileColumns) * depth * multiprocessors / l2Bandwidth.value
    let compute = waves * (joined(arithmetic, loads, joint) + waveOverhead.value)
    let bytes = dn * dk + dm * dk + 2 * dm * dn
    let memory = bytes / memoryBandwidth.value + memoryLatency.value
    let quantized = quantizes ? 3 * dm * dk : 0
    let quantization =
      quantizes ? quantizationOverhead.value + quantized / quantizationBandwidth.value : 0
    return KernelCost(
      flops: FLOPs(flops), bytes: Bytes(bytes + quantized),
      time: Seconds(joined(compute, memory, joint) + quantization),
      bound: compute > memory ? .compute : .memory)
  }
}

extension DeviceProfile.PrefillAttention {
  /// All prefill chunks of one step. `launched` is false where decoding sequences share the step: one fused launch.
  public func cost(of work: PrefillWork, slowdown: Double = 1, launched: Bool = true) -> KernelCost {
    guard work.chunks > 0 else { return KernelCost(flops: 0, bytes: 0, time: 0, bound: .latency) }
    let multiprocessors = Double(self.multiprocessors)
    let plain = work.tileFLOPs / rate.value
    let share = throttleShare(plain, onset: throttleOnset.value)
    let compute = slowdown * plain * ((1 - share) + share / throttledShare)
    let tail = longestTileWeight * work.longestTileFLOPs * multiprocessors / rate.value
    let memory = work.queryBytes / queryBandwidth.value + work.keyValueBytes / keyValueBandwidth.value
    let waves = waveOverhead.value * max(1, work.threadBlocks / multiprocessors)
    let start = launched ? launch.value : 0
    let bound: KernelCost.Bound =
      compute + tail >= memory && compute + tail >= waves + start
      ? .compute : memory >= waves + start ? .memory : .latency
    return KernelCost(
      flops: FLOPs(work.flops), bytes: Bytes(work.queryBytes + work.keyValueBytes),
      time: Seconds(start + compute + tail + memory + waves), bound: bound)
  }
}

extension DeviceProfile.DecodeAttention {
  /// One query for each of `sequences`, which read `context` tokens of KV on average, their own included.
  ///
  /// `heads` and `keyValueHeads` are one GPU's; `elementBytes` that of a KV element.
  public func cost(
    sequences: Int, context: Double, heads: Int, keyValueHeads: Int, headDim: Int, elementBytes: Double
  ) -> KernelCost {
    guard sequences > 0 else { return KernelCost(flops: 0, bytes: 0, time: 0, bound: .latency) }
    let b = Double(sequences)
    let waves = max(1, b * Double(keyValueHeads) / Double(multiprocessors))
    let bytes =
      2 * elementBytes * b * context * Double(keyValueHeads * headDim) + 4 * b * Double(heads * headDim)
    let memory = bytes / bandwidth.value
    let floor = waves * waveFloor.value
    let streamed = memory + waves * waveOverhead.value
    let latency = contextOverhead.value * log2(1 + context / 128) / waves
    return KernelCost(
      flops: FLOPs(4 * b * context * Double(heads * headDim)), bytes: Bytes(bytes),
      time: Seconds(launch.value + max(floor, streamed) + latency),
      bound: streamed > floor && memory > launch.value + latency ? .memory : .latency)
  }
}

extension DeviceProfile.AllReduce {
  /// Sums a message of `bytes` over `devices` GPUs (2, 4 or 8) joined by NVLink.
  public func cost(bytes: Double, devices: Int) -> KernelCost {
    guard devices > 1 else { return KernelCost(flops: 0, bytes: 0, time: 0, bound: .latency) }
    let g = Double(devices)
    let kib = 1024.0
    let mib = kib * kib
    let ringShare = 2 * (g - 1) / g * bytes
    let (fixed, moving): (Double, Double)
    if bytes > 8 * mib {
      let ring = devices <= 2 ? ringBandwidth2 : devices <= 4 ? ringBandwidth4 : ringBandwidth8
      (fixed, moving) = (ringLatency.value, ringShare / ring.value)
    } else if devices == 2 || (devices <= 4 && bytes < 512 * kib) || (devices <= 8 && bytes < 256 * kib) {
      (fixed, moving) = (
        oneShotLatency.value + oneShotPerDevice.value * g, (g - 1) * bytes / oneShotBandwidth.value
      )
    } else {
      (fixed, moving) = (
        twoShotLatency.value + twoShotPerDevice.value * g, ringShare / twoShotBandwidth.value
      )
    }
    return KernelCost(
      flops: FLOPs(bytes / 2 * (g - 1)), bytes: Bytes(ringShare), time: Seconds(fixed + moving),
      bound: moving > fixed ? .link : .latency)
  }
}

extension DeviceProfile.Elementwise {
  /// A kernel that streams `bytes`, read and written together.
  public func cost(bytes: Double) -> KernelCost {
    let moving = bytes / bandwidth.value
    return KernelCost(
      flops: 0, bytes: Bytes(bytes), time: Seconds(launch.value + moving),
      bound: moving > launch.value ? .memory : .latency)
  }
}
