public import Hardware
import Quantities

extension DeviceProfile.ProcessorGEMM {
  /// C[m, n] = A[m, k] · B[k, n] in FP32.
  ///
  /// `modelBytes`: weights that are read between two uses of these; they decide what of B is still in the cache.
  public func cost(m: Int, n: Int, k: Int, modelBytes: Double, slowdown: Double = 1) -> KernelCost {
    let work = KernelWork.gemm(m: m, n: n, k: k, elementBytes: 4)
    guard m > 0 else { return KernelCost(work, time: 0, bound: .latency) }
    let perRow = 2 * Double(n) * Double(k) / rate.value
    let compute = slowdown * perRow * (Double(m) + rowOverhead)
    // Walked through in turn, a model somewhat larger than the cache finds little of itself there.
    let excess = modelBytes / cacheSize.value
    let resident = 1 / (1 + excess * excess * excess * excess)
    let weightBytes = 4 * Double(n) * Double(k)
    let memory = weightBytes * (resident / cacheBandwidth.value + (1 - resident) / memoryBandwidth.value)
    let activations = (work.bytes.value - weightBytes) / activationBandwidth.value
    let time = launch.value + joined(compute, memory, joint) + activations
    return KernelCost(
      work, time: Seconds(time),
      bound: compute >= max(memory, launch.value) ? .compute : memory >= launch.value ? .memory : .latency)
  }
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
  /// One query for each of `sequences` over a total of `context` tokens of KV.
  public func cost(
    sequences: Int, context: Double, heads: Int, keyValueHeads: Int, headDim: Int
  ) -> KernelCost {
    let work = KernelWork.decodeAttention(
      sequences: sequences, context: context, heads: heads, keyValueHeads: keyValueHeads, headDim: headDim,
      activation: 4, keyValue: 4)
    guard sequences > 0 else { return KernelCost(work, time: 0, bound: .latency) }
    let h = Double(heads)
    let arithmetic =
      work.flops.value / rate.value + perQuery.value * h * Double(sequences) + perPair.value * h * context
    let memory = work.bytes.value / bandwidth.value
    return KernelCost(
      work, time: Seconds(launch.value + joined(arithmetic, memory, joint)),
      bound: memory >= max(arithmetic, launch.value)
        ? .memory : arithmetic >= launch.value ? .compute : .latency)
  }
}

extension DeviceProfile.ProcessorElementwise {
  /// A kernel that streams through its operands.
  public func cost(_ work: KernelWork) -> KernelCost {
    let moving = work.flops.value / rate.value + work.bytes.value / bandwidth.value
    return KernelCost(
      work, time: Seconds(launch.value + moving), bound: moving > launch.value ? .memory : .latency)
  }
}
