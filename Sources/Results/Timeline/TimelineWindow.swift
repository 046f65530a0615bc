import Metrics
public import Quantities

/// The part of a run that a timeline shows.
public struct TimelineWindow: Hashable, Sendable {
  public var start: Seconds
  /// Later than `start`.
  public var end: Seconds

  public init(start: Seconds, end: Seconds) {
    self.start = start
    self.end = end
  }

  /// Reads "10s..20s".
  ///
  /// - Throws: `QuantityError` with what was found and what is allowed.
  public init(parsing text: String) throws(QuantityError) {
    guard let dots = text.firstRange(of: "..") else {
      throw QuantityError("'\(text)' is no window; write its start and end as 10s..20s")
    }
    start = try Seconds(parsing: String(text[..<dots.lowerBound]))
    end = try Seconds(parsing: String(text[dots.upperBound...]))
    guard start.value.isFinite, end.value.isFinite, start >= 0, start < end else {
      throw QuantityError("'\(text)' is no window: it has to start at 0 or later and to end after its start")
    }
  }

  /// Events that a viewer opens within seconds.
  public static let usualEvents = 300_000

  /// From the start of the run as long as there are at most `limit` events; nil if that is all of it.
  ///
  /// - Complexity: O(n log n) for n requests and steps.
  static func first(_ limit: Int, of processes: [TimelineProcess]) -> TimelineWindow? {
    var costs: [(time: Double, events: Int)] = []
    for process in processes {
      costs.reserveCapacity(costs.count + process.steps.count + process.requests.count)
      // A slice and up to three counters; a pair for the request and for each span, an arrival, and preemptions.
      costs += process.steps.lazy.map { ($0.start.value, 4) }
      costs += process.requests.lazy.map { ($0.sent.value, 9 + 7 * $0.interruptions.count) }
    }
    guard costs.reduce(0, { $0 + $1.events }) > limit else { return nil }
    costs.sort { $0.time < $1.time }
    var events = 0
    for cost in costs {
      events += cost.events
      if events > limit, cost.time > 0 { return TimelineWindow(start: .zero, end: Seconds(cost.time)) }
    }
    return nil
  }

  func holds(_ time: Seconds) -> Bool { start <= time && time < end }

  func overlaps(_ first: Seconds, _ last: Seconds) -> Bool { first < end && last >= start }
}
