public import Quantities

/// The calibrated side of a device: coefficients of the kernel-time formulas (see `docs/cost-model.md`), with how well they
/// fit shapes that were kept out of the fit.
///
/// Times follow from smooth combinations of a compute term and a memory term: pn(a, b, p) = (aᵖ + bᵖ)^(1/p).
public struct DeviceProfile: Hashable, Sendable, Codable {
  public var spec: DeviceSpec
  public var gemm16: GEMM
  public var gemm8: QuantizedGEMM
  /// KV cache in 16 bit, and in FP8.
  public var prefill16: PrefillAttention
  public var prefill8: PrefillAttention
  public var decode16: DecodeAttention
  public var decode8: DecodeAttention
  public var allReduce: AllReduce
  public var elementwise: Elementwise
  public var host: Host
  public var memory: MemoryOverhead

  /// Where a kernel's coefficients come from and how far they err on shapes kept out of the fit (absolute percentage error).
  public struct Fit: Hashable, Sendable, Codable {
    public var source: String
    public var medianErrorPercent: Double?
    public var p90ErrorPercent: Double?

    public init(source: String, medianErrorPercent: Double? = nil, p90ErrorPercent: Double? = nil) {
      self.source = source
      self.medianErrorPercent = medianErrorPercent
      self.p90ErrorPercent = p90ErrorPercent
    }
  }

  /// GEMM with 16-bit operands.
  public struct GEMM: Hashable, Sendable, Codable {
    /// Achieved arithmetic rate of short kernels (Φ), and of long, power-throttled ones (Φ_lo).
    public var rate: FLOPsPerSecond
    public var throttledRate: FLOPsPerSecond
    /// Length at which half of a kernel runs throttled.
    public var throttleOnset: Seconds
    public var memoryBandwidth: BytesPerSecond
    /// L2 to the multiprocessors, all together.
    public var l2Bandwidth: BytesPerSecond
    /// Start-up of one wave of thread blocks.
    public var waveOverhead: Seconds
    public var memoryLatency: Seconds
    /// Exponent that joins the compute and the memory term.
    public var joint: Double
    /// Reduction kernel of a split along k.
    public var splitOverhead: Seconds
    public var fit: Fit
  }

  /// GEMM with FP8 operands, activation quantisation included.
  public struct QuantizedGEMM: Hashable, Sendable, Codable {
    public var rate: FLOPsPerSecond
    public var throttledRate: FLOPsPerSecond
    public var throttleOnset: Seconds
    public var memoryBandwidth: BytesPerSecond
    public var l2Bandwidth: BytesPerSecond
    public var waveOverhead: Seconds
    public var memoryLatency: Seconds
    public var joint: Double
    /// Factor on the rate for odd m above 128.
    public var oddRowsFactor: Double
    public var quantizationOverhead: Seconds
    public var quantizationBandwidth: BytesPerSecond
    public var fit: Fit
  }

  /// Causal attention of prompt chunks; one call serves every chunk of a step.
  public struct PrefillAttention: Hashable, Sendable, Codable {
    public var launch: Seconds
    public var rate: FLOPsPerSecond
    public var throttleOnset: Seconds
    /// Rate of throttled work as a share of `rate`.
    public var throttledShare: Double
    /// Weight of the longest tile, which one multiprocessor works through alone.
    public var longestTileWeight: Double
    /// Queries and outputs; keys and values.
    public var queryBandwidth: BytesPerSecond
    public var keyValueBandwidth: BytesPerSecond
    public var waveOverhead: Seconds
    public var fit: Fit
  }

  /// Attention of one query a sequence over its paged KV.
  public struct DecodeAttention: Hashable, Sendable, Codable {
    public var launch: Seconds
    /// Least time of one wave of thread blocks.
    public var waveFloor: Seconds
    public var bandwidth: BytesPerSecond
    /// Added to each wave's memory time.
    public var waveOverhead: Seconds
    /// Growth with the logarithm of the context, shared among waves.
    public var contextOverhead: Seconds
    public var fit: Fit
  }

  /// All-reduce over NVLink: one-shot and two-shot kernels for small messages, a ring above `customLimit`.
  public struct AllReduce: Hashable, Sendable, Codable {
    public var oneShotLatency: Seconds
    public var oneShotPerDevice: Seconds
    public var oneShotBandwidth: BytesPerSecond
    public var twoShotLatency: Seconds
    public var twoShotPerDevice: Seconds
    public var twoShotBandwidth: BytesPerSecond
    public var ringLatency: Seconds
    /// Ring bandwidth with 2, 4 and 8 devices.
    public var ringBandwidth2: BytesPerSecond
    public var ringBandwidth4: BytesPerSecond
    public var ringBandwidth8: BytesPerSecond
    public var fit: Fit
  }

  /// Norms, rotary embedding, activation functions, cache writes: launch plus traffic.
  public struct Elementwise: Hashable, Sendable, Codable {
    public var launch: Seconds
    public var bandwidth: BytesPerSecond
    public var fit: Fit
  }

  /// What a sum of kernel times leaves out.
  public struct Host: Hashable, Sendable, Codable {
    /// On the GPU between two steps: preparation of inputs and other small kernels outside the captured graphs.
    public var perStep: Seconds
    /// Sustained-clock factor of compute-bound work in serving: divides GEMM rates, multiplies prefill attention's compute.
    public var slowdown: Double
    /// Sampling and its launch, per step.
    public var sampling: Seconds
    /// CPU time of scheduling, input preparation and output handling, per step and per scheduled request. A synchronous
    /// engine's GPU waits for it; with asynchronous scheduling it is seen only where it exceeds the GPU's time.
    public var scheduling: Seconds
    public var schedulingPerRequest: Seconds
    /// CPU time to launch one kernel, to replay one captured graph, and to run one attention operation outside of a graph. It
    /// overlaps with the GPU's work and is seen where it exceeds it.
    public var kernelLaunch: Seconds
    public var graphLaunch: Seconds
    public var attentionLaunch: Seconds
    /// Between a client's send and the scheduler, and back from the engine: HTTP, tokeniser, IPC. A latency, not a queue.
    public var frontEnd: Seconds
    /// CPU time of the API server's one thread per request and per output token: a queue, which saturates.
    public var perRequest: Seconds
    public var perOutputToken: Seconds
    public var fit: Fit
  }

  /// Device memory that is neither weights, activations nor KV.
  public struct MemoryOverhead: Hashable, Sendable, Codable {
    /// CUDA context, attention workspaces: growth outside the PyTorch allocator.
    public var nonTorch: Bytes
    /// Added with tensor parallelism: NCCL and the all-reduce buffers.
    public var collectives: Bytes
    /// CUDA graphs, where the release deducts them.
    public var graphs: Bytes
    public var fit: Fit
  }
}

extension DeviceProfile {
  /// The calibrated profile of a device, or nil if only its datasheet is known.
  public static func calibrated(_ name: String) -> DeviceProfile? {
    calibrated.first { $0.spec.name.lowercased() == name.lowercased() }
  }

  /// Every device that a simulation can run on.
  public static let calibrated: [DeviceProfile] = DeviceSpec.catalogue.compactMap {
    $0.name == "H100-SXM-80GB" ? h100(spec: $0) : nil
  }
}
