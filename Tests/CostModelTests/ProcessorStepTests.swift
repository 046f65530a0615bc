import EngineSettings
import Hardware
import Models
import Quantities
import TestProfiles
import Testing

@testable import CostModel

/// Steps on a device with simple rates: 1 TFLOP/s, 100 GB/s.
@Suite("steps on a processor") struct ProcessorStepTests {
  private func cost(_ variant: String) throws -> StepCost {
    StepCost(
      plan: try TestDeployment.plan("live-25m", variant, keyValues: .float32), tensorParallelSize: 1,
      device: .testProcessor, engine: EngineConfig(), weightPrecision: .float32)
  }

  private func batch(_ cost: StepCost) -> BatchShape {
    var batch = cost.emptyBatch
    batch.addPrefill(new: 100, cached: 50)
    for context in [30, 200] { batch.addDecode(context: context) }
    return batch
  }

  @Test("every token of the batch is computed in FP32: no padding to captured sizes, four bytes an element")
  func work() throws {
    var cost = try cost("baseline")
    let lines = cost.kernels(of: batch(cost))
    func line(_ name: String) throws -> KernelLine { try #require(lines.first { $0.name == name }) }
    func flops(_ name: String) throws -> Double { try line(name).cost.flops.value }
    func bytes(_ name: String) throws -> Double { try line(name).cost.bytes.value }
    #expect(try line("down_proj").launches == 8)
    #expect(try flops("down_proj") == 133_693_440)  // 2 · 102 · 1280 · 512
    #expect(try bytes("down_proj") == 3_352_576)  // 4 (102 · 1280 + 1280 · 512 + 102 · 512)
    #expect(try bytes("rms_norm") == 835_584)  // 4 · 4 · 102 · 512
    #expect(try bytes("embedding") == 417_792)  // 2 · 4 · 102 · 512
    #expect(try bytes("logits") == 49152)  // 4 · 3 · 4096
    #expect(try flops("prefill_attention") == 20_582_400)  // 4 · 512 (100 · 50 + 5050)
    #expect(try flops("decode_attention") == 471_040)  // 4 · 512 · 230
    #expect(try bytes("kv_cache_write") == 208_896)  // 8 · 102 · 256
  }

  @Test("a model within the cache reads its weights faster than one beyond; more rows never take less time")
  func residency() throws {
    let gemm = try #require(DeviceProfile.testProcessor.gemm32)
    let near = gemm.cost(m: 1, n: 1024, k: 512, workingSet: 4e6).time
    let far = gemm.cost(m: 1, n: 1024, k: 512, workingSet: 400e6).time
    #expect(abs((far - near).value - 2_097_152 * (1 / 100e9 - 1 / 400e9)) < 0.3e-6)
    #expect(gemm.cost(m: 0, n: 8, k: 8, workingSet: 1).time == 0)
    let times = (1...300).map { gemm.cost(m: $0, n: 1024, k: 512, workingSet: 100e6).time }
    #expect(times == times.sorted())
  }

  @Test(
    "prompt tokens that skip half the layers take about half the matrix work; nothing skipped is the baseline"
  )
  func swiftKV() throws {
    var (baseline, none, half) = (try cost("baseline"), try cost("swiftkv-0"), try cost("swiftkv-50"))
    #expect(baseline.kernels(of: batch(baseline)) == none.kernels(of: batch(none)))
    var prompt = half.emptyBatch
    prompt.addPrefill(new: 512, cached: 0)
    let ratio = half.time(of: prompt).total / baseline.time(of: prompt).total
    #expect((0.5...0.65).contains(ratio))
  }

  @Test("16-bit weights, an FP8 cache and several devices are refused, FP32 on a GPU as well")
  func unsupported() throws {
    func problem(_ device: DeviceProfile, _ weights: Precision, _ keyValues: Precision, _ n: Int) -> String? {
      UnsupportedKernels(device: device, weights: weights, keyValues: keyValues, tensorParallelSize: n)?
        .description
    }
    #expect(problem(.testProcessor, .float32, .float32, 1) == nil)
    let all = try #require(problem(.testProcessor, .bfloat16, .fp8, 2))
    #expect(
      all.split(separator: "\n").map(String.init) == [
        "test-cpu is a processor, whose kernels are FP32; found weights in bfloat16, allowed for dtype is float32",
        "test-cpu is a processor, whose kernels are FP32; found a KV cache in fp8, allowed for kv_cache_dtype is auto",
        "test-cpu is a processor; found tensor_parallel_size 2, allowed is 1",
      ])
    #expect(
      problem(try TestDeployment.device(), .float32, .float32, 1)
        == "H100-SXM-80GB has no calibrated kernels in FP32; allowed for dtype are bfloat16, float16")
  }
}
