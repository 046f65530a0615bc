import Foundation
package import Metrics
import Quantities

/// Numbers as reports print them.
package enum NumberText {
  /// "1,234,567".
  package static func grouped(_ n: Int) -> String { n.grouped }

  /// Four significant digits, none wasted: "5103", "510.3", "51.03", "0.512".
  package static func significant(_ x: Double) -> String {
    guard x.isFinite else { return "–" }
    if x == 0 { return "0" }
    // 999.95 and above would round to five digits with one decimal.
    let decimals =
      switch abs(x) {
      case 999.95...: 0
      case 99.995...: 1
      case 9.9995...: 2
      default: 3
      }
    return String(format: "%.\(decimals)f", x)
  }

  /// "12.3 %", from a share in 0 ... 1.
  package static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

  /// `x` relative to `base`: "−72 %", "+3 %", "±0 %", "×13" from tenfold on; empty if there is no base.
  package static func change(_ x: Double, from base: Double) -> String {
    guard base != 0, base.isFinite, x.isFinite else { return x == base ? "±0 %" : "" }
    let ratio = x / base
    if ratio >= 10 { return "×\(Int(min(ratio, 1e6).rounded()))" }
    let percent = Int(((ratio - 1) * 100).rounded())
    return percent == 0 ? "±0 %" : percent > 0 ? "+\(percent) %" : "−\(-percent) %"
  }

  /// A relative change with its interval in percentage points, "−65 ±3 %", "×13 ±1"; "−1 n.s." where the interval holds no change at all
  /// but the change does not round to none.
  package static func change(_ x: Double, from base: Double, ratio: ConfidenceInterval?) -> String {
    let plain = change(x, from: base)
    guard let ratio, ratio.halfWidth.isFinite, !plain.isEmpty, plain != "±0 %" else { return plain }
    let number = plain.replacing(" %", with: "")
    guard !ratio.contains(1) else { return number + " n.s." }
    return plain.hasSuffix("%")
      ? "\(number) ±\(points(ratio.halfWidth)) %" : "\(number) ±\(Int(ratio.halfWidth.rounded(.up)))"
  }

  /// A half-width relative to its figure: "±9 %". Rounded up: an interval must not look narrower than it is.
  package static func margin(_ halfWidth: Double, of value: Double) -> String {
    guard value != 0, halfWidth.isFinite else { return "" }
    return "±\(points(halfWidth / abs(value))) %"
  }

  /// Whole percentage points, rounded up.
  private static func points(_ share: Double) -> Int {
    Int(Swift.min(share * 100, 1e6).rounded(.up))
  }

  /// A figure with its change, the change in a field of its own so that columns line up: "  5103   −72 %".
  ///
  /// - Parameter width: of the field; `wideField` where changes have intervals.
  package static func cell(_ text: String, change: String, width: Int = 7) -> String {
    text + String(repeating: " ", count: max(1, width - change.count)) + change
  }

  /// Room for " −100 ±12 %".
  package static let wideField = 11
}
