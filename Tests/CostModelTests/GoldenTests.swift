import EngineSettings
import Hardware
import Models
import Quantities
import Testing

@testable import CostModel

/// Protects the formulas themselves: a changed sign, bracket or coefficient shows here before it shows in a prediction.
@Suite("golden: H100 formulas") struct GoldenTests {
  let device: DeviceProfile

  init() throws { device = try Golden.profile() }

  func close(_ a: Seconds, _ b: Double) -> Bool { abs(a.value - b) <= 1e-5 * b }

  @Test("GEMM", arguments: Golden.gemm) func gemm(example: Golden.GEMM) throws {
    let (m, n, k, slowdown) = (example.m, example.n, example.k, example.slowdown)
    let wide = device.gemm16.cost(m: m, n: n, k: k, slowdown: slowdown).time
    let narrow = try #require(device.gemm8).cost(m: m, n: n, k: k, slowdown: slowdown).time
    #expect(close(wide, example.seconds16), "\(wide.value)")
    #expect(close(narrow, example.seconds8), "\(narrow.value)")
  }

  @Test("FP8 GEMM without its quantisation") func fused() throws {
    var kernel = try #require(device.gemm8)
    let own = Seconds(2.6e-6) + Seconds(512 * kernel.quantizationPerRow.value)
    kernel.launch -= 2.6e-6
    kernel.quantizationOverhead = 2.6e-6
    let traffic = Bytes(3 * 512 * 5120) / kernel.quantizationBandwidth
    let whole = kernel.cost(m: 512, n: 5120, k: 5120).time
    let fused = kernel.cost(m: 512, n: 5120, k: 5120, quantizes: false).time
    #expect(close(whole, try #require(device.gemm8).cost(m: 512, n: 5120, k: 5120).time.value))
    #expect(close(fused, (whole - own - traffic).value))
  }

  @Test("prefill attention") func prefill() throws {
    let prefill8 = try #require(device.prefill8)
    func time(_ example: Golden.Prefill, _ kernel: DeviceProfile.PrefillAttention, _ bytes: Double) -> Seconds
    {
      let tiling = PrefillTiling(
        queriesPerKeyValueHead: example.heads / example.keyValueHeads, headDim: example.headDim,
        elementBytes: bytes, architecture: .hopper)
      var batch = BatchShape(tiling: tiling)
      for chunk in example.chunks { batch.addPrefill(new: chunk.new, cached: chunk.cached) }
      let work = PrefillWork(
        batch, heads: example.heads, keyValueHeads: example.keyValueHeads, headDim: example.headDim,
        elementBytes: bytes)
      return kernel.cost(of: work).time
    }
    for example in Golden.prefill {
      #expect(close(time(example, device.prefill16, 2), example.seconds16), "\(example)")
      #expect(close(time(example, prefill8, 1), example.seconds8), "\(example)")
    }
  }

  @Test("decode attention", arguments: Golden.decode) func decodeAttention(example: Golden.Decode) throws {
    let decode8 = try #require(device.decode8)
    func time(_ kernel: DeviceProfile.DecodeAttention, _ bytes: Double, isolated: Bool) -> Seconds {
      kernel.cost(
        sequences: example.batch, context: Double(example.context), heads: example.heads,
        keyValueHeads: example.keyValueHeads, headDim: example.headDim, elementBytes: bytes,
        isolated: isolated
      ).time
    }
    #expect(close(time(device.decode16, 2, isolated: true), example.isolated16))
    #expect(close(time(device.decode16, 2, isolated: false), example.serving16))
    #expect(close(time(decode8, 1, isolated: false), example.serving8))
  }

  @Test("all-reduce", arguments: Golden.allReduce) func allReduce(example: Golden.AllReduce) {
    #expect(
      close(device.allReduce.cost(bytes: example.bytes, devices: example.devices).time, example.seconds))
  }

  @Test("element-wise") func elementwise() {
    for example in Golden.elementwise {
      #expect(
        close(
          device.elementwise.cost(KernelWork(flops: 0, bytes: Bytes(example.bytes))).time, example.seconds))
    }
  }

  @Test("whole steps", arguments: Golden.step) func step(example: Golden.Step) throws {
    let model = try #require(TestModels.byShortName[example.model])
    // The examples know neither padding to captured sizes nor the CPU's time.
    var engine = EngineConfig()
    engine.enforceEager = true
    let device = TestDeployment.withoutCPU(device)
    let plan = try Variant.baseline.plan(for: model, kvPrecision: .bfloat16)
    var cost = StepCost(
      plan: plan, tensorParallelSize: example.tensorParallelSize, device: device, engine: engine,
      weightPrecision: .bfloat16)
    var batch = cost.emptyBatch
    for chunk in example.chunks { batch.addPrefill(new: chunk.new, cached: chunk.cached) }
    for _ in 0..<example.decodes { batch.addDecode(context: example.context) }
    let time = cost.time(of: batch).total
    #expect(close(time, example.seconds), "\(time.value)")
    let sum = cost.kernels(of: batch).reduce(Seconds.zero) { $0 + $1.time }
    #expect(abs(sum / time - 1) < 1e-12, "the listed kernels add up to the step")
  }
}

/// Published shapes (Hugging Face `config.json`).
enum TestModels {
  static let llama31_8B = ModelConfig(
    name: "Llama-3.1-8B", architecture: .llama, hiddenSize: 4096, intermediateSize: 14336,
    numHiddenLayers: 32,
    numAttentionHeads: 32, numKeyValueHeads: 8, headDim: 128, vocabSize: 128256, maxPositionEmbeddings: 131072
  )
  static let llama31_70B = ModelConfig(
    name: "Llama-3.1-70B", architecture: .llama, hiddenSize: 8192, intermediateSize: 28672,
    numHiddenLayers: 80,
    numAttentionHeads: 64, numKeyValueHeads: 8, headDim: 128, vocabSize: 128256, maxPositionEmbeddings: 131072
  )
  static let llama2_7B = ModelConfig(
    name: "Llama-2-7B", architecture: .llama, hiddenSize: 4096, intermediateSize: 11008, numHiddenLayers: 32,
    numAttentionHeads: 32, numKeyValueHeads: 32, headDim: 128, vocabSize: 32000, maxPositionEmbeddings: 4096)
  static let codeLlama34B = ModelConfig(
    name: "CodeLlama-34B", architecture: .llama, hiddenSize: 8192, intermediateSize: 22016,
    numHiddenLayers: 48,
    numAttentionHeads: 64, numKeyValueHeads: 8, headDim: 128, vocabSize: 32000, maxPositionEmbeddings: 16384)
  static let qwen3_14B = ModelConfig(
    name: "Qwen3-14B", architecture: .qwen3, hiddenSize: 5120, intermediateSize: 17408, numHiddenLayers: 40,
    numAttentionHeads: 40, numKeyValueHeads: 8, headDim: 128, vocabSize: 151936, maxPositionEmbeddings: 40960,
    qkNorm: true)
  static let byShortName = ["L7": llama2_7B, "C34": codeLlama34B, "Q14": qwen3_14B]
}
