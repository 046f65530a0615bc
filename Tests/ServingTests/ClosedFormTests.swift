import EngineSettings
import Hardware
import Metrics
import Models
import Quantities
import Serving
import Testing
import Workload

/// The simulator as a textbook queue: one sequence at a time, one token an answer, a device that takes a known time a step.
@Suite("queueing theory") struct ClosedFormTests {
  /// A device whose step takes `constant` plus `perToken` for each scheduled token, exactly.
  static func device(constant: Double, perToken: Double) throws -> DeviceProfile {
    var device = try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
    let none = Seconds.zero
    let endless = FLOPsPerSecond(.infinity)
    let boundless = BytesPerSecond(.infinity)
    device.gemm16.rate = endless
    device.gemm16.throttledRate = endless
    device.gemm16.memoryBandwidth = boundless
    device.gemm16.l2Bandwidth = boundless
    device.gemm16.splitBandwidth = boundless
    device.gemm16.tileOverhead = none
    device.gemm16.memoryLatency = none
    device.gemm16.splitOverhead = none
    for part in [
      \DeviceProfile.PrefillAttention.launch, \.tileOverhead, \.rowOverhead, \.blockTime64, \.blockTime128,
      \.blockTime192, \.blockTime256, \.splitOverhead,
    ] { device.prefill16[keyPath: part] = none }
    for part in [
      \DeviceProfile.PrefillAttention.keyValueBandwidth512, \.keyValueBandwidth1024, \.keyValueBandwidth,
      \.cachedBandwidth,
    ] { device.prefill16[keyPath: part] = boundless }
    device.elementwise.launch = none
    device.host.perStep = Seconds(constant)
    for part in [
      \DeviceProfile.Host.sampling, \.scheduling, \.schedulingPerRequest, \.kernelLaunch, \.graphLaunch,
      \.attentionLaunch, \.frontEnd, \.perRequest, \.perOutputToken,
    ] { device.host[keyPath: part] = none }
    device.serving.slowdown = 1
    // Per token and layer: two norms, rotary, cache write, activation; the logits of one row come on top.
    let model = Scene.model
    let q = (model.numAttentionHeads + 2 * model.numKeyValueHeads) * model.headDim
    let layer =
      16 * model.hiddenSize + 4 * q + 8 * model.numKeyValueHeads * model.headDim + 6 * model.intermediateSize
    let bytes = Double(layer * model.numHiddenLayers)
    device.elementwise.bandwidth = perToken > 0 ? BytesPerSecond(bytes / perToken) : boundless
    return device
  }

  static func scene(_ device: DeviceProfile) throws -> Scene {
    var scene = try Scene(blocks: 20000)
    scene.device = device
    scene.engine.maxNumSeqs = 1
    scene.engine.asyncScheduling = false
    // No padding to captured sizes: the time is to be proportional to the tokens.
    scene.engine.enforceEager = true
    scene.engine.enablePrefixCaching = false
    scene.engine.maxModelLen = 200_000
    scene.engine.maxNumBatchedTokens = 200_000
    scene.options.checksInvariants = false
    return scene
  }

  private func timeInSystem(_ scene: Scene) throws -> ConfidenceInterval {
    let record = try scene.run()
    let times = record.requests.dropFirst(2000).compactMap { $0.e2e?.value }
    return try #require(ConfidenceInterval(batchMeansOf: times, batches: 20, level: 0.99))
  }

  @Test("M/D/1: mean time in system is s + ρ s / (2 (1 − ρ))", arguments: [0.3, 0.6, 0.8])
  func constantService(load: Double) throws {
    let service = 0.01
    var scene = try Self.scene(Self.device(constant: service, perToken: 0))
    var random = TestRandom(seed: 11)
    var arrival = 0.0
    for _ in 0..<42_000 {
      arrival += random.exponential(mean: service / load)
      scene.add(at: arrival, prompt: 10)
    }
    let interval = try timeInSystem(scene)
    let expected = service + load * service / (2 * (1 - load))
    #expect(
      interval.lower <= expected && expected <= interval.upper,
      "\(expected) against \(interval.mean) ± \(interval.halfWidth)")
    #expect(interval.halfWidth < 0.08 * expected, "an interval that says something")
  }

  @Test("M/M/1: mean time in system is s / (1 − ρ)", arguments: [0.3, 0.6, 0.8])
  func exponentialService(load: Double) throws {
    // Prompts of exponential length, mean 2000 tokens of 5 µs: rounding to whole tokens does not show.
    let (mean, perToken) = (2000.0, 5e-6)
    var scene = try Self.scene(Self.device(constant: 0, perToken: perToken))
    var random = TestRandom(seed: 5)
    var (arrival, sum) = (0.0, 0.0)
    let count = 60_000
    for _ in 0..<count {
      arrival += random.exponential(mean: mean * perToken / load)
      let prompt = max(1, Int(random.exponential(mean: mean).rounded(.up)))
      sum += Double(prompt)
      scene.add(at: arrival, prompt: prompt)
    }
    let service = sum / Double(count) * perToken
    let actualLoad = service * Double(count) / arrival
    let interval = try timeInSystem(scene)
    let expected = service / (1 - actualLoad)
    #expect(
      interval.lower <= expected && expected <= interval.upper,
      "\(expected) against \(interval.mean) ± \(interval.halfWidth)")
    #expect(interval.halfWidth < 0.12 * expected)
  }

  @Test("the service times are what the two forms assume") func serviceTimes() throws {
    var scene = try Self.scene(Self.device(constant: 0.002, perToken: 5e-6))
    scene.add(prompt: 1000)
    scene.add(at: 1, prompt: 3000)
    let record = try scene.run()
    // The logits of one row are the only further traffic.
    for (request, tokens) in zip(record.requests, [1000.0, 3000]) {
      let expected = 0.002 + 5e-6 * tokens
      let measured = try #require(request.e2e).value
      #expect(abs(measured / expected - 1) < 2e-3, "\(measured)")
    }
  }
}
