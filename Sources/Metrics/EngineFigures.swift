import Quantities

/// What the engine looked like over the measured time: batch sizes, memory, preemptions.
///
/// Time averages are over the measured time, idle time counted as 0. A step's batch and blocks count from its start to its
/// end, or to the next step's start if that is earlier.
public struct EngineFigures: Hashable, Sendable {
  /// Steps that began in the measured time.
  public var steps: Int
  /// Shares of the usable KV blocks, in 0 ... 1. The mean is over time and all blocks of all replicas, the peak over steps: of several
  /// replicas that of the fullest, of its own blocks.
  public var meanKVUsage: Double
  public var peakKVUsage: Double
  /// Requests on all replicas, averaged over time.
  public var meanRunning: Double
  public var meanWaiting: Double
  /// Prefill and decode tokens of a step, averaged over steps.
  public var meanBatchTokens: Double
  /// Preemptions decided while composing the counted steps.
  public var preemptions: Int
  /// Requests between sending and last token, averaged over the summary's duration: Little's L. Counts every request
  /// that ran, warm-up, drain and other stages included; rejected ones never enter.
  public var meanInSystem: Double
  /// Share of looked-up prompt tokens that the prefix cache held, over the whole run; nil if nothing was looked up.
  public var prefixHitRate: Double?
  /// GPU time ÷ elapsed time, averaged over the replicas, both over the whole run up to the last token or step, whatever the window.
  public var gpuBusyShare: Double

  /// From figures that are known already.
  public init(
    steps: Int, meanKVUsage: Double, peakKVUsage: Double, meanRunning: Double, meanWaiting: Double,
    meanBatchTokens: Double, preemptions: Int, meanInSystem: Double, prefixHitRate: Double?,
    gpuBusyShare: Double
  ) {
    self.steps = steps
    self.meanKVUsage = meanKVUsage
    self.peakKVUsage = peakKVUsage
    self.meanRunning = meanRunning
    self.meanWaiting = meanWaiting
    self.meanBatchTokens = meanBatchTokens
    self.preemptions = preemptions
    self.meanInSystem = meanInSystem
    self.prefixHitRate = prefixHitRate
    self.gpuBusyShare = gpuBusyShare
  }
}

extension EngineFigures {
  /// - Parameters:
  ///   - start, end: the summary's time.
  ///   - untilLastStep: whether steps after `end` count too (for a whole run, whose unfinished requests outlive `end`).
  init(record: RunRecord, start: Seconds, end: Seconds, untilLastStep: Bool) {
    let lastStep = record.steps.map(\.end).max() ?? .zero
    let close = untilLastStep ? max(end, lastStep) : end
    let blocks = Double(max(1, record.totals.totalBlocks))
    var (kv, running, waiting, tokens) = (CompensatedSum(), CompensatedSum(), CompensatedSum(), 0)
    steps = 0
    preemptions = 0
    peakKVUsage = 0
    for (replica, positions) in record.replicaSteps.enumerated() {
      var peakBlocks = 0
      for i in positions {
        let step = record.steps[i]
        let next = i + 1 < positions.upperBound ? record.steps[i + 1].start : .infinity
        let span = (min(step.end, next, close) - max(step.start, start)).value
        if span > 0 {
          kv.add(span * Double(step.usedBlocks))
          running.add(span * Double(step.running))
          waiting.add(span * Double(step.waiting))
        }
        guard step.start >= start, step.start <= close else { continue }
        steps += 1
        tokens += step.prefillTokens + step.decodeTokens
        preemptions += step.preemptions
        peakBlocks = max(peakBlocks, step.usedBlocks)
      }
      let own =
        record.totals.replicas.isEmpty ? blocks : Double(max(1, record.totals.replicas[replica].totalBlocks))
      peakKVUsage = max(peakKVUsage, Double(peakBlocks) / own)
    }
    let elapsed = (close - start).value
    func overTime(_ sum: CompensatedSum) -> Double { elapsed > 0 ? sum.value / elapsed : 0 }
    meanKVUsage = overTime(kv) / blocks
    meanRunning = overTime(running)
    meanWaiting = overTime(waiting)
    meanBatchTokens = steps == 0 ? 0 : Double(tokens) / Double(steps)

    var presence = CompensatedSum()
    for request in record.requests {
      if case .rejected = request.outcome { continue }
      presence.add(max(0, (min(request.finished ?? .infinity, end) - max(request.sent, start)).value))
    }
    meanInSystem = end > start ? presence.value / (end - start).value : 0

    prefixHitRate = record.totals.prefixHitRate
    let runLength = max(lastStep, record.requests.compactMap(\.finished).max() ?? .zero)
    gpuBusyShare = record.totals.gpuBusyShare(of: runLength.value)
  }
}

extension EngineFigures {
  /// The means over several runs, counts rounded to whole ones; the prefix hit rate over those that have one.
  ///
  /// - Parameter runs: at least one.
  public init(meanOf runs: [EngineFigures]) {
    func mean(_ figure: (EngineFigures) -> Double) -> Double {
      runs.map(figure).reduce(0, +) / Double(runs.count)
    }
    let hitRates = runs.compactMap(\.prefixHitRate)
    self.init(
      steps: Int(mean { Double($0.steps) }.rounded()), meanKVUsage: mean(\.meanKVUsage),
      peakKVUsage: mean(\.peakKVUsage), meanRunning: mean(\.meanRunning), meanWaiting: mean(\.meanWaiting),
      meanBatchTokens: mean(\.meanBatchTokens), preemptions: Int(mean { Double($0.preemptions) }.rounded()),
      meanInSystem: mean(\.meanInSystem),
      prefixHitRate: hitRates.isEmpty ? nil : hitRates.reduce(0, +) / Double(hitRates.count),
      gpuBusyShare: mean(\.gpuBusyShare))
  }
}

extension TTFTAttribution {
  /// The means over several runs, part by part.
  ///
  /// - Parameter runs: at least one.
  public init(meanOf runs: [TTFTAttribution]) {
    var sum = AttributionSum()
    for run in runs { sum.add(run) }
    self = sum.mean ?? TTFTAttribution(frontEnd: 0, queue: 0, ownPrefill: 0, preemption: 0, interference: 0)
  }
}
