import CostModel
import EngineSettings
import Experiments
import Hardware
import Models
import Quantities
import Serving

/// Scenarios with one resource made larger and all else equal: what they carry tells what binds.
struct RelaxedScenario {
  var resource: VariantCapacity.BindingResource
  var change: String
  var scenario: Scenario

  /// Large enough to free what binds, small enough to be imagined.
  private static let limitFactor = 4
  private static let gpuFactor = 1.25

  /// Every resource, settings first: of equal gains the first is named.
  static func all(_ scenario: Scenario, like deployment: Deployment) -> [RelaxedScenario] {
    var result: [RelaxedScenario] = []
    // Without the count held, a larger batch limit would take its activations' memory from the KV cache.
    let blocks = deployment.memory.numGPUBlocks
    func add(_ resource: VariantCapacity.BindingResource, _ change: String, _ edit: (inout Scenario) -> Void)
    {
      var relaxed = scenario
      relaxed.engine.numGPUBlocksOverride = blocks
      edit(&relaxed)
      result.append(RelaxedScenario(resource: resource, change: change, scenario: relaxed))
    }
    add(.kvMemory, "twice the KV blocks") { $0.engine.numGPUBlocksOverride = 2 * blocks }
    add(.batchLimit, "\(limitFactor) × max_num_seqs") { relaxed in
      relaxed.engine.maxNumSeqs *= limitFactor
      relaxed.engine.maxNumBatchedTokens = max(
        relaxed.engine.maxNumBatchedTokens, relaxed.engine.maxNumSeqs)
    }
    add(.tokenBudget, "\(limitFactor) × max_num_batched_tokens") {
      $0.engine.maxNumBatchedTokens *= limitFactor
    }
    // Where tokens must not wait for long chunks, a smaller budget is the larger resource.
    let smaller = deployment.engine.maxNumBatchedTokens / limitFactor
    if smaller >= deployment.engine.maxNumSeqs, deployment.engine.enableChunkedPrefill {
      add(.tokenBudget, "max_num_batched_tokens ÷ \(limitFactor)") {
        $0.engine.maxNumBatchedTokens = smaller
      }
    }
    add(.apiServer, "no API server time") { relaxed in
      relaxed.device.host.perRequest = .zero
      relaxed.device.host.perOutputToken = .zero
      relaxed.device.host.frontEnd = .zero
      relaxed.device.host.frontEnd23 = .zero
    }
    guard !scenario.device.spec.architecture.isProcessor else { return result }
    add(.compute, "tensor cores \(gpuFactor) × as fast") { $0.device.speedUpCompute(by: gpuFactor) }
    add(.memoryBandwidth, "HBM \(gpuFactor) × as fast") { $0.device.speedUpMemory(by: gpuFactor) }
    return result
  }
}

extension DeviceProfile {
  /// Matrices and prompt attention, which tensor cores bound.
  mutating func speedUpCompute(by factor: Double) {
    gemm16.rate = gemm16.rate * factor
    gemm16.throttledRate = gemm16.throttledRate * factor
    if var gemm = gemm8 {
      gemm.rate = gemm.rate * factor
      gemm.throttledRate = gemm.throttledRate * factor
      gemm8 = gemm
    }
    prefill16 = prefill16.spedUp(by: factor)
    prefill8 = prefill8?.spedUp(by: factor)
  }

  /// Traffic to and from memory: weights, KV of decodes, activations.
  mutating func speedUpMemory(by factor: Double) {
    gemm16.memoryBandwidth = gemm16.memoryBandwidth * factor
    if var gemm = gemm8 {
      gemm.memoryBandwidth = gemm.memoryBandwidth * factor
      gemm.quantizationBandwidth = gemm.quantizationBandwidth * factor
      gemm8 = gemm
    }
    decode16 = decode16.spedUp(by: factor)
    decode8 = decode8?.spedUp(by: factor)
    elementwise.bandwidth = elementwise.bandwidth * factor
  }
}

extension DeviceProfile.PrefillAttention {
  fileprivate func spedUp(by factor: Double) -> Self {
    var faster = self
    for part in [\Self.blockTime64, \.blockTime128, \.blockTime192, \.blockTime256] {
      faster[keyPath: part] = self[keyPath: part] / factor
    }
    return faster
  }
}

extension DeviceProfile.DecodeAttention {
  /// A tile's time is that of its loads as well.
  fileprivate func spedUp(by factor: Double) -> Self {
    var faster = self
    faster.bandwidth = bandwidth * factor
    for part in [\Self.blockTime64, \.blockTime128, \.blockTime192, \.blockTime256] {
      faster[keyPath: part] = self[keyPath: part] / factor
    }
    return faster
  }
}
