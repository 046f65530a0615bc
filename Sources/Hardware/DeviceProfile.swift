public import Quantities

/// The calibrated side of a device: coefficients of the kernel-time formulas (see `docs/cost-model.md`), with how well they
/// fit shapes that were kept out of the fit.
///
/// Read from a profile file with ``init(yaml:file:)`` and written with ``yaml``; shipped ones come by name, see
/// ``calibrated(_:)``.
public struct DeviceProfile: Hashable, Sendable, Codable {
  public var spec: DeviceSpec
  /// The command that made the file, without folders; nil if it was written by hand.
  public var command: String?
  public var gemm16 = GEMM()
  /// nil where the device has no such tensor cores or no measured table; likewise below.
  public var gemm8: QuantizedGEMM?
  /// KV cache in 16 bit, and in FP8.
  public var prefill16 = PrefillAttention()
  public var prefill8: PrefillAttention?
  public var decode16 = DecodeAttention()
  public var decode8: DecodeAttention?
  public var allReduce = AllReduce()
  public var elementwise = Elementwise()
  /// Of a processor, which has these and none of the above.
  public var gemm32: ProcessorGEMM?
  public var prefill32: ProcessorPrefill?
  public var decode32: ProcessorDecode?
  public var elementwise32: ProcessorElementwise?
  public var serving = Serving()
  public var host = Host()
  public var memory = MemoryOverhead()

  /// A profile without coefficients, to be filled.
  public init(spec: DeviceSpec) { self.spec = spec }

  /// Where a kernel's coefficients come from and how far they err on shapes kept out of the fit (absolute percentage error).
  public struct Fit: Hashable, Sendable, Codable {
    public var source: String
    /// Which rows of the table the fit and its errors are for.
    public var form: String?
    /// Distinct shapes that were fitted to, and that were kept out.
    public var points: Int?
    public var heldOutPoints: Int?
    public var medianErrorPercent: Double?
    public var p90ErrorPercent: Double?

    public init(
      source: String, form: String? = nil, points: Int? = nil, heldOutPoints: Int? = nil,
      medianErrorPercent: Double? = nil, p90ErrorPercent: Double? = nil
    ) {
      self.source = source
      self.form = form
      self.points = points
      self.heldOutPoints = heldOutPoints
      self.medianErrorPercent = medianErrorPercent
      self.p90ErrorPercent = p90ErrorPercent
    }
  }

  /// What the kernels' formulas need to know of the chip besides fitted coefficients.
  public struct Chip: Hashable, Sendable, Codable {
    public var architecture = DeviceSpec.Architecture.hopper
    public var multiprocessors = 0

    public init() {}
  }

  /// GEMM with 16-bit operands.
  public struct GEMM: CalibratedSection, Codable {
    /// Achieved arithmetic rate of short kernels (Φ), and of long, power-throttled ones (Φ_lo).
    public var rate: FLOPsPerSecond = 0
    public var throttledRate: FLOPsPerSecond = 0
    /// Length at which half of a kernel runs throttled.
    public var throttleOnset: Seconds = 0
    public var memoryBandwidth: BytesPerSecond = 0
    public var memoryLatency: Seconds = 0
    /// L2 to the multiprocessors, all together.
    public var l2Bandwidth: BytesPerSecond = 0
    /// Start and end of a tile.
    public var tileOverhead: Seconds = 0
    /// How much of a full wave a partly filled last one costs beyond its tiles, 0 ... 1.
    public var lastWaveWeight = 0.0
    /// Exponent that joins the compute and the memory term.
    public var joint = 0.0
    /// Reduction kernel of a split along k, and the traffic of its partial sums.
    public var splitOverhead: Seconds = 0
    public var splitBandwidth: BytesPerSecond = 0
    public var chip = Chip()
    public var fit = Fit(source: "")

    public init() {}
  }

  /// GEMM with FP8 operands.
  public struct QuantizedGEMM: CalibratedSection, Codable {
    public var launch: Seconds = 0
    public var rate: FLOPsPerSecond = 0
    public var throttledRate: FLOPsPerSecond = 0
    public var throttleOnset: Seconds = 0
    public var memoryBandwidth: BytesPerSecond = 0
    public var l2Bandwidth: BytesPerSecond = 0
    public var tileOverhead: Seconds = 0
    public var joint = 0.0
    /// Factor on the rate where m is above 256 and the last tile of rows is not full.
    public var partialTileFactor = 0.0
    /// A kernel of its own that quantises A: its launch, a cost per row (a thread block each), its traffic.
    public var quantizationOverhead: Seconds = 0
    public var quantizationPerRow: Seconds = 0
    public var quantizationBandwidth: BytesPerSecond = 0
    public var chip = Chip()
    public var fit = Fit(source: "")

    public init() {}
  }

  /// Causal attention of prompt chunks; one call serves every chunk of a step.
  public struct PrefillAttention: CalibratedSection, Codable {
    public var launch: Seconds = 0
    /// Start and end of a tile of queries, and its part that grows with rows and head size: of 128 filled rows of head size 128.
    public var tileOverhead: Seconds = 0
    public var rowOverhead: Seconds = 0
    /// A tile of queries against 128 tokens of keys and values, by head size.
    public var blockTime64: Seconds = 0
    public var blockTime128: Seconds = 0
    public var blockTime192: Seconds = 0
    public var blockTime256: Seconds = 0
    /// Part of the longest tile that is left over when all others have ended.
    public var longestTileWeight = 0.0
    /// By how much of its time a long kernel is slowed, and the length at which half of that is reached.
    public var throttling = 0.0
    public var throttleOnset: Seconds = 0
    /// By how much of its time the split kernel is slower, and its combine kernel.
    public var splitSlowdown = 0.0
    public var splitOverhead: Seconds = 0
    /// New keys and values, where a token has up to 512, 1024 and more of them.
    public var keyValueBandwidth512: BytesPerSecond = 0
    public var keyValueBandwidth1024: BytesPerSecond = 0
    public var keyValueBandwidth: BytesPerSecond = 0
    /// Cached keys and values: no table has any, so this is a floor and not fitted.
    public var cachedBandwidth: BytesPerSecond = 0
    public var chip = Chip()
    public var fit = Fit(source: "")

