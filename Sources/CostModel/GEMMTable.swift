import Hardware
import Models

/// Costs of one weight matrix by number of rows, filled on first use. FP8 operands come quantised, see `StepKernels.swift`.
struct GEMMTable: Sendable {
  let n: Int
  let k: Int
  let precision: Precision
  let slowdown: Double
  private var costs: [KernelCost?] = []

  init(n: Int, k: Int, precision: Precision, slowdown: Double) {
    self.n = n
    self.k = k
    self.precision = precision
    self.slowdown = slowdown
  }

  mutating func cost(
    rows: Int, _ gemm16: DeviceProfile.GEMM, _ gemm8: DeviceProfile.QuantizedGEMM?
  ) -> KernelCost {
    if rows < costs.count, let known = costs[rows] { return known }
    let cost: KernelCost
    if precision == .fp8, let gemm8 {
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
