/// The shapes that are measured: general sizes around those of small models, no model's own list.
enum KernelGrid {
  /// What a step reads: well inside of a last-level cache, about as much as one holds, and far more.
  private static let workingSets = [4, 16, 24, 32, 44, 64, 160].map { $0 << 20 }
  /// Outputs and inputs of a matrix.
  private static let matrices = [
    (128, 128), (256, 128), (768, 128), (128, 384), (2048, 128), (384, 256), (1536, 256), (256, 768),
    (768, 512), (512, 512), (2560, 512), (512, 1280), (4096, 512), (1024, 640), (640, 640), (640, 1408),
    (4096, 256), (1024, 1024),
  ]
  private static let rows = [
    1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128, 160, 256, 384, 512,
  ]
  /// Query heads, KV heads, head size.
  private static let heads = [(4, 2, 32), (8, 2, 32), (8, 2, 64), (10, 2, 64), (8, 8, 64), (16, 4, 64)]

  /// In an order that visits the same matrix in a row, since laying out its weights takes longer than timing it.
  static var points: [KernelPoint] {
    gemm + prefill + decode + elementwise + vendor
  }

  private static var gemm: [KernelPoint] {
    var points: [KernelPoint] = []
    for (i, (n, k)) in matrices.enumerated() {
      // Every matrix in a large model, and every third one in each of the smaller ones; numbers of rows in turn.
      let last = workingSets.count - 1
      for (j, bytes) in workingSets.enumerated() where j == last || (i + j) % 3 == 0 {
        for (r, m) in rows.enumerated() where (r + i + j) % (j == last ? 2 : 4) == 0 {
          points.append(KernelPoint(work: .gemm(m: m, n: n, k: k, workingSet: max(bytes, 4 * n * k))))
        }
      }
    }
    return points
  }

  private static var vendor: [KernelPoint] {
    [(512, 512), (2560, 512), (512, 1280), (1024, 1024)].flatMap { n, k in
      [1, 4, 16, 64, 256, 512].map {
        KernelPoint(work: .vendorGEMM(m: $0, n: n, k: k, workingSet: 160 << 20))
      }
    }
  }

  private static var prefill: [KernelPoint] {
    var points: [KernelPoint] = []
    for (i, (heads, keyValueHeads, headDim)) in heads.enumerated() {
      for (j, new) in [2, 5, 16, 40, 96, 200, 384, 512].enumerated() {
        for (l, cached) in [0, 48, 256, 1000].enumerated() where (i + j + l) % 3 == 0 {
          let batch = new < 200 ? 1 + (i + j + l) / 3 % 3 : 1
          points.append(
            KernelPoint(
              work: .prefill(
                batch: batch, new: new, cached: cached, heads: heads, keyValueHeads: keyValueHeads,
                headDim: headDim)))
        }
      }
    }
    return points
  }

  private static var decode: [KernelPoint] {
    var points: [KernelPoint] = []
    for (i, (heads, keyValueHeads, headDim)) in heads.enumerated() {
      for (j, batch) in [1, 2, 3, 5, 8, 13, 24, 48].enumerated() {
        for (l, context) in [20, 75, 200, 450, 1000, 2000].enumerated() where (i + j + l) % 3 == 0 {
          // In memory, and every other one in a cache as well, if it fits.
          let bytes = 8 * batch * (context + 16) * keyValueHeads * headDim
          let smaller = [4, 16, 32, 48][(i + j) % 4] << 20
          for workingSet in [192 << 20] + (bytes < smaller && j % 2 == 0 ? [smaller] : []) {
            points.append(
              KernelPoint(
                work: .decode(
                  batch: batch, context: context, heads: heads, keyValueHeads: keyValueHeads,
                  headDim: headDim, workingSet: max(workingSet, bytes))))
          }
        }
      }
    }
    return points
  }

  private static var elementwise: [KernelPoint] {
    var points: [KernelPoint] = []
    for kernel in KernelPoint.ElementwiseKernel.allCases {
      let widths =
        kernel == .argmax ? [2048, 4096] : kernel == .keyValueWrite ? [64, 128] : [128, 512, 1280]
      for width in widths {
        for rows in [1, 3, 8, 20, 48, 100, 256, 512] {
          points.append(KernelPoint(work: .elementwise(kernel, rows: rows, width: width)))
        }
      }
    }
    return points
  }
}
