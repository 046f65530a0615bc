import Quantities

// The coefficients of a profile file, each declared once: reading, writing and fitting go through these lists.

extension DeviceProfile.GEMM {
  public static let coefficients: [Coefficient<Self>] = [
    .init(
      "rate", \.rate, "arithmetic rate of short kernels", start: .share(0.9, of: .bf16), within: 0.4...1),
    .init("throttled_rate", \.throttledRate, "of long, power-throttled ones", start: .share(0.7, of: .bf16)),
    .init(
      "throttle_onset", \.throttleOnset, "length of which half is throttled", start: .value(1e-3),
      within: 1e-5...0.1),
    .init(
      "memory_bandwidth", \.memoryBandwidth, "of device memory", start: .share(0.85, of: .memoryBandwidth),
      within: 0.5...1),
    .init("memory_latency", \.memoryLatency, "added to the memory time", start: .value(2e-6)),
    .init("l2_bandwidth", \.l2Bandwidth, "from L2 to all multiprocessors", start: .share(0.015, of: .bf16)),
    .init("tile_overhead", \.tileOverhead, "start and end of a tile", start: .value(1.5e-6)),
    .init(
      "last_wave_weight", \.lastWaveWeight, "of the empty part of the last wave", allowed: .share,
      start: .value(0.1), within: 1e-3...1),
    .init(
      "joint", \.joint, "exponent that joins compute and memory time", allowed: .atLeastOne,
      start: .value(4), within: 1...20),
    .init("split_overhead", \.splitOverhead, "reduction after a split along k", start: .value(2e-6)),
    .init(
      "split_bandwidth", \.splitBandwidth, "of the partial sums of a split", start: .share(0.01, of: .bf16),
      within: 0.001...0.04),
  ]
}

extension DeviceProfile.QuantizedGEMM {
  public static let coefficients: [Coefficient<Self>] = [
    .init("launch", \.launch, "of the matrix kernel", start: .value(2e-6)),
    .init(
      "rate", \.rate, "arithmetic rate of short kernels", start: .share(0.86, of: .fp8), within: 0.5...1),
    .init("throttled_rate", \.throttledRate, "of long, power-throttled ones", start: .share(0.66, of: .fp8)),
    .init(
      "throttle_onset", \.throttleOnset, "length of which half is throttled", start: .value(0.5e-3),
      within: 1e-5...0.1),
    .init(
      "memory_bandwidth", \.memoryBandwidth, "of device memory", start: .share(0.85, of: .memoryBandwidth),
      within: 0.5...1),
    .init("l2_bandwidth", \.l2Bandwidth, "from L2 to all multiprocessors", start: .share(0.01, of: .fp8)),
    .init(
      "tile_overhead", \.tileOverhead, "start and end of a tile", start: .value(0.5e-6), within: 1e-7...5e-6),
    .init(
      "joint", \.joint, "exponent that joins compute and memory time", allowed: .atLeastOne,
      start: .value(2.5), within: 1...20),
    .init(
      "partial_tile_factor", \.partialTileFactor, "on the rate, where m > 256 is no multiple of 128",
      allowed: .share, start: .value(0.85), within: 0.3...1),
    // The GEMM tables have the sum with `launch` only. 1.95 us for static scales and 0.67 us more for a scale per token, by
    // AIConfigurator's table of the quantisation kernel alone (H100, H200; m = 1).
    .init(
      "quantization_overhead", \.quantizationOverhead, "launch of the quantisation; not fitted",
      start: .value(2.6e-6), isFitted: false),
    .init("quantization_per_row", \.quantizationPerRow, "a row of A", start: .value(6e-9)),
    .init(
      "quantization_bandwidth", \.quantizationBandwidth, "of the quantisation",
      start: .share(0.6, of: .memoryBandwidth), within: 0.1...9),
  ]
}

