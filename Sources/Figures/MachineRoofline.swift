public import Quantities

/// One launch of a measured kernel.
public struct MeasuredLaunch: Hashable, Sendable {
  public var flops: FLOPs
  public var bytes: Bytes
  public var time: Seconds

  public init(flops: FLOPs, bytes: Bytes, time: Seconds) {
    self.flops = flops
    self.bytes = bytes
    self.time = time
  }

  fileprivate var intensity: Double { flops.value / bytes.value }
  fileprivate var gigaflops: Double { flops.value / time.value / 1e9 }
}

extension Charts {
  /// Measured kernels of one kind.
  public struct MeasuredKernels: Sendable {
    /// "decode attention".
    public var name: String
    public var launches: [MeasuredLaunch]

    public init(name: String, launches: [MeasuredLaunch]) {
      self.name = name
      self.launches = launches
    }
  }

  /// Measured kernels against the machine's own measured peaks: achieved GFLOP/s over FLOP per byte of least traffic. Kernels
  /// whose operands lie in caches may stand above the slanted roof, which is that of memory.
  ///
  /// - Parameters:
  ///   - kernels: a group of marks each.
  ///   - vendor: another library's matrix product, drawn as a line.
  ///   - title: what the figure shows, in a sentence.
  public static func machineRoofline(
    _ kernels: [MeasuredKernels], vendor: MeasuredKernels?, peak: ComputeCeiling, bandwidth: BytesPerSecond,
    title: String, setting: String, name: String
  ) -> Figure {
    let shown = kernels.map { group in
      MeasuredKernels(name: group.name, launches: group.launches.filter { $0.flops > 0 && $0.bytes > 0 })
    }
    let all = (shown.flatMap(\.launches)) + (vendor?.launches ?? [])
    let x = Axis.logarithmic(
      "arithmetic intensity (FLOP per byte of least traffic), log scale",
      values: all.flatMap { [$0.intensity * 0.7, $0.intensity * 1.4] }, otherwise: 0.1...1000)
    let y = Axis.logarithmic(
      "achieved (GFLOP/s), log scale", values: all.map(\.gigaflops) + [peak.rate.value * 1.8e-9],
      otherwise: 1...1000)
    var series = roofs([peak], bandwidth: bandwidth, x: x, y: y, unit: 1e9)
    let looks: [(Colour, Marker.Shape)] = [
      (.blue, .circle), (.vermillion, .square), (.green, .triangle), (.purple, .diamond),
    ]
    for (i, group) in shown.enumerated() where !group.launches.isEmpty {
      let look = looks[i % looks.count]
      series.append(
        Series(
          name: group.name, points: group.launches.map { .init($0.intensity, $0.gigaflops, size: 0.5) },
          colour: look.0, line: nil, marker: Marker(look.1, isHollow: true)))
    }
    if let vendor, !vendor.launches.isEmpty {
      // Shapes of about the same intensity differ in size; a line through each would zigzag.
      let sorted = vendor.launches.sorted { $0.intensity < $1.intensity }
      let groups = stride(from: 0, to: sorted.count, by: 4).map { sorted[$0..<min($0 + 4, sorted.count)] }
      let points = groups.map { group in
        Series.Point(
          group.reduce(0) { $0 + $1.intensity } / Double(group.count),
          group.reduce(0) { $0 + $1.gigaflops } / Double(group.count))
      }
      series.append(Series(name: vendor.name, points: points, colour: .orange, line: .solid))
    }
    return Figure(
      name: name, title: title, setting: setting, panels: [Panel(x: x, y: y, content: .curves(series))])
  }
}
