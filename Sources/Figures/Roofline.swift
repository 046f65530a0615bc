import Foundation
public import Quantities

/// One kernel of a step in the roofline: all its launches together.
public struct RooflinePoint: Hashable, Sendable {
  public var label: String
  public var flops: FLOPs
  public var bytes: Bytes
  public var time: Seconds
  /// Of the step's time, in 0 ... 1.
  public var share: Double
  /// What sets the kernel's time, as in "compute", "memory", "latency"; each group has its colour.
  public var group: String

  public init(label: String, flops: FLOPs, bytes: Bytes, time: Seconds, share: Double, group: String) {
    self.label = label
    self.flops = flops
    self.bytes = bytes
    self.time = time
    self.share = share
    self.group = group
  }
}

/// The most arithmetic a device does in a second: "BF16 989 TFLOP/s".
public struct ComputeCeiling: Hashable, Sendable {
  public var label: String
  public var rate: FLOPsPerSecond

  public init(label: String, rate: FLOPsPerSecond) {
    self.label = label
    self.rate = rate
  }
}

extension Charts {
  /// The kernels of one step against what the device can do: achieved TFLOP/s over FLOP per byte of memory traffic.
  ///
  /// Kernels without arithmetic or without memory traffic have no place in it; the note says how much of the step they are.
  ///
  /// - Parameters:
  ///   - bandwidth: of device memory; the slanted roof.
  ///   - ceilings: the flat roofs; those of arithmetic that the step does not use are better left out.
  ///   - step: what is looked at, for the subtitle: "decode of 64 sequences at 4096 tokens, Llama-3.1-8B on H100".
  ///   - name: of the file, for example "roofline-decode".
  public static func roofline(
    points: [RooflinePoint], ceilings: [ComputeCeiling], bandwidth: BytesPerSecond, step: String, name: String
  ) -> Figure {
    let shown = points.filter { $0.flops > 0 && $0.bytes > 0 && $0.time > 0 }
    var groups: [(name: String, share: Double)] = []
    for point in points {
      if let i = groups.firstIndex(where: { $0.name == point.group }) {
        groups[i].share += point.share
      } else {
        groups.append((point.group, point.share))
      }
    }
    let peak = ceilings.map(\.rate.value).filter { $0.isFinite && $0 > 0 }.max() ?? 0
    let ridge = bandwidth > 0 ? peak / bandwidth.value : 0
    let x = Axis.logarithmic(
      "arithmetic intensity (FLOP per byte of memory traffic), log scale",
      values: shown.map { $0.flops.value / $0.bytes.value * 0.6 }
        + shown.map { $0.flops.value / $0.bytes.value * 1.6 }
        + [ridge * 8], otherwise: 1...1000)
    let y = Axis.logarithmic(
      "achieved (TFLOP/s), log scale",
      values: shown.map { $0.flops.value / $0.time.value / 3e12 } + [peak * 1.8e-12], otherwise: 1...1000)

    var series = roofs(ceilings, bandwidth: bandwidth, x: x, y: y)
    let colours: [Colour] = [.vermillion, .blue, .green, .purple, .orange, .sky]
    for (i, group) in groups.sorted(by: { ($1.share, $0.name) < ($0.share, $1.name) }).enumerated() {
      let members = shown.filter { $0.group == group.name }.sorted {
        ($1.share, $0.label) < ($0.share, $1.label)
      }
      guard !members.isEmpty else { continue }
      series.append(
        Series(
          name: "\(group.name) (\(Finding.percent(group.share)))",
          points: members.map { point in
            // Areas in proportion to time; the smallest stay visible.
            let size = 0.5 + 2.2 * max(0, min(1, point.share)).squareRoot()
            let label = point.share >= 0.01 ? "\(point.label) \(Finding.percent(point.share))" : nil
            return Series.Point(
              point.flops.value / point.bytes.value, point.flops.value / point.time.value / 1e12, size: size,
              label: label)
          }, colour: colours[i % colours.count], line: nil,
          marker: Marker(Marker.Shape.allCases[i % Marker.Shape.allCases.count])))
    }
    let hidden = points.reduce(0) { $0 + $1.share } - shown.reduce(0) { $0 + $1.share }
    return Figure(
      name: name, title: rooflineTitle(groups), setting: "\(step); marks sized by share of the step's time",
      panels: [Panel(x: x, y: y, content: .curves(series))],
      note: hidden < 0.0005
        ? ""
        : "Not shown: \(Finding.percent(hidden)) of the step in work without arithmetic or memory traffic.")
  }

  /// - Parameter unit: FLOP/s that stand as 1 on the vertical axis.
  static func roofs(
    _ ceilings: [ComputeCeiling], bandwidth: BytesPerSecond, x: Axis, y: Axis, unit: Double = 1e12
  ) -> [Series] {
    let (left, right) = (x.range.lowerBound, x.range.upperBound)
    let usable = ceilings.filter { $0.rate.value.isFinite && $0.rate > 0 }.sorted { $0.rate > $1.rate }
    var series: [Series] = []
    let highest = usable.first.map { $0.rate.value } ?? .infinity
    if bandwidth > 0, bandwidth.value.isFinite {
      let low = max(left, y.range.lowerBound * unit / bandwidth.value)
      let end = min(right, highest / bandwidth.value)
      series.append(
        Series(
          name: "memory \(bandwidth)",
          points: [low, end].map { Series.Point($0, $0 * bandwidth.value / unit) }, colour: .ink))
    }
    for (i, ceiling) in usable.enumerated() {
      let start = bandwidth > 0 ? max(left, ceiling.rate.value / bandwidth.value) : left
      series.append(
        Series(
          name: ceiling.label, points: [start, right].map { Series.Point($0, ceiling.rate.value / unit) },
          colour: i == 0 ? .grey : .ink, line: i == 0 ? .solid : .dashed))
    }
    return series
  }

  private static func rooflineTitle(_ groups: [(name: String, share: Double)]) -> String {
    guard let largest = groups.max(by: { ($0.share, $1.name) < ($1.share, $0.name) }) else {
      return "An empty step"
    }
    let share = Finding.percent(largest.share)
    return switch largest.name {
    case "memory": "Memory traffic sets \(share) of the step's time"
    case "compute": "Arithmetic sets \(share) of the step's time"
    case "latency": "Launch latency sets \(share) of the step's time"
    case "link": "Communication sets \(share) of the step's time"
    default: "\(share) of the step's time is bound by \(largest.name)"
    }
  }
}