    public init() {}
  }

  /// Attention of one query a sequence over its paged KV.
  public struct DecodeAttention: CalibratedSection, Codable {
    public var launch: Seconds = 0
    /// Start and end of a tile, and its part in proportion to the head size: of 128.
    public var tileOverhead: Seconds = 0
    public var headOverhead: Seconds = 0
    /// The scheduler's walk over the batch, up to 992 sequences.
    public var perSequence: Seconds = 0
    /// Combine kernel of a split context, and its growth with each doubling of splits.
    public var splitOverhead: Seconds = 0
    public var splitDoubling: Seconds = 0
    /// A tile against 128 tokens of keys and values, by head size.
    public var blockTime64: Seconds = 0
    public var blockTime128: Seconds = 0
    public var blockTime192: Seconds = 0
    public var blockTime256: Seconds = 0
    /// Block time of the waves after the first, as a share: their loads begin while the tile before is at work.
    public var laterWaveShare = 0.0
    /// At the end multiprocessors run dry one after the other; what that costs many waves, in waves.
    public var tailWaves = 0.0
    public var bandwidth: BytesPerSecond = 0
    /// Exponent that joins the multiprocessors' work and the memory time.
    public var joint = 0.0
    /// Keys and values that stay in L2 between two launches of a benchmark.
    public var residentBytes: Bytes = 0
    public var chip = Chip()
    public var fit = Fit(source: "")

    public init() {}
  }

  /// All-reduce over NVLink: one-shot and two-shot kernels for small messages, a ring above 8 MiB.
  public struct AllReduce: CalibratedSection, Codable {
    public var oneShotLatency: Seconds = 0
    public var oneShotPerDevice: Seconds = 0
    public var oneShotBandwidth: BytesPerSecond = 0
    public var twoShotLatency: Seconds = 0
    public var twoShotPerDevice: Seconds = 0
    public var twoShotBandwidth: BytesPerSecond = 0
    public var ringLatency: Seconds = 0
    /// Ring bandwidth with 2, 4 and 8 devices.
    public var ringBandwidth2: BytesPerSecond = 0
    public var ringBandwidth4: BytesPerSecond = 0
    public var ringBandwidth8: BytesPerSecond = 0
    public var fit = Fit(source: "")

    public init() {}
  }

  /// Norms, rotary embedding, activation functions, cache writes: launch plus traffic.
  public struct Elementwise: CalibratedSection, Codable {
    public var launch: Seconds = 0
    public var bandwidth: BytesPerSecond = 0
    public var fit = Fit(source: "")

    public init() {}
  }

  /// Kernel coefficients that serving runs show to differ from those of an isolated kernel.
  public struct Serving: CalibratedSection, Codable {
    /// Sustained-clock factor of compute-bound work: divides GEMM rates, multiplies prefill attention's compute.
    public var slowdown = 1.0
    public var fit = Fit(source: "")

    public init() {}
  }

  /// What a sum of kernel times leaves out.
  public struct Host: CalibratedSection, Codable {
    /// On the GPU between two steps: preparation of inputs and other small kernels outside the captured graphs.
    public var perStep: Seconds = 0
    /// Sampling and its launch, per step.
    public var sampling: Seconds = 0
    /// CPU time of scheduling, input preparation and output handling, per step and per scheduled request. A synchronous
    /// engine's GPU waits for it; with asynchronous scheduling it is seen only where it exceeds the GPU's time.
    public var scheduling: Seconds = 0
    public var schedulingPerRequest: Seconds = 0
    /// CPU time to launch one kernel, to replay one captured graph, and to run one attention operation outside of a graph. It
    /// overlaps with the GPU's work and is seen where it exceeds it.
    public var kernelLaunch: Seconds = 0
    public var graphLaunch: Seconds = 0
    public var attentionLaunch: Seconds = 0
    /// Between a client's send and the scheduler, and back from the engine: HTTP, tokeniser, IPC. A latency, not a queue.
    public var frontEnd: Seconds = 0
    /// The same in vLLM 0.23.
    public var frontEnd23: Seconds = 0
    /// CPU time of the API server's one thread per request and per output token: a queue, which saturates.
    public var perRequest: Seconds = 0
    public var perOutputToken: Seconds = 0
    public var fit = Fit(source: "")

    public init() {}
  }

  /// Device memory that is neither weights, activations nor KV.
  public struct MemoryOverhead: CalibratedSection, Codable {
    /// CUDA context, attention workspaces: growth outside the PyTorch allocator.
    public var nonTorch: Bytes = 0
    /// Added with tensor parallelism: NCCL and the all-reduce buffers.
    public var collectives: Bytes = 0
    /// CUDA graphs, where the release deducts them.
    public var graphs: Bytes = 0
    public var fit = Fit(source: "")

    public init() {}
  }
}
