import EngineSettings
import Experiments
import Hardware
import Metrics
import Models
import Quantities
import Testing
import Workload

@testable import Planning

/// Scenarios and figures for tests.
enum PlanningFixture {
  static let model = ModelConfig(
    name: "test/llama-8b", architecture: .llama, hiddenSize: 4096, intermediateSize: 14336,
    numHiddenLayers: 32, numAttentionHeads: 32, numKeyValueHeads: 8, headDim: 128, vocabSize: 128_256,
    maxPositionEmbeddings: 131_072)

  static func scenario(
    requests: Int = 300, limits: [String: Seconds] = ["ttft_p90": 0.4],
    arrivals: ArrivalSpec = .open(rate: 10, burstiness: 1)
  ) throws -> Scenario {
    let device = try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
    let limits = try limits.sorted { $0.key < $1.key }.map {
      try Objective.Limit(key: $0.key, limit: $0.value)
    }
    return Scenario(
      name: "fixture", model: model, device: device, tensorParallelSize: 1, engine: EngineConfig(),
      variant: .baseline,
      workload: WorkloadSpec(
        numRequests: requests, arrivals: arrivals, promptTokens: LengthSpec(.uniform(200, 3000)),
        outputTokens: LengthSpec(.uniform(2, 20))),
      objective: Objective(limits: limits), seed: 7)
  }

  /// A server that answers one request after another, each in exactly `service` seconds: a device without kernel times whose steps
  /// take a constant time on the host, and answers of one token.
  static func constantServer(
    service: Double, requests: Int, limits: [String: Seconds]
  ) throws -> Scenario {
    var scenario = try scenario(
      requests: requests, limits: limits, arrivals: .open(rate: PerSecond(0.5 / service), burstiness: 1))
    let none = Seconds.zero
    let endless = FLOPsPerSecond(.infinity)
    let boundless = BytesPerSecond(.infinity)
    var device = scenario.device
    for part in [\DeviceProfile.GEMM.rate, \.throttledRate] { device.gemm16[keyPath: part] = endless }
    for part in [\DeviceProfile.GEMM.memoryBandwidth, \.l2Bandwidth, \.splitBandwidth] {
      device.gemm16[keyPath: part] = boundless
    }
    for part in [\DeviceProfile.GEMM.tileOverhead, \.memoryLatency, \.splitOverhead] {
      device.gemm16[keyPath: part] = none
    }
    for part in [
      \DeviceProfile.PrefillAttention.launch, \.tileOverhead, \.rowOverhead, \.blockTime64, \.blockTime128,
      \.blockTime192, \.blockTime256, \.splitOverhead,
    ] { device.prefill16[keyPath: part] = none }
    for part in [
      \DeviceProfile.PrefillAttention.keyValueBandwidth512, \.keyValueBandwidth1024, \.keyValueBandwidth,
      \.cachedBandwidth,
    ] { device.prefill16[keyPath: part] = boundless }
    device.elementwise.launch = none
    device.elementwise.bandwidth = boundless
    for part in [
      \DeviceProfile.Host.sampling, \.scheduling, \.schedulingPerRequest, \.kernelLaunch, \.graphLaunch,
      \.attentionLaunch, \.frontEnd, \.perRequest, \.perOutputToken,
    ] { device.host[keyPath: part] = none }
    device.host.perStep = Seconds(service)
    device.serving.slowdown = 1
    scenario.device = device
    scenario.engine.maxNumSeqs = 1
    scenario.engine.asyncScheduling = false
    scenario.engine.enforceEager = true
    scenario.workload.promptTokens = LengthSpec(.constant(10))
    scenario.workload.outputTokens = LengthSpec(.constant(1))
    return scenario
  }

  static func capacity(
    _ value: Double, halfWidth: Double = 0, gpus: Int = 1, point: LoadPoint
  ) throws -> VariantCapacity {
    var interval = try #require(ConfidenceInterval(replications: [value, value]))
    interval.halfWidth = halfWidth
    return VariantCapacity(
      variant: "baseline", isProjection: false, gpus: gpus,
      capacity: EstimatedFigure(value: value, interval: interval), modelRange: nil, ratio: nil,
      bindingLimit: .saturation, relaxations: [], bindingResource: nil, point: point,
      kvLimitedConcurrency: 10, replications: 2, probes: 1, simulatedRuns: 2, simulatedRequests: 2,
      isPrecise: true)
  }

  /// A replica that completes 2 requests a second of 1000 prompt and 100 output tokens, half of the time busy.
  static let point = LoadPoint(
    unit: .requestRate, load: 2, replications: 2, requests: 20, offeredRate: EstimatedFigure(value: 2),
    completedRate: EstimatedFigure(value: 2),
    latencies: [.init(metric: .tpot, statistic: .mean, estimate: EstimatedFigure(value: 0.02))],
    outputThroughput: EstimatedFigure(value: 200), totalThroughput: EstimatedFigure(value: 2200),
    goodShare: nil,
    meanRunning: EstimatedFigure(value: 3), meanInSystem: EstimatedFigure(value: 4),
    meanKVUsage: EstimatedFigure(value: 0.1),
    peakKVUsage: EstimatedFigure(value: 0.2), preemptions: EstimatedFigure(value: 0),
    gpuBusyShare: EstimatedFigure(value: 0.5),
    isSaturated: false, use: GPUUse(busyShare: 0.5, prefillShare: 0.25, tensorShare: 0.1, memoryShare: 0.2))
}
