import Quantities

/// Published traffic by name, from quantiles of the traces: no trace file is needed. Tables and what they do not reproduce:
/// `docs/workloads.md`.
extension WorkloadSpec {
  public static let presetNames = ["azure-conv", "azure-code", "mooncake-conv"]

  /// - Returns: nil if there is no preset of this name.
  public static func preset(_ name: String) -> WorkloadSpec? {
    switch name {
    case "azure-conv": azureConversation
    case "azure-code": azureCode
    case "mooncake-conv": mooncakeConversation
    default: nil
    }
  }

  /// Azure LLM inference trace 2023, conversations (Splitwise, ISCA 2024; CC-BY-4.0): 19,366 requests in an hour, nearly
  /// Poisson (coefficient of variation of the gaps 1.094).
  private static var azureConversation: WorkloadSpec {
    WorkloadSpec(
      numRequests: 2000, arrivals: .open(rate: 5.53, burstiness: 1 / (1.094 * 1.094)),
      promptTokens: lengths([2, 29, 181, 207, 396, 1020, 1189, 2734.5, 4083, 4142, 14050]),
      outputTokens: lengths([7, 16, 41, 54, 85, 129, 395, 424, 451, 601, 1000]))
  }

  /// Azure LLM inference trace 2023, code (same source and licence): 8,819 requests in an hour, bursts separated by silence.
  /// The gaps have a coefficient of variation of 13.15; the table keeps 12.7 of it.
  private static var azureCode: WorkloadSpec {
    let gaps: [(Double, Double)] = [
      (0, 0.00001), (1, 0.00002), (2, 0.00004), (5, 0.00009), (10, 0.00021), (20, 0.00118), (25, 0.00208),
      (30, 0.00329), (40, 0.0151), (50, 0.0638), (60, 0.09499), (70, 0.10013), (75, 0.104), (80, 0.16007),
      (85, 0.19883), (90, 0.27286), (92.5, 0.30223), (95, 0.40078), (96, 0.4892), (97, 0.59744),
      (98, 0.79875),
      (98.5, 1.09862), (99, 2.20507), (99.25, 3.48944), (99.5, 9.97833), (99.75, 38.42468), (99.8, 41.40603),
      (99.9, 79.2325), (99.95, 132.47442), (99.98, 169.61852), (100, 217.16895),
    ]
    return WorkloadSpec(
      numRequests: 2000, arrivals: .gapQuantiles(table(gaps), rate: 2.567),
      promptTokens: lengths([3, 17, 75, 147, 578, 1469, 2744.5, 5187.6, 7303.3, 7436, 7437]),
      outputTokens: lengths([6, 6, 6, 7, 9, 13, 24, 55, 90, 251.5, 1899]))
  }

  /// Mooncake conversation trace (FAST'25; Apache-2.0): 12,031 requests in an hour with long prompts. Its stamps are 3 s
  /// apart and the counts between them vary as a Poisson process's do, so that is what is used. Prefix reuse is left out.
  private static var mooncakeConversation: WorkloadSpec {
    WorkloadSpec(
      numRequests: 2000, arrivals: .open(rate: 3.401, burstiness: 1),
      promptTokens: lengths([891, 894, 901, 964, 2306.5, 6909, 15367, 27367, 39550.5, 85400.4, 126_195]),
      outputTokens: lengths([1, 3, 10, 24, 156.5, 350, 472, 597, 698, 1118.5, 2000]))
  }

  /// Values at the 0, 1, 5, 10, 25, 50, 75, 90, 95, 99 and 100 % points.
  private static func lengths(_ values: [Double]) -> LengthSpec {
    LengthSpec(.quantiles(table(Array(zip([0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 100], values)))))
  }

  private static func table(_ points: [(Double, Double)]) -> QuantileTable {
    QuantileTable(points: points.map { .init(percent: $0.0, value: $0.1) })
  }
}
