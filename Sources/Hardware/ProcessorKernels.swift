public import Quantities

/// Coefficients of a processor's kernels: this package's own, in FP32, on all threads of a pool. Formulas: `docs/cost-model.md`.
extension DeviceProfile {
  /// GEMM with FP32 operands.
  public struct ProcessorGEMM: CalibratedSection, Codable {
    /// Start and end of a call on all threads.
    public var launch: Seconds = 0
    /// Arithmetic rate of many rows.
    public var rate: FLOPsPerSecond = 0
    /// Weights from memory, and through the caches.
    public var memoryBandwidth: BytesPerSecond = 0
    public var cacheBandwidth: BytesPerSecond = 0
    /// What stays in the cache from one step to the next.
    public var cacheSize: Bytes = 0
    /// Activations read and results written.
    public var activationBandwidth: BytesPerSecond = 0
    /// Exponent that joins the compute and the weight term.
    public var joint = 0.0
    public var fit = Fit(source: "")

    public init() {}
  }

  /// Causal attention of prompt chunks.
  public struct ProcessorPrefill: CalibratedSection, Codable {
    public var launch: Seconds = 0
    public var rate: FLOPsPerSecond = 0
    /// A query of one head: start, softmax bookkeeping, end.
    public var perQuery: Seconds = 0
    /// A query and a key of one head: the exponential, which head size does not change.
    public var perPair: Seconds = 0
    public var fit = Fit(source: "")

    public init() {}
  }

  /// Attention of one query a sequence over its paged KV.
  public struct ProcessorDecode: CalibratedSection, Codable {
    public var launch: Seconds = 0
    /// A query of one head.
    public var perQuery: Seconds = 0
    /// A page of 16 tokens of one KV head, and what it costs more where it is not in the cache.
    public var perPage: Seconds = 0
    public var perMissedPage: Seconds = 0
    public var rate: FLOPsPerSecond = 0
    /// Keys and values from memory.
    public var bandwidth: BytesPerSecond = 0
    /// What stays in the cache from one step to the next.
    public var cacheSize: Bytes = 0
    /// Exponent that joins arithmetic and memory time.
    public var joint = 0.0
    public var fit = Fit(source: "")

    public init() {}
  }

  /// Norms, rotary embedding, activation functions, cache writes, copies.
  public struct ProcessorElementwise: CalibratedSection, Codable {
    public var launch: Seconds = 0
    /// Read and written together, mostly within the caches: of norms, rotary embedding and copies.
    public var bandwidth: BytesPerSecond = 0
    /// Of the MLP's activation, of writes to the paged cache, and of the search for the largest logit.
    public var exponentialBandwidth: BytesPerSecond = 0
    public var scatterBandwidth: BytesPerSecond = 0
    public var scanBandwidth: BytesPerSecond = 0
    public var fit = Fit(source: "")

    public init() {}
  }
}

extension DeviceProfile.ProcessorGEMM {
  public static let coefficients: [Coefficient<Self>] = [
    .init("launch", \.launch, "start and end on all threads", start: .value(2e-6), within: 1e-8...1e-4),
    .init("rate", \.rate, "of many rows", start: .share(0.7, of: .fp32), within: 0.05...1.2),
    .init(
      "memory_bandwidth", \.memoryBandwidth, "weights from memory", start: .share(0.9, of: .memoryBandwidth),
      within: 0.1...3),
    .init(
      "cache_bandwidth", \.cacheBandwidth, "weights through the caches",
      start: .share(2, of: .memoryBandwidth), within: 0.2...20),
    .init(
      "cache_size", \.cacheSize, "what stays in the cache", start: .share(0.8, of: .l2Cache),
      within: 0.05...2),
    .init(
      "activation_bandwidth", \.activationBandwidth, "activations read and results written",
      start: .share(2, of: .memoryBandwidth), within: 0.1...50),
    .init(
      "joint", \.joint, "exponent that joins compute and weight time", allowed: .atLeastOne, start: .value(2),
      within: 1...20),
  ]
}

extension DeviceProfile.ProcessorPrefill {
  public static let coefficients: [Coefficient<Self>] = [
    .init("launch", \.launch, "start and end on all threads", start: .value(2e-6), within: 1e-8...1e-4),
    .init("rate", \.rate, "of the two products", start: .share(0.5, of: .fp32), within: 0.02...1.2),
    .init("per_query", \.perQuery, "a query of one head", start: .value(5e-8), within: 1e-11...1e-5),
    .init("per_pair", \.perPair, "a query and a key of one head", start: .value(2e-10), within: 1e-12...1e-7),
  ]
}

extension DeviceProfile.ProcessorDecode {
  public static let coefficients: [Coefficient<Self>] = [
    .init("launch", \.launch, "start and end on all threads", start: .value(2e-6), within: 1e-8...1e-4),
    .init("per_query", \.perQuery, "a query of one head", start: .value(5e-8), within: 1e-11...1e-5),
    .init("per_page", \.perPage, "a page of one KV head", start: .value(2e-8), within: 1e-11...1e-5),
    .init(
      "per_missed_page", \.perMissedPage, "more, where it is not in the cache", start: .value(2e-8),
      within: 1e-11...1e-5),
    .init("rate", \.rate, "of the two products", start: .share(0.2, of: .fp32), within: 0.005...1.2),
    .init(
      "bandwidth", \.bandwidth, "of keys and values", start: .share(0.8, of: .memoryBandwidth),
      within: 0.05...10),
    .init(
      "cache_size", \.cacheSize, "what stays in the cache", start: .share(0.8, of: .l2Cache),
      within: 0.05...2),
    .init(
      "joint", \.joint, "exponent that joins arithmetic and memory time", allowed: .atLeastOne,
      start: .value(2), within: 1...20),
  ]
}

extension DeviceProfile.ProcessorElementwise {
  public static let coefficients: [Coefficient<Self>] = [
    .init("launch", \.launch, "of a kernel", start: .value(1e-6), within: 1e-9...1e-4),
    .init(
      "bandwidth", \.bandwidth, "of norms, rotary embedding and copies",
      start: .share(2, of: .memoryBandwidth),
      within: 0.05...20),
    .init(
      "exponential_bandwidth", \.exponentialBandwidth, "of the MLP's activation",
      start: .share(1, of: .memoryBandwidth), within: 0.02...20),
    .init(
      "scatter_bandwidth", \.scatterBandwidth, "of writes to the paged cache",
      start: .share(1, of: .memoryBandwidth), within: 0.02...20),
    .init(
      "scan_bandwidth", \.scanBandwidth, "of the search for the largest logit",
      start: .share(1, of: .memoryBandwidth), within: 0.02...20),
  ]
}
