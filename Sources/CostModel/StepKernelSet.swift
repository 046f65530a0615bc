import Hardware
import Models
import Quantities

/// A device's kernels for one precision of weights and of the KV cache, as they run in serving.
struct StepKernelSet: Sendable {
  /// A processor's kernels; nil on a GPU, whose kernels the others are.
  let processor: Processor?
  private let gemm16: DeviceProfile.GEMM
  private let gemm8: DeviceProfile.QuantizedGEMM?
  private let decodeKernel: DeviceProfile.DecodeAttention
  private let prefillKernel: DeviceProfile.PrefillAttention
  private let elementwiseKernel: DeviceProfile.Elementwise
  private let keyValueBytes: Double

  struct Processor: Sendable {
    let gemm: DeviceProfile.ProcessorGEMM
    let decode: DeviceProfile.ProcessorDecode
    let prefill: DeviceProfile.ProcessorPrefill
    let elementwise: DeviceProfile.ProcessorElementwise
    /// Weights that a step reads, and keys and values that it reads for each token of context.
    let weightBytes: Double
    let keyValueBytes: Double

    /// Bytes that a step reads.
    func workingSet(_ batch: BatchShape) -> Double {
      weightBytes + keyValueBytes * Double(batch.decodeContext + batch.prefillContext)
    }
  }

  /// - Parameters: `weightBytes`: those that a step reads; `perToken`: KV that it reads for each token of context.
  init(
    _ device: DeviceProfile, weights: Precision, keyValues: Precision, weightBytes: Bytes, perToken: Bytes
  ) {
    if let problem = UnsupportedKernels(
      device: device, weights: weights, keyValues: keyValues, tensorParallelSize: 1)
    {
      preconditionFailure(problem.description)
    }
    keyValueBytes = keyValues.bytes.value
    gemm16 = device.gemm16
    gemm8 = weights == .fp8 ? device.gemm8 : nil
    decodeKernel = keyValues == .fp8 ? device.decode8 ?? device.decode16 : device.decode16
    prefillKernel = keyValues == .fp8 ? device.prefill8 ?? device.prefill16 : device.prefill16
    elementwiseKernel = device.elementwise
    if device.spec.architecture.isProcessor, let gemm = device.gemm32, let decode = device.decode32,
      let prefill = device.prefill32, let elementwise = device.elementwise32
    {
      processor = Processor(
        gemm: gemm, decode: decode, prefill: prefill, elementwise: elementwise,
        weightBytes: weightBytes.value,
        keyValueBytes: perToken.value)
    } else {
      processor = nil
    }
  }

  func elementwise(_ work: KernelWork) -> KernelCost {
    if let processor { return processor.elementwise.cost(work) }
    return elementwiseKernel.cost(work)
  }

  /// FP8 operands come quantised, see `StepVisitor.swift`.
  ///
  /// - Parameter workingSet: bytes that the step reads, which a processor asks for.
  func gemm(_ matrix: Matrix, rows: Int, workingSet: Double) -> KernelCost {
    let (n, k, slowdown) = (matrix.n, matrix.k, matrix.slowdown)
    if let processor {
      return processor.gemm.cost(m: rows, n: n, k: k, workingSet: workingSet, slowdown: slowdown)
    }
    if matrix.isQuantized, let gemm8 {
      return gemm8.cost(m: rows, n: n, k: k, slowdown: slowdown, quantizes: false)
    }
    return gemm16.cost(m: rows, n: n, k: k, slowdown: slowdown)
  }

  /// - Parameters: `context`: of all sequences together; `workingSet`: bytes that the step reads, which a processor asks for.
  func decode(sequences: Int, context: Double, _ shard: Shard, workingSet: Double) -> KernelCost {
    if let processor {
      return processor.decode.cost(
        sequences: sequences, context: context, heads: shard.heads,
        keyValueHeads: shard.keyValueHeads, headDim: shard.headDim, workingSet: workingSet)
    }
    return decodeKernel.cost(
      sequences: sequences, context: context / Double(sequences), heads: shard.heads,
      keyValueHeads: shard.keyValueHeads, headDim: shard.headDim, elementBytes: keyValueBytes,
      isolated: false)
  }

  /// The formula of a GPU's prefill attention, with this deployment's shapes put in.
  func prefillFormula(_ tiling: PrefillTiling, _ shard: Shard, slowdown: Double) -> PrefillFormula {
    PrefillFormula(
      prefillKernel, tiling: tiling, keyValueHeads: shard.keyValueHeads, headDim: shard.headDim,
      elementBytes: keyValueBytes, slowdown: slowdown)
  }

  func prefill(_ batch: BatchShape, _ shard: Shard, slowdown: Double) -> KernelCost {
    if let processor {
      return processor.prefill.cost(
        tokens: batch.prefillTokens, context: batch.prefillContext, pairs: batch.prefillPairs,
        heads: shard.heads, keyValueHeads: shard.keyValueHeads, headDim: shard.headDim, slowdown: slowdown)
    }
    let work = PrefillWork(
      batch, heads: shard.heads, keyValueHeads: shard.keyValueHeads, headDim: shard.headDim,
      elementBytes: keyValueBytes)
    return prefillKernel.cost(of: work, slowdown: slowdown, launched: batch.decodeSequences == 0)
  }
}
