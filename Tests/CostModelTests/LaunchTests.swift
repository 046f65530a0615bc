import EngineSettings
import Hardware
import Models
import Quantities
import Testing

@testable import CostModel

/// How a step is launched decides how many rows it pads to and what the CPU adds.
@Suite("launches and the CPU's time") struct LaunchTests {
  private func engine(
    _ release: VLLMRelease = .v0_15, seqs: Int = 256, _ change: (inout EngineConfig) -> Void = { _ in }
  ) -> EngineConfig {
    var engine = EngineConfig(release: release)
    engine.maxNumSeqs = seqs
    change(&engine)
    return engine
  }

  @Test("captured sizes: 1, 2, 4, then 8 apart, from 256 on 16 apart, up to twice max_num_seqs or 512")
  func sizes() {
    let graphs = CUDAGraphs(engine())
    let padded = [1, 2, 3, 5, 8, 9, 255, 257, 272, 273, 512].map { graphs.paddedTokens($0) }
    #expect(padded == [1, 2, 4, 8, 8, 16, 256, 272, 272, 288, 512])
    #expect(graphs.paddedTokens(513) == nil && graphs.paddedTokens(0) == nil)
    #expect(CUDAGraphs(engine(.v0_11)).paddedTokens(257) == 264)
    #expect(CUDAGraphs(engine(seqs: 20)).paddedTokens(40) == 40)
    #expect(CUDAGraphs(engine(seqs: 20)).paddedTokens(41) == nil)
    #expect(CUDAGraphs(engine { $0.maxNumBatchedTokens = 64 }).paddedTokens(65) == nil)
    #expect(CUDAGraphs(engine { $0.enforceEager = true }).paddedTokens(1) == nil)
  }

  @Test(
    "one graph for decodes only, graphs between attention operations for the rest, none beyond the largest")
  func modes() {
    let graphs = CUDAGraphs(engine())
    #expect(graphs.launch(isCaptured: graphs.paddedTokens(8) != nil, isUniform: true) == .full)
    #expect(graphs.launch(isCaptured: graphs.paddedTokens(8) != nil, isUniform: false) == .piecewise)
    #expect(graphs.launch(isCaptured: graphs.paddedTokens(600) != nil, isUniform: false) == .eager)
    let piecewise = CUDAGraphs(engine { $0.cudagraphMode = .piecewise })
    #expect(piecewise.launch(isCaptured: true, isUniform: true) == .piecewise)
  }

  @Test("a decode step costs what its captured size costs, a step without graphs what its tokens cost")
  func padding() throws {
    func time(_ decodes: Int, eager: Bool) throws -> Seconds {
      var cost = try TestDeployment.cost(
        "Llama-3.1-8B", "baseline", engine: engine { $0.enforceEager = eager })
      var batch = cost.emptyBatch
      for _ in 0..<decodes { batch.addDecode(context: 1) }
      return cost.time(of: batch)[.gemm]
    }
    #expect(try time(65, eager: false) == time(72, eager: false))
    #expect(try time(72, eager: false) == time(72, eager: true))
    #expect(try time(65, eager: true) < time(65, eager: false))
  }

  @Test("SwiftKV: no full graph; its second half keeps its own graph in 0.11 and runs without from 0.14")
  func survivors() throws {
    var mixed = try TestDeployment.cost("Llama-3.1-8B", "swiftkv-50").emptyBatch
    for _ in 0..<10 { mixed.addDecode(context: 100) }
    var decodes = mixed
    mixed.addPrefill(new: 300, cached: 0)
    func launch(_ batch: BatchShape, _ release: VLLMRelease) -> StepLaunch {
      StepLaunch(
        tokens: batch.tokens, requests: batch.requests, selects: true, graphs: CUDAGraphs(engine(release)),
        release: release)
    }
    let own = launch(mixed, .v0_11)
    #expect(own.all.launch == .piecewise && own.all.rows == 312)
    #expect(own.survivors.launch == .piecewise && own.survivors.rows == 16)
    let fallback = launch(mixed, .v0_15)
    #expect(fallback.survivors.launch == .eager && fallback.survivors.rows == 11)
    for release in VLLMRelease.allCases {
      let step = launch(decodes, release)
      #expect(step.all.launch == .piecewise && step.survivors.launch == .piecewise)
      #expect(step.survivors.rows == 16)
    }
    decodes.addPrefill(new: 1000, cached: 0)
    #expect(launch(decodes, .v0_11).all.launch == .eager)
    #expect(launch(decodes, .v0_11).survivors.launch == .piecewise)
  }

