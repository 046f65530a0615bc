import Hardware

/// Costs of one weight matrix by number of rows, filled on first use. FP8 operands come quantised, see `StepKernels.swift`.
struct GEMMTable: Sendable {
  let n: Int
  let k: Int
  let isQuantized: Bool
  let slowdown: Double
  private var costs: [KernelCost?] = []

  init(n: Int, k: Int, isQuantized: Bool, slowdown: Double) {
    self.n = n
    self.k = k
    self.isQuantized = isQuantized
    self.slowdown = slowdown
  }

  /// - Parameter kernels: the device's, asked where the number of rows is new.
  mutating func cost(
    rows: Int, _ kernels: @autoclosure () -> (gemm16: DeviceProfile.GEMM, gemm8: DeviceProfile.QuantizedGEMM?)
  ) -> KernelCost {
    if rows < costs.count, let known = costs[rows] { return known }
    let (gemm16, gemm8) = kernels()
    let cost: KernelCost
    if isQuantized, let gemm8 {
      cost = gemm8.cost(m: rows, n: n, k: k, slowdown: slowdown, quantizes: false)
    } else {
      cost = gemm16.cost(m: rows, n: n, k: k, slowdown: slowdown)
    }
    if rows >= costs.count {
      costs.append(contentsOf: repeatElement(nil, count: max(rows + 1, 2 * costs.count) - costs.count))
    }
    costs[rows] = cost
    return cost
  }
}
