import Quantities

// The coefficients of a profile file, each declared once: reading, writing and fitting go through these lists.

extension DeviceProfile.GEMM {
  public static let coefficients: [Coefficient<Self>] = [
    .init("rate", \.rate, "arithmetic rate of short kernels", start: .share(0.85, of: .bf16)),
    .init("throttled_rate", \.throttledRate, "of long, power-throttled ones", start: .share(0.75, of: .bf16)),
    .init("throttle_onset", \.throttleOnset, "length of which half is throttled", start: .value(1e-3)),
    .init(
      "memory_bandwidth", \.memoryBandwidth, "of device memory", start: .share(0.85, of: .memoryBandwidth)),
    .init("l2_bandwidth", \.l2Bandwidth, "from L2 to all multiprocessors", start: .value(15e12)),
    .init("wave_overhead", \.waveOverhead, "start of a wave of thread blocks", start: .value(2.5e-6)),
    .init("memory_latency", \.memoryLatency, "added to the memory time", start: .value(2.5e-6)),
    .init(
      "joint", \.joint, "exponent that joins compute and memory time", allowed: .atLeastOne,
      start: .value(4)),
    .init("split_overhead", \.splitOverhead, "reduction after a split along k", start: .value(2e-6)),
  ]
}

extension DeviceProfile.QuantizedGEMM {
  public static let coefficients: [Coefficient<Self>] = [
    .init("rate", \.rate, "arithmetic rate of short kernels", start: .share(0.9, of: .fp8)),
    .init("throttled_rate", \.throttledRate, "of long, power-throttled ones", start: .share(0.75, of: .fp8)),
    .init("throttle_onset", \.throttleOnset, "length of which half is throttled", start: .value(0.2e-3)),
    .init(
      "memory_bandwidth", \.memoryBandwidth, "of device memory", start: .share(0.85, of: .memoryBandwidth)),
    .init("l2_bandwidth", \.l2Bandwidth, "from L2 to all multiprocessors", start: .value(20e12)),
    .init("wave_overhead", \.waveOverhead, "start of a wave of thread blocks", start: .value(2e-6)),
    .init("memory_latency", \.memoryLatency, "added to the memory time", start: .value(2e-6)),
    .init(
      "joint", \.joint, "exponent that joins compute and memory time", allowed: .atLeastOne,
      start: .value(4)),
    .init(
      "odd_rows_factor", \.oddRowsFactor, "on the rate, for odd m above 128", allowed: .share,
      start: .value(0.8)),
    .init(
      "quantization_overhead", \.quantizationOverhead, "launch of the quantisation", start: .value(3e-6)),
    .init(
      "quantization_bandwidth", \.quantizationBandwidth, "of the quantisation",
      start: .share(0.35, of: .memoryBandwidth)),
  ]
}

extension DeviceProfile.PrefillAttention {
  public static let coefficients: [Coefficient<Self>] = [
    .init("launch", \.launch, "of the kernel", start: .value(10e-6)),
    .init("rate", \.rate, "arithmetic rate", start: .share(0.75, of: .bf16)),
    .init("throttle_onset", \.throttleOnset, "length of which half is throttled", start: .value(5e-3)),
    .init(
      "throttled_share", \.throttledShare, "rate of throttled work as a share", allowed: .share,
      start: .value(0.9)),
    .init(
      "longest_tile_weight", \.longestTileWeight, "of the tile that one multiprocessor works through alone",
      start: .value(0.5)),
    .init(
      "query_bandwidth", \.queryBandwidth, "of queries and outputs", start: .share(0.7, of: .memoryBandwidth)),
    .init(
      "key_value_bandwidth", \.keyValueBandwidth, "of keys and values",
      start: .share(0.3, of: .memoryBandwidth)),
    .init("wave_overhead", \.waveOverhead, "start of a wave of thread blocks", start: .value(3e-6)),
  ]
}

extension DeviceProfile.DecodeAttention {
  public static let coefficients: [Coefficient<Self>] = [
    .init("launch", \.launch, "of the kernel", start: .value(8e-6)),
    .init("wave_floor", \.waveFloor, "least time of a wave of thread blocks", start: .value(4e-6)),
    .init("bandwidth", \.bandwidth, "of device memory", start: .share(0.88, of: .memoryBandwidth)),
    .init("wave_overhead", \.waveOverhead, "added to each wave's memory time", start: .value(2e-6)),
    .init(
      "context_overhead", \.contextOverhead, "a doubling of the context, shared among waves",
      start: .value(0.7e-6)),
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
    .init("slowdown", \.slowdown, "sustained-clock factor of compute-bound work", allowed: .atLeastOne),
    .init(
      "decode_wave_overhead", \.decodeWaveOverhead, "in place of attention_decode_bf16's wave_overhead",
      allowed: .notNegative)
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
