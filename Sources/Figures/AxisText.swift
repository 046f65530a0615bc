import Foundation

/// Values in words, as lists of them need it: with the unit where the tick labels and not the axis label carry it.
extension Axis {
  /// The label without how the axis is drawn.
  var name: String {
    if label == "log scale" { return "" }
    return label.hasSuffix(", log scale") ? String(label.dropLast(11)) : label
  }

  /// Four significant digits at most: "553.6 ms", "95 %".
  func text(of value: Double) -> String {
    guard value.isFinite else { return "–" }
    let labels = ticks.map(\.label).filter { !$0.isEmpty }
    if labels.contains(where: { $0.hasSuffix(" ms") || $0.hasSuffix(" s") || $0.hasSuffix(" µs") }) {
      return Finding.text(value / 1e3)
    }
    let isPercent = !labels.isEmpty && labels.allSatisfy { $0.hasSuffix(" %") }
    return Self.rounded(value) + (isPercent ? " %" : "")
  }

  /// " (1.2 s to 1.4 s)"; empty without an interval.
  func text(of interval: ClosedRange<Double>?) -> String {
    interval.map { " (\(text(of: $0.lowerBound)) to \(text(of: $0.upperBound)))" } ?? ""
  }

  /// The name of a column or row of a heat map.
  func category(at place: Int) -> String {
    ticks.first { $0.value == Double(place) && !$0.label.isEmpty }?.label ?? "\(place + 1)"
  }

  private static func rounded(_ value: Double) -> String {
    guard value != 0 else { return "0" }
    let digits = Int(log10(abs(value)).rounded(.down))
    let scale = pow(10, Double(max(0, 3 - digits)))
    return plain((value * scale).rounded() / scale)
  }
}

extension HeatMap {
  /// A cell's text, and what a mark on it means.
  func text(of cell: Cell) -> String {
    let text = cell.text.isEmpty ? Axis(label: "", range: 0...1).text(of: cell.value) : cell.text
    return text + (cell.mark.flatMap { meanings[$0] }.map { " (\($0))" } ?? "")
  }
}
