import EngineSettings
import Foundation
import Hardware
import Models
import Quantities
import Testing

@testable import CostModel

@Suite("memory plan") struct MemoryPlanTests {
  @Test(
    "logged block counts, from which the overheads were solved",
    arguments: [
      ("Llama-2-7b-hf", 1, VLLMRelease.v0_15, 2048, 128, 7462),
      ("CodeLlama-34b-Instruct-hf", 2, .v0_15, 2048, 128, 26602), ("Qwen3-14B", 1, .v0_23, 8192, 256, 18038),
    ])
  func logged(model: String, n: Int, release: VLLMRelease, tokens: Int, sequences: Int, blocks: Int) throws {
    let engine = TestDeployment.engine(release) {
      $0.maxNumBatchedTokens = tokens
      $0.maxNumSeqs = sequences
    }
    let memory = try TestDeployment.memory(model, tensorParallelSize: n, engine: engine)
    #expect(memory.numGPUBlocks == blocks)
    #expect(memory.usableBlocks == blocks - 1)
    #expect(memory.kvCacheTokens == 16 * blocks)
  }

  @Test("the overheads are amounts a GPU can have") func overheads() throws {
    let overhead = try TestDeployment.device().memory
    for amount in [overhead.nonTorch, overhead.collectives, overhead.graphs] {
      #expect(amount.value > 50e6 && amount.value < 1e9)
    }
  }

  @Test("Llama-3.1-8B on one H100 with defaults holds about 0.45 M tokens") func llama() throws {
    let memory = try TestDeployment.memory("Llama-3.1-8B", engine: TestDeployment.engine(.v0_23))
    #expect((27_000...29_500).contains(memory.numGPUBlocks), "\(memory.numGPUBlocks)")
    #expect(memory.blockBytes.value == 2_097_152)
    #expect(abs(memory.weights.gibibytes - 14.96) < 0.01)
    #expect(memory.unusedWeights == 0)
    #expect(memory.maxModelLen == 131_072)
    #expect(memory.maxConcurrency == Double(memory.numGPUBlocks * 16) / 131_072)
  }

  @Test("INV-8: more memory, fewer tokens a step, fewer sequences: never fewer blocks") func monotone() throws
  {
    func blocks(_ change: (inout EngineConfig) -> Void) throws -> Int {
      try TestDeployment.memory("Llama-3.1-8B", "swiftkv-50", engine: TestDeployment.engine(.v0_15, change))
        .numGPUBlocks
    }
    let byShare = try [0.6, 0.7, 0.8, 0.9, 0.95, 1.0].map { share in
      try blocks { $0.gpuMemoryUtilization = share }
    }
    #expect(byShare == byShare.sorted())
    let byTokens = try [1, 16, 512, 2048, 8192, 16384].map { tokens in
      try blocks { $0.maxNumBatchedTokens = tokens }
    }
    #expect(byTokens == byTokens.sorted(by: >))
    let bySequences = try [1, 64, 1024, 4096].map { n in try blocks { $0.maxNumSeqs = n } }
    #expect(bySequences == bySequences.sorted(by: >))
  }

  @Test("the largest graph and the logits shrink with a tiny token budget") func tinyBudget() throws {
    let tiny = try TestDeployment.memory(
      "Llama-3.1-8B", engine: TestDeployment.engine { $0.maxNumBatchedTokens = 1 })
    #expect(tiny.activations.value < 2e6, "one row")
    #expect(tiny.activations.value > 0)
  }

  @Test("INV-10: nothing skipped divides memory as the baseline does") func noSkip() throws {
    #expect(try TestDeployment.memory("Llama-3.1-8B", "swiftkv-0") == TestDeployment.memory("Llama-3.1-8B"))
  }

  @Test("layer skipping costs blocks: never-read weights and K/V assembly") func layerSkipping() throws {
    let baseline = try TestDeployment.memory("Llama-3.1-8B")
    let skipping = try TestDeployment.memory("Llama-3.1-8B", "swiftkv-50")
    #expect(abs(skipping.unusedWeights.value - 0.805e9) < 1e6)
    #expect(skipping.weights > baseline.weights)
    #expect(skipping.numGPUBlocks < baseline.numGPUBlocks)
    #expect(skipping.blockBytes == baseline.blockBytes)
    let grouped = try TestDeployment.memory("Llama-3.1-8B", "swiftkv-50-across2-fp8kv")
    #expect(grouped.blockBytes / baseline.blockBytes == 0.375)
    #expect(Double(grouped.numGPUBlocks) > 2.5 * Double(skipping.numGPUBlocks))
  }

  @Test("tied embeddings are counted once") func tied() throws {
    let memory = try TestDeployment.memory("Llama-3.2-1B")
    #expect(memory.weights.value == 2_471_628_800)
  }

  @Test(
    "FP8 weights halve the matrices and leave embeddings and vectors",
    arguments: [("Llama-3.1-8B", 9.08), ("Qwen2.5-32B", 34.32)])
  func quantized(model: String, gigabytes: Double) throws {
    let memory = try TestDeployment.memory(model, weights: .fp8)
    #expect(abs(memory.weights.value / 1e9 - gigabytes) < 0.006)
  }

