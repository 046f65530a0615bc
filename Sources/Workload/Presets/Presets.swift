import Quantities

extension WorkloadSpec {
  /// Requests of a preset unless another number is set.
  static let presetRequests = 2000

  /// The names that ``preset(_:)`` knows.
  public static let presetNames = ["azure-conv", "azure-code", "mooncake-conv"]

  /// A published trace's traffic as distributions: lengths and gaps are drawn independently from its quantiles, so that any
  /// number of requests and any rate can be had without the trace. `docs/workloads.md` says what that keeps and loses.
  ///
  /// - Returns: nil for a name that is not among ``presetNames``.
  public static func preset(_ name: String) -> WorkloadSpec? {
    switch name {
    case "azure-conv": azureConversation
    case "azure-code": azureCode
    case "mooncake-conv": mooncakeConversation
    default: nil
    }
  }

  /// Microsoft Azure, chat, 16 November 2023 (CC-BY-4.0): 19,366 requests in 3501.7 s, 5.53 a second; gaps have a
  /// coefficient of variation of 1.094, hence a gamma shape of 1/1.094² = 0.835.
  private static let azureConversation = WorkloadSpec(
    numRequests: presetRequests, arrivals: .open(rate: 5.53, burstiness: 0.835),
    promptTokens: LengthSpec(.quantiles(.azureConversationPrompt)),
    outputTokens: LengthSpec(.quantiles(.azureConversationOutput)))

  /// Microsoft Azure, code completion, 16 November 2023 (CC-BY-4.0): 8,819 requests in 3435.9 s, 2.566 a second, in bursts
  /// with silence between them.
  private static let azureCode = WorkloadSpec(
    numRequests: presetRequests, arrivals: .gapQuantiles(.azureCodeGaps, rate: 2.566),
    promptTokens: LengthSpec(.quantiles(.azureCodePrompt)),
    outputTokens: LengthSpec(.quantiles(.azureCodeOutput)))

  /// Mooncake, chat with long contexts (FAST 2025 release, Apache-2.0): 12,031 requests in 3537 s, 3.4 a second. The trace's
  /// clock ticks every 3 s, so its gaps say nothing about seconds; the number of requests in a tick has a variance of
  /// 1.10 times its mean (0.93 between neighbouring ticks, which leaves slow drift out): Poisson.
  private static let mooncakeConversation = WorkloadSpec(
    numRequests: presetRequests, arrivals: .open(rate: 3.4, burstiness: 1),
    promptTokens: LengthSpec(.quantiles(.mooncakeConversationInput)),
    outputTokens: LengthSpec(.quantiles(.mooncakeConversationOutput)))
}

extension QuantileTable {
  /// From pairs of percent and value.
  init(_ points: [(Double, Double)]) {
    self.init(points: points.map { Point(percent: $0.0, value: $0.1) })
  }
}
