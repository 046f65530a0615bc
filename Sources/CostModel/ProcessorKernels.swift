public import Hardware
import Quantities

extension DeviceProfile.ProcessorGEMM {
  /// C[m, n] = A[m, k] · B[k, n] in FP32.
  ///
  /// `workingSet`: bytes that are read between two uses of these weights; they decide what of B is still in the cache.
  public func cost(m: Int, n: Int, k: Int, workingSet: Double, slowdown: Double = 1) -> KernelCost {
    let work = KernelWork.gemm(m: m, n: n, k: k, elementBytes: 4)
    guard m > 0 else { return KernelCost(work, time: 0, bound: .latency) }
    let weightBytes = 4 * Double(n) * Double(k)
    // With few rows the cores wait for weights, wherever these come from; with more they multiply.
    let compute = slowdown * work.flops.value / rate.value
    let cores = max(compute, weightBytes / cacheBandwidth.value)
    let memory = missedShare(workingSet, cacheSize) * weightBytes / memoryBandwidth.value
    let activations = (work.bytes.value - weightBytes) / activationBandwidth.value
    let time = launch.value + joined(cores, memory, joint) + activations
    return KernelCost(
      work, time: Seconds(time),
      bound: compute >= max(cores, memory, launch.value)
        ? .compute : max(cores, memory) >= launch.value ? .memory : .latency)
  }
}

/// Share of what is read that a cache no longer holds. Walked through in turn, data somewhat larger than the cache find little of
/// themselves there.
private func missedShare(_ workingSet: Double, _ cacheSize: Bytes) -> Double {
  let excess = workingSet / cacheSize.value
  return 1 - 1 / (1 + excess * excess)
}

extension DeviceProfile.ProcessorPrefill {
  /// All prefill chunks of one step: Σ of their new tokens, their contexts, and pairs of query and key.
  public func cost(
    tokens: Int, context: Int, pairs: Double, heads: Int, keyValueHeads: Int, headDim: Int,
    slowdown: Double = 1
  ) -> KernelCost {
    let work = KernelWork.prefillAttention(
      tokens: tokens, context: context, pairs: pairs, heads: heads, keyValueHeads: keyValueHeads,
      headDim: headDim, activation: 4, keyValue: 4)
    guard tokens > 0 else { return KernelCost(work, time: 0, bound: .latency) }
    let h = Double(heads)
    let compute =
      slowdown
      * (work.flops.value / rate.value + perQuery.value * h * Double(tokens) + perPair.value * h * pairs)
    return KernelCost(
      work, time: Seconds(launch.value + compute), bound: compute >= launch.value ? .compute : .latency)
  }
}

extension DeviceProfile.ProcessorDecode {
  /// Tokens of a page of the reference kernels' cache.
  private static let pageTokens = 16.0

  /// One query for each of `sequences` over a total of `context` tokens of KV. `workingSet`: bytes read between two uses of these
  /// keys and values.
  public func cost(
    sequences: Int, context: Double, heads: Int, keyValueHeads: Int, headDim: Int, workingSet: Double
  ) -> KernelCost {
    let work = KernelWork.decodeAttention(
      sequences: sequences, context: context, heads: heads, keyValueHeads: keyValueHeads, headDim: headDim,
      activation: 4, keyValue: 4)
    guard sequences > 0 else { return KernelCost(work, time: 0, bound: .latency) }
    // The last page of a context is half full on average.
    let pages = Double(keyValueHeads) * (context / Self.pageTokens + Double(sequences) / 2)
    let arithmetic =
      work.flops.value / rate.value + perQuery.value * Double(heads * sequences) + perPage.value * pages
    let memory =
      missedShare(workingSet, cacheSize) * (work.bytes.value / bandwidth.value + perMissedPage.value * pages)
    return KernelCost(
      work, time: Seconds(launch.value + joined(arithmetic, memory, joint)),
      bound: memory >= max(arithmetic, launch.value)
        ? .memory : arithmetic >= launch.value ? .compute : .latency)
  }
}

extension DeviceProfile.ProcessorElementwise {
  /// A kernel that streams through its operands.
  public func cost(_ work: KernelWork) -> KernelCost {
    let rate: BytesPerSecond =
      switch work.pattern {
      case .stream: bandwidth
      case .exponential: exponentialBandwidth
      case .scatter: scatterBandwidth
      case .scan: scanBandwidth
      }
    let moving = work.bytes.value / rate.value
    return KernelCost(
      work, time: Seconds(launch.value + moving), bound: moving > launch.value ? .memory : .latency)
  }
}
