import Testing

@testable import CostModel

/// Worked examples of the calibrated H100 formulas, computed independently of this code; relative tolerance 1e-5.
enum Golden {
  struct GEMM: Sendable { let m, n, k: Int; let slowdown, seconds: Double }
  struct Prefill: Sendable {
    let chunks: [(cached: Int, new: Int)]; let heads, keyValueHeads: Int; let seconds: Double
  }
  struct Decode: Sendable { let batch, context, heads, keyValueHeads: Int; let seconds16, seconds8: Double }
  struct AllReduce: Sendable { let bytes: Double; let devices: Int; let seconds: Double }
  struct Step: Sendable {
    let model: String
    let tensorParallelSize: Int
    let chunks: [(cached: Int, new: Int)]
    let decodes, context: Int
    let seconds: Double
  }

  static let gemm16: [GEMM] = [
    GEMM(m: 1, n: 6144, k: 4096, slowdown: 1, seconds: 2.025163e-05),
    GEMM(m: 8, n: 4096, k: 4096, slowdown: 1, seconds: 1.454478e-05),
    GEMM(m: 64, n: 28672, k: 4096, slowdown: 1, seconds: 8.652027e-05),
    GEMM(m: 128, n: 2560, k: 8192, slowdown: 1, seconds: 2.095532e-05),
    GEMM(m: 257, n: 4096, k: 14336, slowdown: 1, seconds: 6.281334e-05),
    GEMM(m: 512, n: 5120, k: 5120, slowdown: 1, seconds: 3.777796e-05),
    GEMM(m: 986, n: 7168, k: 5120, slowdown: 1, seconds: 9.243428e-05),
    GEMM(m: 2048, n: 28672, k: 4096, slowdown: 1, seconds: 6.053817e-04),
    GEMM(m: 8192, n: 4096, k: 14336, slowdown: 1, seconds: 1.182187e-03),
    GEMM(m: 1, n: 128256, k: 4096, slowdown: 1, seconds: 3.716369e-04),
    GEMM(m: 64, n: 28672, k: 4096, slowdown: 1.13, seconds: 8.653123e-05),
    GEMM(m: 986, n: 7168, k: 5120, slowdown: 1.13, seconds: 1.025467e-04),
    GEMM(m: 2048, n: 28672, k: 4096, slowdown: 1.13, seconds: 6.737174e-04),
  ]
  static let gemm8: [GEMM] = [
    GEMM(m: 1, n: 6144, k: 4096, slowdown: 1, seconds: 1.484840e-05),
    GEMM(m: 8, n: 4096, k: 4096, slowdown: 1, seconds: 1.195465e-05),
    GEMM(m: 17, n: 4096, k: 4096, slowdown: 1, seconds: 1.245214e-05),
    GEMM(m: 64, n: 28672, k: 4096, slowdown: 1, seconds: 5.221956e-05),
    GEMM(m: 128, n: 2560, k: 8192, slowdown: 1, seconds: 2.134860e-05),
    GEMM(m: 257, n: 4096, k: 14336, slowdown: 1, seconds: 6.033624e-05),
    GEMM(m: 512, n: 5120, k: 5120, slowdown: 1, seconds: 4.023293e-05),
    GEMM(m: 2048, n: 28672, k: 4096, slowdown: 1, seconds: 4.000803e-04),
    GEMM(m: 8192, n: 4096, k: 14336, slowdown: 1, seconds: 1.021493e-03),
    GEMM(m: 1, n: 128256, k: 4096, slowdown: 1, seconds: 2.018435e-04),
  ]
  static let prefill16: [Prefill] = [
    Prefill(chunks: [(cached: 0, new: 16)], heads: 16, keyValueHeads: 2, seconds: 1.303043e-05),
    Prefill(chunks: [(cached: 0, new: 128)], heads: 32, keyValueHeads: 8, seconds: 1.503540e-05),
    Prefill(chunks: [(cached: 0, new: 512)], heads: 32, keyValueHeads: 8, seconds: 2.362340e-05),
    Prefill(chunks: [(cached: 0, new: 2048)], heads: 32, keyValueHeads: 8, seconds: 9.943101e-05),
    Prefill(chunks: [(cached: 0, new: 8192)], heads: 32, keyValueHeads: 8, seconds: 9.182738e-04),
    Prefill(chunks: [(cached: 0, new: 2048)], heads: 32, keyValueHeads: 32, seconds: 1.239115e-04),
    Prefill(chunks: [(cached: 576, new: 16)], heads: 32, keyValueHeads: 32, seconds: 2.512650e-05),
    Prefill(chunks: [(cached: 6144, new: 2048)], heads: 40, keyValueHeads: 8, seconds: 5.135216e-04),
    Prefill(
      chunks: Array(repeating: (cached: 0, new: 512), count: 8), heads: 32, keyValueHeads: 8,
      seconds: 1.016911e-04),
    Prefill(
      chunks: [(cached: 0, new: 986), (cached: 960, new: 16), (cached: 100, new: 300)], heads: 40,
      keyValueHeads: 8, seconds: 5.984008e-05),
  ]
  static let prefill8: [Prefill] = [
    Prefill(chunks: [(cached: 0, new: 16)], heads: 16, keyValueHeads: 2, seconds: 1.494968e-05),
    Prefill(chunks: [(cached: 0, new: 128)], heads: 32, keyValueHeads: 8, seconds: 1.802799e-05),
    Prefill(chunks: [(cached: 0, new: 512)], heads: 32, keyValueHeads: 8, seconds: 3.026209e-05),
    Prefill(chunks: [(cached: 0, new: 2048)], heads: 32, keyValueHeads: 8, seconds: 1.231812e-04),
    Prefill(chunks: [(cached: 0, new: 8192)], heads: 32, keyValueHeads: 8, seconds: 1.042298e-03),
  ]
  static let decode: [Decode] = [
    Decode(
      batch: 1, context: 128, heads: 32, keyValueHeads: 8, seconds16: 1.290230e-05, seconds8: 1.439173e-05),
    Decode(
      batch: 1, context: 2048, heads: 32, keyValueHeads: 8, seconds16: 1.509841e-05, seconds8: 1.759304e-05),
    Decode(
      batch: 16, context: 1024, heads: 40, keyValueHeads: 8, seconds16: 3.362811e-05, seconds8: 2.746272e-05),
    Decode(
      batch: 32, context: 2048, heads: 32, keyValueHeads: 8, seconds16: 1.007009e-04, seconds8: 6.598296e-05),
    Decode(
      batch: 83, context: 700, heads: 32, keyValueHeads: 32, seconds16: 3.446132e-04, seconds8: 2.577468e-04),
    Decode(
      batch: 128, context: 2048, heads: 32, keyValueHeads: 8, seconds16: 3.732118e-04, seconds8: 2.301568e-04),
    Decode(
      batch: 40, context: 700, heads: 32, keyValueHeads: 4, seconds16: 3.003370e-05, seconds8: 2.615384e-05),
    Decode(
      batch: 256, context: 1050, heads: 40, keyValueHeads: 8, seconds16: 3.908345e-04, seconds8: 2.668847e-04),
    Decode(
      batch: 512, context: 128, heads: 64, keyValueHeads: 8, seconds16: 1.383712e-04, seconds8: 1.868249e-04),
    Decode(
      batch: 1, context: 131072, heads: 8, keyValueHeads: 1, seconds16: 3.837994e-05, seconds8: 3.137975e-05),
  ]
  static let allReduce: [AllReduce] = [
    AllReduce(bytes: 16384, devices: 2, seconds: 4.369391e-06),
    AllReduce(bytes: 1048576, devices: 2, seconds: 8.347930e-06),
    AllReduce(bytes: 8388608, devices: 2, seconds: 3.663976e-05),
    AllReduce(bytes: 33554432, devices: 2, seconds: 1.363432e-04),
    AllReduce(bytes: 16384, devices: 4, seconds: 4.668134e-06),
    AllReduce(bytes: 262144, devices: 4, seconds: 7.509947e-06),
    AllReduce(bytes: 655360, devices: 4, seconds: 1.200999e-05),
    AllReduce(bytes: 33554432, devices: 4, seconds: 1.782671e-04),
    AllReduce(bytes: 131072, devices: 8, seconds: 8.360039e-06),
    AllReduce(bytes: 2097152, devices: 8, seconds: 2.089657e-05),
    AllReduce(bytes: 134217728, devices: 8, seconds: 5.534723e-04),
  ]
  static let elementwise: [(bytes: Double, seconds: Double)] = [
    (0, 2.000000e-06),
    (65536, 2.022599e-06),
    (1048576, 2.361578e-06),
    (8388608, 4.892623e-06),
    (16777216, 7.785247e-06),
    (67108864, 2.514099e-05),
    (134217728, 4.828198e-05),
    (268435456, 9.456395e-05),
    (536870912, 1.871279e-04),
    (1073741824, 3.722558e-04),
  ]
  static let step: [Step] = [
    Step(model: "L7", tensorParallelSize: 1, chunks: [], decodes: 1, context: 600, seconds: 5.866097e-03),
    Step(model: "L7", tensorParallelSize: 1, chunks: [], decodes: 40, context: 700, seconds: 1.109577e-02),
    Step(
      model: "L7", tensorParallelSize: 1, chunks: [(cached: 576, new: 16)], decodes: 39, context: 700,
      seconds: 1.153957e-02),
    Step(
      model: "L7", tensorParallelSize: 1, chunks: [(cached: 0, new: 592)], decodes: 9, context: 650,
      seconds: 1.576908e-02),
    Step(model: "C34", tensorParallelSize: 2, chunks: [], decodes: 40, context: 700, seconds: 1.525300e-02),
    Step(
      model: "C34", tensorParallelSize: 2, chunks: [(cached: 576, new: 16)], decodes: 39, context: 700,
      seconds: 1.580400e-02),
    Step(
      model: "C34", tensorParallelSize: 2, chunks: [(cached: 0, new: 592)], decodes: 0, context: 0,
      seconds: 3.886952e-02),
    Step(model: "Q14", tensorParallelSize: 1, chunks: [], decodes: 12, context: 1050, seconds: 1.204901e-02),
    Step(
      model: "Q14", tensorParallelSize: 1, chunks: [(cached: 0, new: 986)], decodes: 12, context: 1050,
      seconds: 4.421580e-02),
    Step(
      model: "Q14", tensorParallelSize: 1, chunks: [(cached: 0, new: 4096), (cached: 0, new: 4000)],
      decodes: 0, context: 0, seconds: 3.649820e-01),
  ]
}
