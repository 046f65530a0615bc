public import Hardware
public import Quantities

/// GPUs over a day: as many as the peak needs all the time, against as many as each interval needs.
public struct TrafficPlan: Hashable, Sendable, Codable {
  /// The variant's name.
  public var variant: String
  public var gpusPerReplica: Int
  /// Requests a second that one replica is planned for, see ``ServingPlan/ratePerReplica``.
  public var ratePerReplica: Double
  /// From the order to the first answer of a replica; it is paid for meanwhile.
  public var startUp: Seconds
  /// Replicas that each interval of the traffic needs.
  public var needed: [Int]
  /// Replicas that are paid for, averaged over each interval: those that start up for the next one among them.
  public var paid: [Double]
  /// Of the whole traffic.
  public var staticGPUHours: Double
  public var elasticGPUHours: Double
  /// USD for 24 hours; nil without a price.
  public var staticPerDay: PriceRange?
  public var elasticPerDay: PriceRange?

  /// - Parameters:
  ///   - traffic: taken to repeat itself: what its first interval needs is started in its last.
  ///   - ratePerReplica: above 0.
  public init(
    _ traffic: Traffic, variant: String, gpusPerReplica: Int, ratePerReplica: Double, startUp: Seconds,
    perGPUHour: PriceRange?
  ) {
    self.variant = variant
    self.gpusPerReplica = gpusPerReplica
    self.ratePerReplica = ratePerReplica
    self.startUp = startUp
    let intervals = traffic.intervals
    let needed = intervals.map { ServingPlan.replicas(for: $0.rate, each: ratePerReplica) }
    self.needed = needed
    paid = intervals.indices.map { Self.meanPaid(in: $0, intervals, needed, startUp: startUp.value) }
    let replicaSeconds = zip(paid, intervals).reduce(0) { $0 + $1.0 * $1.1.duration }
    let hours = { (seconds: Double) in seconds * Double(gpusPerReplica) / 3600 }
    staticGPUHours = hours(Double(needed.max() ?? 0) * traffic.length)
    elasticGPUHours = hours(replicaSeconds)
    let days = traffic.length / 86_400
    let (constant, elastic) = (staticGPUHours, elasticGPUHours)
    staticPerDay = perGPUHour.map { price in price.map { $0 * constant / days } }
    elasticPerDay = perGPUHour.map { price in price.map { $0 * elastic / days } }
  }

  /// At a moment as many are paid for as any moment of the next `startUp` seconds needs.
  private static func meanPaid(
    in i: Int, _ intervals: [Traffic.Interval], _ needed: [Int], startUp: Double
  ) -> Double {
    let duration = intervals[i].duration
    // Seconds from the interval's end to the start of a later one, which is ordered so long before.
    var lead = 0.0
    var most = needed[i]
    var sum = Double(most) * duration
    for step in 1...max(1, intervals.count) where lead < startUp {
      let next = (i + step) % intervals.count
      if needed[next] > most {
        // From this moment on, at the latest from the interval's start.
        sum += Double(needed[next] - most) * min(duration, startUp - lead)
        most = needed[next]
      }
      lead += intervals[next].duration
    }
    return sum / duration
  }

  /// Share of the GPU-hours that elastic replicas save, 0 ... 1.
  public var saving: Double { staticGPUHours > 0 ? 1 - elasticGPUHours / staticGPUHours : 0 }
}