  @Test("GPUs beyond the number of KV heads replicate them") func replication() throws {
    let bytes = try [1, 2, 4, 8].map { n in
      try TestDeployment.memory("Llama-3.1-8B", tensorParallelSize: n).blockBytes.value
    }
    #expect(bytes == [2_097_152, 1_048_576, 524_288, 262_144])
    var model = try #require(ModelConfig.named("Llama-3.1-8B"))
    model.numKeyValueHeads = 2
    let plan = try Variant.baseline.plan(for: model, kvPrecision: .bfloat16)
    func memory(_ n: Int) throws -> MemoryPlan {
      try MemoryPlan(
        plan: plan, tensorParallelSize: n, device: TestDeployment.device(), engine: EngineConfig(),
        weightPrecision: .bfloat16)
    }
    #expect(try memory(2).blockBytes == memory(4).blockBytes)
    #expect(try memory(4).blockBytes == memory(8).blockBytes)
    #expect(try memory(8).weights > memory(4).weights / 2, "K and V projections are held by each")
  }

  @Test("KV size given directly, and a block count given directly") func direct() throws {
    let sized = try TestDeployment.memory(
      "Llama-3.1-8B", engine: TestDeployment.engine { $0.kvCacheMemoryBytes = Bytes(20e9) })
    #expect(sized.numGPUBlocks == 9536)
    #expect(!sized.isOverridden)
    let counted = try TestDeployment.memory(
      "Llama-3.1-8B", engine: TestDeployment.engine { $0.numGPUBlocksOverride = 500 })
    #expect(counted.numGPUBlocks == 500)
    #expect(counted.isOverridden)
  }
}

@Suite("models that do not fit") struct MemoryErrorTests {
  func message(
    _ model: String, tensorParallelSize: Int = 1, weights: Precision = .bfloat16,
    _ change: (inout EngineConfig) -> Void = { _ in }
  ) throws -> String {
    let engine = TestDeployment.engine(.v0_15, change)
    let error = #expect(throws: MemoryError.self) {
      try TestDeployment.memory(
        model, tensorParallelSize: tensorParallelSize, engine: engine, weights: weights)
    }
    return try #require(error).description
  }

  @Test("weights beyond the GPU: by how much, and which settings, each tried, would help") func weights()
    throws
  {
    let text = try message("Llama-3.1-70B-Instruct")
    #expect(
      text
        == "meta-llama/Llama-3.1-70B-Instruct does not fit: weights (141.1 GB), activations (1.678 GB) and the engine's own memory "
        + "(281 MB) take 143.1 GB of 76.53 GB a GPU, 66.54 GB too much. What would make it fit: hardware.tensor_parallel_size: 4."
    )
    // Each remedy named is one that works.
    _ = try TestDeployment.memory("Llama-3.1-70B-Instruct", tensorParallelSize: 4)
  }

  @Test("two changes are offered where one is not enough, none where none helps") func two() throws {
    let text = try message("Llama-3.1-405B", tensorParallelSize: 4)
    #expect(
      text.hasSuffix(
        "What would make it fit: engine.quantization: fp8 with hardware.tensor_parallel_size: 8."))
    let hopeless = try message("Llama-3.1-405B", tensorParallelSize: 8) { $0.gpuMemoryUtilization = 0.3 }
    #expect(
      hopeless.contains("too much. What would make it fit: ")
        || hopeless.hasSuffix("No single setting makes it fit."))
  }

  @Test("a cache too small for one sequence names the length that fits, which then fits") func shortCache()
    throws
  {
    let text = try message("Llama-3.1-8B") { $0.gpuMemoryUtilization = 0.3 }
    #expect(text.contains("one sequence of max_model_len 131072 needs"))
    let marker = "engine.max_model_len: "
    let start = try #require(text.range(of: marker)?.upperBound)
    let length = try #require(Int(text[start...].prefix { $0.isNumber }))
    let memory = try TestDeployment.memory(
      "Llama-3.1-8B",
      engine: TestDeployment.engine {
        $0.gpuMemoryUtilization = 0.3
        $0.maxModelLen = length
      })
    #expect(memory.usableBlocks * 16 >= length)
    #expect(
      throws: MemoryError.self, "and not one token more",
      performing: {
        try TestDeployment.memory(
          "Llama-3.1-8B",
          engine: TestDeployment.engine {
            $0.gpuMemoryUtilization = 0.3
            $0.maxModelLen = length + 1
          })
      })
  }

  @Test(
    "a KV size beyond the device is refused with the largest that fits", arguments: [75e9, 1e30, .infinity])
  func tooMuchKV(bytes: Double) throws {
    let text = try message("Llama-3.1-8B") { $0.kvCacheMemoryBytes = Bytes(bytes) }
    #expect(text.hasPrefix("engine.kv_cache_memory_bytes: found "))
  }

  @Test("a KV size that is no amount does not trap", arguments: [Double.nan, -1, 0])
  func noAmount(bytes: Double) throws {
    #expect(try !message("Llama-3.1-8B") { $0.kvCacheMemoryBytes = Bytes(bytes) }.isEmpty)
  }

  @Test("a block count without a usable block is refused", arguments: [1, 0, -5]) func overrideTooSmall(
    count: Int
  ) throws {
    let text = try message("Llama-3.1-8B") { $0.numGPUBlocksOverride = count }
    #expect(text.hasPrefix("engine.num_gpu_blocks_override: found \(count); 2 or more"))
  }

  @Test("an override replays a count whatever else the memory would give") func override() throws {
    let memory = try TestDeployment.memory(
      "Llama-3.1-70B", engine: TestDeployment.engine { $0.numGPUBlocksOverride = 100 })
    #expect(memory.numGPUBlocks == 100)
  }
}
