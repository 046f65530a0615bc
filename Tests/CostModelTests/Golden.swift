import Testing

@testable import CostModel

/// Worked examples of the formulas, computed with a separate implementation (Python) from the coefficients of
/// ``Golden/profile()``; relative tolerance 1e-5.
enum Golden {
  struct GEMM: Sendable { let m, n, k: Int; let slowdown, seconds16, seconds8: Double }
  struct Prefill: Sendable {
    let chunks: [(cached: Int, new: Int)]; let heads, keyValueHeads, headDim: Int
    let seconds16, seconds8: Double
  }
  struct Decode: Sendable {
    let batch, context, heads, keyValueHeads, headDim: Int
    /// Keys and values in L2 where they fit, and always from memory.
    let isolated16, serving16, serving8: Double
  }
  struct AllReduce: Sendable { let bytes: Double; let devices: Int; let seconds: Double }
  struct Step: Sendable {
    let model: String
    let tensorParallelSize: Int
    let chunks: [(cached: Int, new: Int)]
    let decodes, context: Int
    let seconds: Double
  }

  static let gemm: [GEMM] = [
    GEMM(m: 1, n: 6144, k: 4096, slowdown: 1, seconds16: 1.969236e-05, seconds8: 1.449135e-05),
    GEMM(m: 64, n: 28672, k: 4096, slowdown: 1, seconds16: 8.289345e-05, seconds8: 5.188122e-05),
    GEMM(m: 128, n: 2560, k: 8192, slowdown: 1, seconds16: 2.061585e-05, seconds8: 2.020464e-05),
    GEMM(m: 257, n: 4096, k: 14336, slowdown: 1, seconds16: 6.107241e-05, seconds8: 6.004043e-05),
    GEMM(m: 512, n: 5120, k: 5120, slowdown: 1, seconds16: 4.019667e-05, seconds8: 4.074186e-05),
    GEMM(m: 2048, n: 28672, k: 4096, slowdown: 1, seconds16: 5.979934e-04, seconds8: 4.052011e-04),
    GEMM(m: 8192, n: 4096, k: 14336, slowdown: 1, seconds16: 1.169966e-03, seconds8: 9.609716e-04),
    GEMM(m: 1, n: 128256, k: 4096, slowdown: 1, seconds16: 3.565163e-04, seconds8: 2.046535e-04),
    GEMM(m: 8, n: 64, k: 51200, slowdown: 1, seconds16: 8.341695e-06, seconds8: 4.018460e-05),
    GEMM(m: 100, n: 100, k: 100, slowdown: 1, seconds16: 2.768438e-06, seconds8: 5.856985e-06),
    GEMM(m: 986, n: 7168, k: 5120, slowdown: 1.13, seconds16: 1.059934e-04, seconds8: 9.540340e-05),
    GEMM(m: 2048, n: 28672, k: 4096, slowdown: 1.13, seconds16: 6.730542e-04, seconds8: 4.520625e-04),
  ]
  static let prefill: [Prefill] = [
    Prefill(
      chunks: [(cached: 0, new: 16)], heads: 16, keyValueHeads: 2, headDim: 128, seconds16: 1.442464e-05,
      seconds8: 1.692058e-05),
    Prefill(
      chunks: [(cached: 0, new: 512)], heads: 32, keyValueHeads: 8, headDim: 128, seconds16: 2.131433e-05,
      seconds8: 2.659001e-05),
    Prefill(
      chunks: [(cached: 0, new: 2048)], heads: 32, keyValueHeads: 8, headDim: 128, seconds16: 9.327535e-05,
      seconds8: 1.097315e-04),
    Prefill(
      chunks: [(cached: 0, new: 8192)], heads: 32, keyValueHeads: 8, headDim: 128, seconds16: 9.065697e-04,
      seconds8: 1.021468e-03),
    Prefill(
      chunks: [(cached: 0, new: 2048)], heads: 32, keyValueHeads: 32, headDim: 128, seconds16: 1.170695e-04,
      seconds8: 1.367151e-04),
    Prefill(
      chunks: [(cached: 576, new: 16)], heads: 32, keyValueHeads: 32, headDim: 128, seconds16: 1.864219e-05,
      seconds8: 1.955472e-05),
    Prefill(
      chunks: [(cached: 6144, new: 2048)], heads: 40, keyValueHeads: 8, headDim: 128, seconds16: 4.752445e-04,
      seconds8: 5.305856e-04),
    Prefill(
      chunks: Array(repeating: (cached: 0, new: 512), count: 8), heads: 32, keyValueHeads: 8, headDim: 128,
      seconds16: 9.836063e-05, seconds8: 1.218832e-04),
    Prefill(
      chunks: [(cached: 0, new: 986), (cached: 960, new: 16), (cached: 100, new: 300)], heads: 40,
      keyValueHeads: 8, headDim: 128, seconds16: 5.186399e-05, seconds8: 6.195861e-05),
    Prefill(
      chunks: [(cached: 0, new: 2048)], heads: 4, keyValueHeads: 1, headDim: 128, seconds16: 3.219713e-05,
      seconds8: 3.741205e-05),
    Prefill(
      chunks: Array(repeating: (cached: 0, new: 1024), count: 4), heads: 32, keyValueHeads: 8, headDim: 64,
      seconds16: 8.960873e-05, seconds8: 1.009133e-04),
    Prefill(
      chunks: [(cached: 2000, new: 64)], heads: 8, keyValueHeads: 1, headDim: 256, seconds16: 2.062876e-05,
      seconds8: 2.712751e-05),
  ]
  static let decode: [Decode] = [
    Decode(
      batch: 1, context: 2048, heads: 32, keyValueHeads: 8, headDim: 128, isolated16: 1.454401e-05,
      serving16: 1.582009e-05, serving8: 1.660924e-05),
    Decode(
      batch: 16, context: 1024, heads: 40, keyValueHeads: 8, headDim: 128, isolated16: 3.259661e-05,
      serving16: 3.259699e-05, serving8: 2.561736e-05),
    Decode(
      batch: 128, context: 2048, heads: 32, keyValueHeads: 8, headDim: 128, isolated16: 3.693816e-04,
      serving16: 3.693816e-04, serving8: 2.038061e-04),
    Decode(
      batch: 83, context: 700, heads: 32, keyValueHeads: 32, headDim: 128, isolated16: 3.322623e-04,
      serving16: 3.322623e-04, serving8: 2.058466e-04),
    Decode(
      batch: 256, context: 1050, heads: 40, keyValueHeads: 8, headDim: 128, isolated16: 3.818933e-04,
      serving16: 3.818933e-04, serving8: 2.255497e-04),
    Decode(
      batch: 1, context: 131072, heads: 8, keyValueHeads: 1, headDim: 128, isolated16: 5.880360e-05,
      serving16: 5.880377e-05, serving8: 6.651501e-05),
    Decode(
      batch: 1024, context: 128, heads: 32, keyValueHeads: 8, headDim: 64, isolated16: 1.825370e-04,
      serving16: 1.825370e-04, serving8: 1.539934e-04),
    Decode(
      batch: 8, context: 4096, heads: 16, keyValueHeads: 4, headDim: 256, isolated16: 5.751992e-05,
      serving16: 5.751992e-05, serving8: 5.959760e-05),
    Decode(
      batch: 4, context: 2, heads: 16, keyValueHeads: 2, headDim: 192, isolated16: 1.219933e-05,
      serving16: 1.219935e-05, serving8: 1.380619e-05),
  ]
  static let allReduce: [AllReduce] = [
    AllReduce(bytes: 16384, devices: 2, seconds: 4.373036e-06),
    AllReduce(bytes: 8388608, devices: 2, seconds: 3.628470e-05),
    AllReduce(bytes: 33554432, devices: 2, seconds: 1.406141e-04),
    AllReduce(bytes: 262144, devices: 4, seconds: 7.482707e-06),
    AllReduce(bytes: 655360, devices: 4, seconds: 1.199458e-05),
    AllReduce(bytes: 33554432, devices: 4, seconds: 1.756700e-04),
    AllReduce(bytes: 131072, devices: 8, seconds: 8.331396e-06),
    AllReduce(bytes: 2097152, devices: 8, seconds: 2.053411e-05),
    AllReduce(bytes: 134217728, devices: 8, seconds: 6.169869e-04),
  ]
  static let elementwise: [(bytes: Double, seconds: Double)] = [
    (0, 2.000000e-06), (65536, 2.022599e-06), (1048576, 2.361578e-06), (16777216, 7.785247e-06),
    (1073741824, 3.722558e-04),
  ]
  static let step: [Step] = [
    Step(model: "L7", tensorParallelSize: 1, chunks: [], decodes: 1, context: 600, seconds: 5.824490e-03),
    Step(model: "L7", tensorParallelSize: 1, chunks: [], decodes: 40, context: 700, seconds: 1.079355e-02),
    Step(
      model: "L7", tensorParallelSize: 1, chunks: [(cached: 576, new: 16)], decodes: 39, context: 700,
      seconds: 1.110896e-02),
    Step(
      model: "L7", tensorParallelSize: 1, chunks: [(cached: 0, new: 592)], decodes: 9, context: 650,
      seconds: 1.640228e-02),
    Step(model: "C34", tensorParallelSize: 2, chunks: [], decodes: 40, context: 700, seconds: 1.478513e-02),
    Step(
      model: "C34", tensorParallelSize: 2, chunks: [(cached: 576, new: 16)], decodes: 39, context: 700,
      seconds: 1.561932e-02),
    Step(
      model: "C34", tensorParallelSize: 2, chunks: [(cached: 0, new: 592)], decodes: 0, context: 0,
      seconds: 4.090599e-02),
    Step(model: "Q14", tensorParallelSize: 1, chunks: [], decodes: 12, context: 1050, seconds: 1.181505e-02),
    Step(
      model: "Q14", tensorParallelSize: 1, chunks: [(cached: 0, new: 986)], decodes: 12, context: 1050,
      seconds: 4.539037e-02),
    Step(
      model: "Q14", tensorParallelSize: 1, chunks: [(cached: 0, new: 4096), (cached: 0, new: 4000)],
      decodes: 0, context: 0, seconds: 3.599562e-01),
  ]
}
