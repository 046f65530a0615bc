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

  @Test("GEMM in 16 bit", arguments: Golden.gemm16) func gemm16(example: Golden.GEMM) {
    let cost = device.gemm16.cost(m: example.m, n: example.n, k: example.k, slowdown: example.slowdown)
    #expect(close(cost.time, example.seconds), "\(cost.time.value)")
  }

  @Test("GEMM in FP8", arguments: Golden.gemm8) func gemm8(example: Golden.GEMM) throws {
    let cost = try #require(device.gemm8).cost(m: example.m, n: example.n, k: example.k)
    #expect(close(cost.time, example.seconds), "\(cost.time.value)")
  }

  func prefill(_ example: Golden.Prefill, _ kernel: DeviceProfile.PrefillAttention, elementBytes: Double)
    -> Seconds
  {
    var batch = BatchShape(queriesPerKeyValueHead: example.heads / example.keyValueHeads)
    for chunk in example.chunks { batch.addPrefill(new: chunk.new, cached: chunk.cached) }
    let work = PrefillWork(
      batch, heads: example.heads, keyValueHeads: example.keyValueHeads, headDim: 128,
      elementBytes: elementBytes)
    return kernel.cost(of: work).time
  }

  @Test("prefill attention") func prefillAttention() throws {
    let prefill8 = try #require(device.prefill8)
    for example in Golden.prefill16 {
      let time = prefill(example, device.prefill16, elementBytes: 2)
      #expect(close(time, example.seconds), "\(example): \(time.value)")
    }
    for example in Golden.prefill8 {
      let time = prefill(example, prefill8, elementBytes: 1)
      #expect(close(time, example.seconds), "\(example): \(time.value)")
    }
  }

  @Test("decode attention", arguments: Golden.decode) func decodeAttention(example: Golden.Decode) throws {
    let decode8 = try #require(device.decode8)
    func time(_ kernel: DeviceProfile.DecodeAttention, _ bytes: Double) -> Seconds {
      kernel.cost(
        sequences: example.batch, context: Double(example.context), heads: example.heads,
        keyValueHeads: example.keyValueHeads, headDim: 128, elementBytes: bytes
      ).time
    }
    #expect(close(time(device.decode16, 2), example.seconds16))
    #expect(close(time(decode8, 1), example.seconds8))
  }

  @Test("all-reduce", arguments: Golden.allReduce) func allReduce(example: Golden.AllReduce) {
    #expect(
      close(device.allReduce.cost(bytes: example.bytes, devices: example.devices).time, example.seconds))
  }

  @Test("element-wise") func elementwise() {
    for example in Golden.elementwise {
      #expect(close(device.elementwise.cost(bytes: example.bytes).time, example.seconds))
    }
  }

  @Test("whole steps", arguments: Golden.step) func step(example: Golden.Step) throws {
    let model = try #require(TestModels.byShortName[example.model])
    // The examples know neither padding to captured sizes nor the CPU's time.
    var engine = EngineConfig()
    engine.enforceEager = true
    var device = try TestDeployment.deviceOfKernels()
    device.host.perStep = 1e-4
    device.serving.slowdown = 1.13
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
