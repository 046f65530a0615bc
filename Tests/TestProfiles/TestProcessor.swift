package import Hardware
import Quantities

extension DeviceProfile {
  /// A processor for tests, with simple rates: 1 TFLOP/s, 100 GB/s, nothing of the host.
  package static let testProcessor: DeviceProfile = {
    var device = DeviceProfile(
      spec: DeviceSpec(
        name: "test-cpu", architecture: .cpu, bf16: 0, fp8: nil, fp32: 1e12, visibleMemory: 24e9,
        memoryBandwidth: 100e9, linkBandwidth: 0, streamingMultiprocessors: 2, l2Cache: 32e6))
    var gemm = DeviceProfile.ProcessorGEMM()
    (gemm.launch, gemm.rate, gemm.memoryBandwidth, gemm.cacheBandwidth) = (1e-6, 1e12, 100e9, 400e9)
    (gemm.cacheSize, gemm.activationBandwidth, gemm.joint) = (32e6, 400e9, 20)
    var prefill = DeviceProfile.ProcessorPrefill()
    (prefill.launch, prefill.rate, prefill.perQuery, prefill.perPair) = (1e-6, 1e12, 1e-9, 1e-10)
    var decode = DeviceProfile.ProcessorDecode()
    (decode.launch, decode.rate, decode.perQuery, decode.perPage) = (1e-6, 1e12, 1e-9, 1e-9)
    (decode.perMissedPage, decode.bandwidth, decode.cacheSize, decode.joint) = (1e-9, 100e9, 32e6, 20)
    var elementwise = DeviceProfile.ProcessorElementwise()
    (elementwise.launch, elementwise.bandwidth, elementwise.exponentialBandwidth) = (1e-7, 200e9, 100e9)
    (elementwise.scatterBandwidth, elementwise.scanBandwidth) = (50e9, 100e9)
    (device.gemm32, device.prefill32, device.decode32, device.elementwise32) =
      (gemm, prefill, decode, elementwise)
    return device
  }()
}
