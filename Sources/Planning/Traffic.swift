import Foundation

/// How many requests a second come over a day, or whatever time repeats itself.
public struct Traffic: Hashable, Sendable, Codable {
  public var name: String
  /// Where it comes from, for footnotes.
  public var source: String
  /// In order, each beginning where the one before ends.
  public var intervals: [Interval]

  public struct Interval: Hashable, Sendable, Codable {
    /// Seconds from the first interval's start.
    public var start: Double
    /// Seconds.
    public var duration: Double
    /// Requests a second, averaged over the interval.
    public var rate: Double

    public init(start: Double, duration: Double, rate: Double) {
      self.start = start
      self.duration = duration
      self.rate = rate
    }
  }

  public init(name: String, source: String, intervals: [Interval]) {
    self.name = name
    self.source = source
    self.intervals = intervals
  }

  public var peak: Double { intervals.map(\.rate).max() ?? 0 }
  /// Seconds.
  public var length: Double { intervals.reduce(0) { $0 + $1.duration } }
  public var mean: Double {
    length > 0 ? intervals.reduce(0) { $0 + $1.rate * $1.duration } / length : 0
  }
}

extension Traffic {
  /// Names that ``shape(_:peak:)`` knows.
  public static let shapeNames = ["day", "azure-conv-hour", "azure-code-hour"]

  /// Lowest rate of the shape `day`, as a share of its highest; and the hour of the highest.
  static let troughShare = 0.3
  static let peakHour = 14.0

  /// A shape of which only the proportions are given.
  ///
  /// - Parameter peak: requests a second of its highest interval.
  /// - Returns: nil for a name that is not among ``shapeNames``.
  public static func shape(_ name: String, peak: Double) -> Traffic? {
    switch name {
    case "day":
      let rates = (0..<24).map { hour in
        // The sine's mean over the hour, which is that of its middle but for a thousandth.
        let wave = cos((Double(hour) + 0.5 - peakHour - 0.5) / 24 * 2 * .pi)
        return troughShare + (1 - troughShare) * (1 + wave) / 2
      }
      return Traffic(
        name: name,
        source:
          "a sine with its peak at 14 h and a trough of 30 % of it: an assumption, no measured day is at hand",
        relative: rates, duration: 3600, peak: peak)
    case "azure-conv-hour":
      return Traffic(
        name: name, source: azureSource("conversation"), relative: azureConversation, duration: 300,
        peak: peak)
    case "azure-code-hour":
      return Traffic(
        name: name, source: azureSource("code"), relative: azureCode, duration: 300, peak: peak)
    default: return nil
    }
  }

  private init(name: String, source: String, relative: [Double], duration: Double, peak: Double) {
    let highest = relative.max() ?? 1
    self.init(
      name: name, source: source,
      intervals: relative.enumerated().map { i, rate in
        Interval(start: Double(i) * duration, duration: duration, rate: rate / highest * peak)
      })
  }

  private static func azureSource(_ service: String) -> String {
    "five-minute rates of the Azure LLM inference trace (\(service)) of 16 November 2023, CC-BY-4.0; the trace has "
      + "less than an hour, so this says nothing about a day"
  }

  /// Requests a second in successive five minutes, the last, cut one left out.
  private static let azureConversation = [
    4.817, 4.74, 5.19, 5.203, 6.28, 7.463, 7.43, 6.13, 5.67, 4.747, 4.323,
  ]
  private static let azureCode = [
    2.603, 2.337, 3.72, 3.433, 3.997, 3.043, 2.937, 2.9, 1.923, 0.107, 1.21,
  ]
}
