import CostModel
import Hardware
import Models
import Testing

@Suite("a device without FP8") struct UnsupportedKernelsTests {
  @Test("names device and what is allowed, all at once")
  func problems() throws {
    var device = try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
    #expect(UnsupportedKernels(device: device, weights: .fp8, keyValues: .fp8, tensorParallelSize: 1) == nil)
    device.gemm8 = nil
    device.decode8 = nil
    device.spec.name = "A100"
    #expect(
      UnsupportedKernels(device: device, weights: .bfloat16, keyValues: .float16, tensorParallelSize: 1)
        == nil)
    let both = try #require(
      UnsupportedKernels(device: device, weights: .fp8, keyValues: .fp8, tensorParallelSize: 1))
    #expect(
      both.description
        == "A100 has no calibrated FP8 GEMM; allowed are 16-bit weights (no quantization, no FP8 checkpoint)\n"
        + "A100 has no calibrated attention over an FP8 KV cache; allowed for kv_cache_dtype are auto, bfloat16, float16"
    )
  }
}