  /// A device whose CPU has plain numbers.
  private func device() throws -> DeviceProfile {
    var device = try TestDeployment.deviceOfKernels()
    device.host.perStep = 0
    return device
  }

  private func time(_ device: DeviceProfile, _ engine: EngineConfig, variant: String = "baseline") throws
    -> StepTime
  {
    var cost = try StepCost(
      plan: TestDeployment.plan("Llama-3.1-8B", variant), tensorParallelSize: 1, device: device,
      engine: engine,
      weightPrecision: .bfloat16)
    var batch = cost.emptyBatch
    for _ in 0..<4 { batch.addDecode(context: 100) }
    return cost.time(of: batch)
  }

  @Test("scheduling adds to the step of a synchronous engine and hides behind that of an asynchronous one")
  func scheduling() throws {
    var device = try device()
    let kernels = try time(device, engine()).total
    device.host.scheduling = 2e-3
    device.host.schedulingPerRequest = 0.1e-3
    let added = try time(device, engine { $0.asyncScheduling = false })
    #expect(abs(added[.host].value - 2.4e-3) < 1e-12)
    #expect(try time(device, engine()).total == kernels)
    device.host.scheduling = 50e-3
    #expect(abs(try time(device, engine()).total.value - 50.4e-3) < 1e-12, "unless it takes longer")
  }

  @Test("launches are counted: one graph; L + 1 graphs and L attention operations; every kernel")
  func launches() throws {
    var device = try device()
    device.host.graphLaunch = 1
    device.host.attentionLaunch = 1000
    device.host.kernelLaunch = 1_000_000
    func launches(_ engine: EngineConfig, _ variant: String = "baseline") throws -> Double {
      (try time(device, engine, variant: variant).total.value * 1e3).rounded() / 1e3
    }
    #expect(try launches(engine()) == 1)
    #expect(try launches(engine { $0.cudagraphMode = .piecewise }) == 32_033)
    // Four GEMMs, two norms, rotary embedding, cache write and activation a layer.
    #expect(try launches(engine { $0.enforceEager = true }) == 288_032_000)
    // Two runners; cache write, gathers, metadata and scatter between them are launched one by one.
    #expect(try launches(engine(), "swiftkv-50") == 10_032_034)
  }

  @Test("FP8: quantisation is fused into norms and activation; attention's output has a kernel of its own")
  func quantisation() throws {
    var cost = try TestDeployment.cost("Llama-3.1-8B", "baseline", weights: .fp8)
    var batch = cost.emptyBatch
    batch.addPrefill(new: 512, cached: 0)
    let kernels = cost.kernels(of: batch)
    let norm = try #require(kernels.first { $0.name == "rms_norm" })
    #expect(norm.cost.bytes == Bytes(7.0 * 512 * 4096))
    let activation = try #require(kernels.first { $0.name == "silu_mul" })
    #expect(activation.cost.bytes == Bytes(5.0 * 512 * 14336))
    #expect(kernels.contains { $0.name == "quantize attention output" && $0.launches == 32 })
    let gemm = try #require(TestDeployment.device().gemm8)
    let down = try #require(kernels.first { $0.name == "down_proj" })
    let alone = gemm.cost(m: 512, n: 4096, k: 14336, slowdown: try TestDeployment.device().serving.slowdown)
    #expect(down.cost.time < alone.time)
  }
}
