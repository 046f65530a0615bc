import Experiments
import Foundation
import Metrics
import Quantities

/// How far a load is from breaking an objective: 0 at its edge, positive beyond.
struct ObjectiveScore: Sendable {
  var objective: CapacityObjective
  var unit: LoadUnit
  /// Factor on latencies of a metric, for the model's error; 1 if there is none.
  var latencyFactors: [LatencyMetric: Double] = [:]

  /// Beyond this a score says no more.
  private static let most = 20.0

  /// Latencies that are looked at.
  var metrics: Set<LatencyMetric> { Set(objective.limits.map(\.metric)) }

  /// The largest part.
  func value(_ samples: ArraySlice<LoadSample>, leavingOut: Int?) -> Double {
    parts(samples, leavingOut: leavingOut).map(\.score).max() ?? -Self.most
  }

  /// Each part of the objective with its score: logarithm of measured ÷ allowed.
  func parts(
    _ samples: ArraySlice<LoadSample>, leavingOut: Int?
  ) -> [(limit: VariantCapacity.BindingLimit, score: Double)] {
    var parts: [(VariantCapacity.BindingLimit, Double)] = objective.limits.map { limit in
      let pooled = PooledDistribution(
        samples.map { $0.latencies[limit.metric] ?? Distribution([Double]()) }, leavingOut: leavingOut)
      let factor = latencyFactors[limit.metric] ?? 1
      // Without a completed request no limit is kept; without a second token there is no time for one.
      let isMissing = pooled.count == 0 && (limit.metric == .ttft || limit.metric == .e2e)
      let measured = isMissing ? Double.infinity : pooled.value(limit.statistic) * factor
      return (.latency(limit), Self.bounded(log(measured / limit.limit.value)))
    }
    let kept = samples.enumerated().filter { $0.offset != leavingOut }.map(\.element)
    if !objective.goodputLimits.isEmpty {
      let share = Self.ratio(kept.reduce(0) { $0 + $1.good }, kept.reduce(0) { $0 + $1.measured })
      parts.append((.goodShare, Self.bounded(log(objective.goodShare / share))))
    }
    if unit == .requestRate {
      let share = Self.ratio(kept.reduce(0) { $0 + $1.completed }, kept.reduce(0) { $0 + $1.sent })
      parts.append((.saturation, Self.bounded(log(CapacityObjective.completedShare / share))))
    }
    return parts
  }

  private static func ratio(_ part: Int, _ whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }

  private static func bounded(_ score: Double) -> Double {
    score.isNaN ? most : min(most, max(-most, score))
  }
}