extension DeviceProfile.PrefillAttention {
  public static let coefficients: [Coefficient<Self>] = [
    .init("launch", \.launch, "of the kernel", start: .value(8e-6)),
    .init("tile_overhead", \.tileOverhead, "start and end of a tile", start: .value(2e-6)),
    .init(
      "row_overhead", \.rowOverhead, "of 128 rows of head size 128 in a tile", start: .value(2.5e-6)),
    .init(
      "block_time_64", \.blockTime64, "a tile against 128 tokens, head size 64", start: .value(1.5e-6),
      follows: "block_time_128"),
    .init("block_time_128", \.blockTime128, "head size 128", start: .value(1.5e-6)),
    .init(
      "block_time_192", \.blockTime192, "head size 192", start: .value(2e-6), follows: "block_time_128"),
    .init(
      "block_time_256", \.blockTime256, "head size 256", start: .value(3e-6), follows: "block_time_128"),
    .init(
      "longest_tile_weight", \.longestTileWeight, "of the longest tile, left over at the end",
      start: .value(0.3), within: 0.02...2),
    .init(
      "throttling", \.throttling, "slow-down of a long kernel, a share", start: .value(0.1),
      within: 1e-3...0.5),
    .init(
      "throttle_onset", \.throttleOnset, "length at which half of it is reached", start: .value(1e-2),
      within: 1e-4...5e-2),
    .init(
      "split_slowdown", \.splitSlowdown, "slow-down of the split kernel, a share", start: .value(0.1),
      within: 1e-3...1),
    .init(
      "split_overhead", \.splitOverhead, "combine kernel after a split", start: .value(3e-6),
      within: 1e-8...2e-5),
    .init(
      "key_value_bandwidth_512", \.keyValueBandwidth512, "new keys and values, up to 512 a token",
      start: .share(0.09, of: .memoryBandwidth), within: 0.015...1.5),
    .init(
      "key_value_bandwidth_1024", \.keyValueBandwidth1024, "up to 1024 a token",
      start: .share(0.15, of: .memoryBandwidth), within: 0.015...1.5),
    .init(
      "key_value_bandwidth", \.keyValueBandwidth, "more", start: .share(0.24, of: .memoryBandwidth),
      within: 0.015...1.5),
    .init(
      "cached_bandwidth", \.cachedBandwidth, "cached keys and values, a floor; not fitted",
      start: .share(0.85, of: .memoryBandwidth), isFitted: false),
  ]
}

extension DeviceProfile.DecodeAttention {
  public static let coefficients: [Coefficient<Self>] = [
    .init("launch", \.launch, "of the kernel", start: .value(8e-6)),
    .init("tile_overhead", \.tileOverhead, "start and end of a tile", start: .value(1e-6)),
    .init("head_overhead", \.headOverhead, "the same, a head size of 128", start: .value(1e-6)),
    .init("per_sequence", \.perSequence, "scheduling, up to 992 sequences", start: .value(20e-9)),
    .init("split_overhead", \.splitOverhead, "combine kernel of a split context", start: .value(1e-6)),
    .init("split_doubling", \.splitDoubling, "the same, a doubling of splits", start: .value(0.3e-6)),
    .init(
      "block_time_64", \.blockTime64, "a tile against 128 tokens, head size 64", start: .value(0.8e-6),
      follows: "block_time_128"),
    .init("block_time_128", \.blockTime128, "head size 128", start: .value(1.4e-6)),
    .init(
      "block_time_192", \.blockTime192, "head size 192", start: .value(2e-6), follows: "block_time_128"),
    .init(
      "block_time_256", \.blockTime256, "head size 256", start: .value(3e-6), follows: "block_time_128"),
    .init(
      "later_wave_share", \.laterWaveShare, "block time of the waves after the first", allowed: .share,
      start: .value(0.8)),
    .init("tail_waves", \.tailWaves, "cost of the end of many waves, in waves", start: .value(0.5)),
    .init(
      "bandwidth", \.bandwidth, "of device memory", start: .share(0.9, of: .memoryBandwidth), within: 0.7...1),
    .init(
      "joint", \.joint, "exponent that joins tile and memory time", allowed: .atLeastOne, start: .value(3),
      within: 1.5...10),
    .init(
      "resident_bytes", \.residentBytes, "KV that stays in L2 in a benchmark",
      start: .share(0.7, of: .l2Cache),
      within: 0.6...1),
  ]
}

