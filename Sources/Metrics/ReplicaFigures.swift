import Quantities

/// The share that one replica had in a run of several: whether the router kept them evenly busy. Of the whole run, whatever the
/// measurement window.
public struct ReplicaFigures: Hashable, Sendable, Codable {
  /// The short name of the variant that it runs.
  public var variant: String
  /// Requests that finished on it.
  public var completed: Int
  /// Tokens that it generated, those of unfinished requests included.
  public var generatedTokens: Int
  public var steps: Int
  public var preemptions: Int
  /// Shares of its own usable KV blocks, in 0 ... 1. The mean is over the length of the run, the peak over its steps.
  public var meanKVUsage: Double
  public var peakKVUsage: Double
  /// Its GPU time ÷ length of the run up to the last token or step of any replica.
  public var gpuBusyShare: Double
  /// Share of looked-up prompt tokens that its prefix cache held; nil if nothing was looked up.
  public var prefixHitRate: Double?

  public init(
    variant: String, completed: Int, generatedTokens: Int, steps: Int, preemptions: Int, meanKVUsage: Double,
    peakKVUsage: Double, gpuBusyShare: Double, prefixHitRate: Double?
  ) {
    self.variant = variant
    self.completed = completed
    self.generatedTokens = generatedTokens
    self.steps = steps
    self.preemptions = preemptions
    self.meanKVUsage = meanKVUsage
    self.peakKVUsage = peakKVUsage
    self.gpuBusyShare = gpuBusyShare
    self.prefixHitRate = prefixHitRate
  }

  /// - Parameters:
  ///   - blockSeconds: Σ of KV blocks in use × seconds.
  ///   - length: of the run in seconds.
  init(
    _ totals: ReplicaTotals, completed: Int, generatedTokens: Int, preemptions: Int, peakBlocks: Int,
    blockSeconds: Double, length: Double
  ) {
    let blocks = Double(max(1, totals.totalBlocks))
    self.init(
      variant: totals.variant, completed: completed, generatedTokens: generatedTokens, steps: totals.steps,
      preemptions: preemptions, meanKVUsage: length > 0 ? blockSeconds / length / blocks : 0,
      peakKVUsage: Double(peakBlocks) / blocks, gpuBusyShare: length > 0 ? totals.busy.value / length : 0,
      prefixHitRate: totals.prefixQueryTokens == 0
        ? nil : Double(totals.prefixHitTokens) / Double(totals.prefixQueryTokens))
  }

  /// Of every replica of a run; empty if there is only one.
  static func of(_ record: RunRecord) -> [ReplicaFigures] {
    guard !record.totals.replicas.isEmpty else { return [] }
    let length = record.length
    var completed = Array(repeating: 0, count: record.totals.replicas.count)
    var generated = completed
    for request in record.requests {
      if request.outcome == .finished { completed[request.replica] += 1 }
      generated[request.replica] += request.generatedTokens
    }
    return zip(record.totals.replicas, record.replicaSteps).enumerated().map { i, replica in
      let steps = record.steps[replica.1]
      var blockSeconds = CompensatedSum()
      for (step, next) in zip(steps, steps.dropFirst().map(\.start) + [.infinity]) {
        blockSeconds.add(max(0, (min(step.end, next) - step.start).value) * Double(step.usedBlocks))
      }
      return ReplicaFigures(
        replica.0, completed: completed[i], generatedTokens: generated[i],
        preemptions: steps.reduce(0) { $0 + $1.preemptions }, peakBlocks: steps.map(\.usedBlocks).max() ?? 0,
        blockSeconds: blockSeconds.value, length: length)
    }
  }
}

extension RunRecord {
  /// Seconds up to the last token or step.
  var length: Double {
    max(
      steps.lazy.map(\.end.value).max() ?? 0, requests.lazy.compactMap { $0.finished?.value }.max() ?? 0)
  }
}
