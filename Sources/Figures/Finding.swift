import Foundation
import Metrics
import Quantities

/// Says in a title what the numbers show, whichever way they point.
enum Finding {
  /// Changes below this share of the baseline are not called a gain or a loss.
  static let noticeable = 0.02

  /// "swiftkv-50 cuts p99 TTFT from 5.12 s to 1.4 s"; values in seconds.
  static func latency(
    _ what: String, baseline: (name: String, value: Double), best: (name: String, value: Double)
  )
    -> String
  {
    let (old, new) = (text(baseline.value), text(best.value))
    switch change(from: baseline.value, to: best.value) {
    case .down: return "\(best.name) cuts \(what) from \(old) to \(new)"
    case .same:
      return "\(what) hardly changes: \(old) for \(baseline.name), \(new) for \(best.name)"
    case .up: return "No variant lowers \(what): \(old) for \(baseline.name), \(new) or more otherwise"
    }
  }

  enum Change { case down, same, up }

  static func change(from old: Double, to new: Double) -> Change {
    if abs(new - old) <= noticeable * abs(old) { return .same }
    return new < old ? .down : .up
  }

  /// "falls from 5.12 s at 0 % to 1.4 s at 62.5 %" or "stays at 5.12 s".
  static func trend(from old: Double, to new: Double, unit: (Double) -> String, at places: (String, String))
    -> String
  {
    switch change(from: old, to: new) {
    case .down: "falls from \(unit(old)) at \(places.0) to \(unit(new)) at \(places.1)"
    case .up: "rises from \(unit(old)) at \(places.0) to \(unit(new)) at \(places.1)"
    case .same: "stays at \(unit(old))"
    }
  }

  /// A duration with three significant digits: "1.4 s", "812 ms".
  static func text(_ seconds: Double) -> String { Seconds(rounded(seconds)).description }

  /// A plain number with three significant digits.
  static func number(_ value: Double) -> String { Axis.plain(rounded(value)) }

  /// "37 %", "0.4 %", "< 0.1 %"; a share of 1.
  static func percent(_ share: Double) -> String {
    let percent = share * 100
    guard percent.isFinite else { return "–" }
    if percent == 0 { return "0 %" }
    if percent > 0, percent < 0.1 { return "< 0.1 %" }
    if percent > 99.9, percent < 100 { return "> 99.9 %" }
    return percent < 1 || (percent > 99 && percent < 100)
      ? String(format: "%.1f %%", percent) : String(format: "%.0f %%", percent)
  }

  static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

  private static func rounded(_ value: Double) -> Double {
    guard value.isFinite, value != 0 else { return value }
    return Double(String(format: "%.3g", value)) ?? value
  }
}

extension LatencyMetric {
  /// As titles use it.
  var shortName: String { rawValue.uppercased() }

  /// As axes use it.
  var longName: String {
    switch self {
    case .ttft: "time to first token"
    case .tpot: "time per output token"
    case .itl: "inter-token latency"
    case .e2e: "end-to-end latency"
    }
  }
}

extension Figure {
  /// A file name from parts that a user may have written: lower case, digits and letters kept, all else a hyphen.
  static func fileName(_ parts: String...) -> String {
    let text = parts.joined(separator: "-").lowercased()
    let mapped = text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-" }
    return String(mapped).split(separator: "-").joined(separator: "-")
  }
}