extension DeviceProfile.AllReduce {
  public static let coefficients: [Coefficient<Self>] = [
    .init("one_shot_latency", \.oneShotLatency, "of the one-shot kernel", start: .value(4e-6)),
    .init("one_shot_per_device", \.oneShotPerDevice, "added a GPU", start: .value(0.1e-6)),
    .init(
      "one_shot_bandwidth", \.oneShotBandwidth, "of what each GPU receives",
      start: .share(0.6, of: .linkBandwidth)),
    .init("two_shot_latency", \.twoShotLatency, "of the two-shot kernel", start: .value(8e-6)),
    .init("two_shot_per_device", \.twoShotPerDevice, "added a GPU", start: .value(0.1e-6)),
    .init(
      "two_shot_bandwidth", \.twoShotBandwidth, "of what each GPU receives",
      start: .share(0.7, of: .linkBandwidth)),
    .init("ring_latency", \.ringLatency, "of NCCL's ring", start: .value(30e-6)),
    .init("ring_bandwidth_2", \.ringBandwidth2, "with 2 GPUs", start: .share(0.7, of: .linkBandwidth)),
    .init("ring_bandwidth_4", \.ringBandwidth4, "with 4 GPUs", start: .share(0.75, of: .linkBandwidth)),
    .init("ring_bandwidth_8", \.ringBandwidth8, "with 8 GPUs", start: .share(0.95, of: .linkBandwidth)),
  ]
}

extension DeviceProfile.Elementwise {
  public static let coefficients: [Coefficient<Self>] = [
    .init("launch", \.launch, "of a kernel", start: .value(2e-6)),
    .init("bandwidth", \.bandwidth, "read and written together", start: .share(0.87, of: .memoryBandwidth)),
  ]
}

extension DeviceProfile.Serving {
  public static let coefficients: [Coefficient<Self>] = [
    .init("slowdown", \.slowdown, "sustained-clock factor of compute-bound work", allowed: .atLeastOne)
  ]
}

extension DeviceProfile.Host {
  public static let coefficients: [Coefficient<Self>] = [
    .init("per_step", \.perStep, "on the GPU, between steps", allowed: .notNegative),
    .init("sampling", \.sampling, "of a step's tokens", allowed: .notNegative),
    .init("scheduling", \.scheduling, "CPU time a step", allowed: .notNegative),
    .init(
      "scheduling_per_request", \.schedulingPerRequest, "CPU time a scheduled request", allowed: .notNegative),
    .init("kernel_launch", \.kernelLaunch, "CPU time a kernel outside of graphs", allowed: .notNegative),
    .init("graph_launch", \.graphLaunch, "CPU time a graph", allowed: .notNegative),
    .init(
      "attention_launch", \.attentionLaunch, "CPU time an attention operation outside of graphs",
      allowed: .notNegative),
    .init("front_end", \.frontEnd, "latency from a client's send to the scheduler", allowed: .notNegative),
    .init("front_end_0_23", \.frontEnd23, "the same in vLLM 0.23", allowed: .notNegative),
    .init("per_request", \.perRequest, "of the API server's thread", allowed: .notNegative),
    .init("per_output_token", \.perOutputToken, "of the API server's thread", allowed: .notNegative),
  ]
}

extension DeviceProfile.MemoryOverhead {
  public static let coefficients: [Coefficient<Self>] = [
    .init("non_torch", \.nonTorch, "CUDA context and workspaces", allowed: .notNegative),
    .init("collectives", \.collectives, "added with tensor parallelism", allowed: .notNegative),
    .init("graphs", \.graphs, "CUDA graphs", allowed: .notNegative),
  ]
}
