import Foundation
public import Hardware
import Quantities

extension DeviceProfile.GEMM {
  /// C[m, n] = A[m, k] · B[k, n] with 16-bit operands; m tokens, n outputs, k inputs. Weights always come from device memory:
  /// between two uses of a layer's weights the whole model passes through L2.
  ///
  /// `slowdown` divides the arithmetic rate: 1 for an isolated kernel, `Serving.slowdown` in serving.
  public func cost(m: Int, n: Int, k: Int, slowdown: Double = 1) -> KernelCost {
    let (dm, dn, dk) = (Double(m), Double(n), Double(k))
    let work = KernelWork.gemm(m: m, n: n, k: k, elementBytes: 2)
    let flops = work.flops.value
    let rate = achievedRate(flops, rate.value, throttledRate.value, onset: throttleOnset.value, slowdown)
    let memory = work.bytes.value / memoryBandwidth.value + memoryLatency.value
    let sm = Double(chip.multiprocessors)
    let kernels = MatrixTiles(chip.architecture)
    let least = flops / rate * (1 - 1e-12)

    var best = Double.infinity
    var bestCompute = 0.0
    for split in kernels.splits {
      let depth = 64 * (dk / (64 * split)).rounded(.up)
      let reduction = split > 1 ? splitOverhead.value + 4 * split * dm * dn / splitBandwidth.value : 0
      // No tiling computes faster than without a partly filled tile or wave.
      guard max(least, memory) + reduction < best else { continue }
      var compute = Double.infinity
      for (rows, columns) in kernels.tiles {
        let full = max(1, (dm / rows).rounded(.up) * (dn / columns).rounded(.up) * split / sm)
        // Blocks of the next wave start as soon as a multiprocessor is free, so most of a partly filled wave is not lost.
        let waves = full + lastWaveWeight * (full.rounded(.up) - full)
        let arithmetic = 2 * rows * columns * depth * sm / rate
        let loads = 2 * (rows + columns) * depth * sm / l2Bandwidth.value
        compute = min(compute, waves * (max(arithmetic, loads) + tileOverhead.value))
      }
      // A joined time is at least its larger part; powers are what this function costs.
      guard max(compute, memory) + reduction < best else { continue }
      let time = joined(compute, memory, joint) + reduction
      if time < best { (best, bestCompute) = (time, compute) }
    }
    return KernelCost(work, time: Seconds(best), bound: bestCompute > memory ? .compute : .memory)
  }
}

/// Shapes that 16-bit matrix kernels come in: tiles of the result (rows, columns), at most 32768 results, which is what registers
/// hold, and splits of k. Chosen by what fits the measured tables of each generation.
private struct MatrixTiles {
  let tiles: [(Double, Double)]
  let splits: [Double]

  init(_ architecture: DeviceSpec.Architecture) {
    switch architecture {
    case .ampere: self = Self.ampere
    case .hopper, .blackwell, .cpu: self = Self.hopper
    }
  }

  private init(rows: [Double], splits: [Double]) {
    tiles = rows.flatMap { rows in [64.0, 128, 256].map { (rows, $0) } }.filter { $0.0 * $0.1 <= 32768 }
    self.splits = splits
  }

  private static let ampere = MatrixTiles(
    rows: [16, 32, 64, 128, 256], splits: [1, 2, 3, 4, 5, 6, 8, 12, 16])
  private static let hopper = MatrixTiles(rows: [64, 128, 192, 256], splits: [1, 2, 4, 8, 16, 32])
}

/// FLOP/s of a matrix kernel: `fast` when it is short, `slow` when it is long enough for the power limit to act.
private func achievedRate(
  _ flops: Double, _ fast: Double, _ slow: Double, onset: Double, _ slowdown: Double
) -> Double {
  let share = throttleShare(flops * slowdown / fast, onset: onset)
  return 1 / (slowdown * ((1 - share) / fast + share / slow))
}

extension DeviceProfile.QuantizedGEMM {
  /// C[m, n] = A[m, k] · B[k, n] with FP8 operands and a 16-bit result.
  ///
  /// `quantizes`: with a kernel of its own that quantises A before, as the measured tables have it.
  public func cost(m: Int, n: Int, k: Int, slowdown: Double = 1, quantizes: Bool = true) -> KernelCost {
    let (dm, dn, dk) = (Double(m), Double(n), Double(k))
    let flops = 2 * dm * dn * dk
    let sm = Double(chip.multiprocessors)
    var rate = achievedRate(flops, rate.value, throttledRate.value, onset: throttleOnset.value, slowdown)
    if m > 256, m % 128 != 0 { rate *= partialTileFactor }

    let (rows, columns): (Double, Double) = m <= 64 ? (64, 64) : m <= 128 ? (64, 128) : (128, 128)
    var rowTiles = (dm / rows).rounded(.up)
    // Clusters of two tiles.
    if m > 128 { rowTiles = 2 * (rowTiles / 2).rounded(.up) }
    let waves = (rowTiles * (dn / columns).rounded(.up) / sm).rounded(.up)
    let depth = 128 * (dk / 128).rounded(.up)
    let arithmetic = 2 * rows * columns * depth * sm / rate
    let loads = (rows + columns) * depth * sm / l2Bandwidth.value
    let compute = waves * (max(arithmetic, loads) + tileOverhead.value)
    let bytes = dn * dk + dm * dk + 2 * dm * dn
    let memory = bytes / memoryBandwidth.value
    let quantized = quantizes ? 3 * dm * dk : 0
    let quantization =
      quantizes
      ? quantizationOverhead.value + quantizationPerRow.value * dm + quantized / quantizationBandwidth.value
      : 0
    return KernelCost(
      flops: FLOPs(flops), bytes: Bytes(bytes + quantized),
      time: Seconds(launch.value + joined(compute, memory, joint) + quantization),
      bound: compute > memory ? .compute : .memory)
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
  /// A kernel that streams through its operands.
  public func cost(_ work: KernelWork) -> KernelCost {
    let moving = work.bytes.value / bandwidth.value
    return KernelCost(
      work, time: Seconds(launch.value + moving), bound: moving > launch.value ? .memory : .latency)
  }
}
