/// Which requests of a run are measured, by their order of sending.
///
/// A run starts empty and ends with a queue that drains; both ends are better served than the middle. Requests are cut by order of
/// sending and those that remain are followed to their last token: leaving out what finishes late instead would leave out long answers.
/// In conversations it also begins no earlier than the first conversation's last turn, and ends no later than the last one's first.
/// Time averages and rates are over the time between the first and the last measured sending.
public struct LoadWindow: Hashable, Sendable, Codable {
  /// Share of the requests that are left out at the start, 0 ... 1.
  public var warmUpShare: Double
  /// Share at the end: the last measured request should be answered before the arrivals end.
  public var coolDownShare: Double

  /// A tenth at the start and a twentieth at the end.
  public static let usual = LoadWindow(warmUpShare: 0.1, coolDownShare: 0.05)

  public init(warmUpShare: Double, coolDownShare: Double) {
    self.warmUpShare = warmUpShare
    self.coolDownShare = coolDownShare
  }
}
