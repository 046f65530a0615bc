public import Models
public import Quantities

/// The engine's settings under vLLM's names. Defaults are those of `vllm serve` on an 80 GB H100.
public struct EngineConfig: Hashable, Sendable, Codable {
  /// Selects what differs between releases: defaults and memory accounting.
  public var release: VLLMRelease
  /// Token budget of one step.
  public var maxNumBatchedTokens: Int
  /// Most requests in the running list.
  public var maxNumSeqs: Int
  /// Longest prompt + output; nil takes the model's own limit.
  public var maxModelLen: Int?
  /// Share of the device's visible memory this instance may use, in (0, 1].
  public var gpuMemoryUtilization: Double
  /// KV bytes per GPU given directly; `gpuMemoryUtilization` is then ignored.
  public var kvCacheMemoryBytes: Bytes?
  /// Replaces the computed number of KV blocks.
  public var numGPUBlocksOverride: Int?
  /// Tokens per KV block.
  public var blockSize: Int
  /// nil = `auto`: the model's dtype.
  public var kvCacheDtype: Precision?
  /// Activations, and weights that are not quantised. nil = `auto`: the checkpoint's.
  public var dtype: Precision?
  /// Storage of the linear layers' weights; nil takes the checkpoint's.
  public var quantization: Precision?
  public var enablePrefixCaching: Bool
  public var enableChunkedPrefill: Bool
  public var schedulingPolicy: SchedulingPolicy
  /// Most tokens of one request in one step; 0 = no limit.
  public var longPrefillTokenThreshold: Int
  /// Compose the next batch while one executes (a pipeline of two).
  public var asyncScheduling: Bool
  /// No graphs: every kernel is launched by itself.
  public var enforceEager: Bool
  /// Which steps replay CUDA graphs, unless `enforceEager`.
  public var cudagraphMode: CUDAGraphMode
  /// Share of blocks kept free when admitting while anything runs.
  public var watermark: Double
  /// Admit a request only if its whole present length fits.
  public var schedulerReserveFullISL: Bool

  public enum SchedulingPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    case fcfs
    case priority
  }

  /// The defaults of a release on a device with at least 70 GiB that is not an A100.
  public init(release: VLLMRelease = .v0_15) {
    self.release = release
    maxNumBatchedTokens = 8192
    maxNumSeqs = 1024
    maxModelLen = nil
    gpuMemoryUtilization = release.defaultGPUMemoryUtilization
    kvCacheMemoryBytes = nil
    numGPUBlocksOverride = nil
    blockSize = 16
    kvCacheDtype = nil
    dtype = nil
    quantization = nil
    enablePrefixCaching = true
    enableChunkedPrefill = true
    schedulingPolicy = .fcfs
    longPrefillTokenThreshold = 0
    asyncScheduling = release.asyncSchedulingByDefault
    enforceEager = false
    cudagraphMode = .fullAndPiecewise
    watermark = 0
    schedulerReserveFullISL = release.reservesFullInputByDefault
  }

  /// Batches in flight: one executes, with asynchronous scheduling a second one is already composed.
  public var pipelineDepth: Int { asyncScheduling ? 2 : 1 }
}
