import Metrics
import Serving

extension LoadPoint {
  /// Statistics of every latency, those of an objective aside.
  static let usualStatistics: [Objective.Statistic] = [
    .mean, .percentile(50), .percentile(90), .percentile(99),
  ]

  /// From runs with all latencies.
  init(
    _ samples: [LoadSample], of deployment: Deployment, load: Double, unit: LoadUnit,
    objective: CapacityObjective, level: Double
  ) {
    func ratio(_ part: (LoadSample) -> Double, _ whole: (LoadSample) -> Double) -> EstimatedFigure {
      Jackknife.estimate(count: samples.count, level: level) { left in
        var (sum, total) = (0.0, 0.0)
        for (i, sample) in samples.enumerated() where i != left {
          sum += part(sample)
          total += whole(sample)
        }
        return total > 0 ? sum / total : 0
      }
    }
    func mean(_ figure: (LoadSample) -> Double) -> EstimatedFigure { ratio(figure) { _ in 1 } }
    let latencies = LatencyMetric.allCases.flatMap { metric in
      let asked = objective.limits.filter { $0.metric == metric }.map(\.statistic)
      return (Self.usualStatistics + asked.filter { !Self.usualStatistics.contains($0) }).map { statistic in
        let parts = samples.map { $0.latencies[metric] ?? Distribution([Double]()) }
        return Latency(
          metric: metric, statistic: statistic,
          estimate: Jackknife.estimate(count: samples.count, level: level) { left in
            PooledDistribution(parts, leavingOut: left).value(statistic)
          })
      }
    }
    let completed = samples.reduce(0) { $0 + $1.completed }
    let sent = samples.reduce(0) { $0 + $1.sent }
    self.init(
      unit: unit, load: load, replications: samples.count,
      requests: samples.reduce(0) { $0 + $1.requests }, offeredRate: ratio({ Double($0.sent) }, \.time),
      completedRate: ratio({ Double($0.completed) }, \.time), latencies: latencies,
      outputThroughput: ratio({ Double($0.outputTokens) }, \.time),
      totalThroughput: ratio({ Double($0.totalTokens) }, \.time),
      goodShare: objective.goodputLimits.isEmpty ? nil : ratio({ Double($0.good) }, { Double($0.measured) }),
      meanRunning: mean(\.meanRunning), meanInSystem: mean(\.meanInSystem), meanKVUsage: mean(\.meanKVUsage),
      peakKVUsage: mean(\.peakKVUsage), preemptions: mean { Double($0.preemptions) },
      gpuBusyShare: mean(\.gpuBusyShare),
      isSaturated: unit == .requestRate
        && Double(completed) < CapacityObjective.completedShare * Double(sent),
      use: GPUUse(deployment, samples.map(\.work)))
  }
}
