import CostModel
public import Hardware
public import Quantities

extension DeviceProfile {
  /// The time of an isolated launch by the kernel's formula; nil if the profile has no such kernel, or the shape is another
  /// kernel's.
  public func time(of kernel: KernelName, _ shape: KernelShape) -> Seconds? {
    switch (kernel, shape) {
    case (.gemm16, .gemm(let m, let n, let k)): gemm16.cost(m: m, n: n, k: k).time
    case (.gemm8, .gemm(let m, let n, let k)): gemm8?.cost(m: m, n: n, k: k).time
    case (.prefill16, .prefill): prefill16.time(shape, elementBytes: 2)
    case (.prefill8, .prefill): prefill8?.time(shape, elementBytes: 1)
    case (.decode16, .decode): decode16.time(shape, elementBytes: 2)
    case (.decode8, .decode): decode8?.time(shape, elementBytes: 1)
    case (.allReduce, .allReduce(let bytes, let devices)):
      allReduce.cost(bytes: Double(bytes), devices: devices).time
    case (.elementwise, .elementwise(let flops, let bytes, _)):
      elementwise.cost(KernelWork(flops: FLOPs(Double(flops)), bytes: Bytes(Double(bytes)))).time
    case (.gemm32, .processorGEMM(let m, let n, let k, let workingSet)):
      gemm32?.cost(m: m, n: n, k: k, workingSet: Double(workingSet)).time
    case (.prefill32, .prefill(let batch, let new, let cached, let heads, let keyValueHeads, let headDim)):
      prefill32?.cost(
        tokens: batch * new, context: batch * (new + cached),
        pairs: Double(batch) * Double(new) * (Double(cached) + Double(new + 1) / 2), heads: heads,
        keyValueHeads: keyValueHeads, headDim: headDim
      ).time
    case (
      .decode32,
      .processorDecode(let batch, let context, let heads, let keyValueHeads, let headDim, let workingSet)
    ):
      decode32?.cost(
        sequences: batch, context: Double(batch * context), heads: heads, keyValueHeads: keyValueHeads,
        headDim: headDim, workingSet: Double(workingSet)
      ).time
    case (.elementwise32, .elementwise(let flops, let bytes, let pattern)):
      elementwise32?.cost(
        KernelWork(flops: FLOPs(Double(flops)), bytes: Bytes(Double(bytes)), pattern: pattern)
      ).time
    default: nil
    }
  }
}

extension DeviceProfile.PrefillAttention {
  fileprivate func time(_ shape: KernelShape, elementBytes: Double) -> Seconds? {
    guard case .prefill(let batch, let new, let cached, let heads, let keyValueHeads, let headDim) = shape
    else { return nil }
    let tiling = PrefillTiling(
      queriesPerKeyValueHead: max(1, heads / keyValueHeads), headDim: headDim, elementBytes: elementBytes,
      architecture: chip.architecture)
    var chunks = BatchShape(tiling: tiling)
    for _ in 0..<batch { chunks.addPrefill(new: new, cached: cached) }
    let work = PrefillWork(
      chunks, heads: heads, keyValueHeads: keyValueHeads, headDim: headDim, elementBytes: elementBytes)
    return cost(of: work).time
  }
}

extension DeviceProfile.DecodeAttention {
  fileprivate func time(_ shape: KernelShape, elementBytes: Double) -> Seconds? {
    guard case .decode(let batch, let context, let heads, let keyValueHeads, let headDim) = shape else {
      return nil
    }
    return cost(
      sequences: batch, context: Double(context), heads: heads, keyValueHeads: keyValueHeads,
      headDim: headDim, elementBytes: elementBytes
    ).time
  }
}
