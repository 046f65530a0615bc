import Foundation
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

  /// A figure with its change, the change in a field of its own so that columns line up: "  5103   −72 %".
  package static func cell(_ text: String, change: String) -> String {
    text + String(repeating: " ", count: max(1, 7 - change.count)) + change
  }
}
