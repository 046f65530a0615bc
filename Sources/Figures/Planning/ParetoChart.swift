import Foundation
import Quantities

/// A way to deploy a variant, at several concurrencies.
public struct PlottedConfiguration: Hashable, Sendable {
  public var variant: PlottedVariant
  /// GPUs of one replica.
  public var gpus: Int
  public var points: [Point]

  public struct Point: Hashable, Sendable {
    /// Output tokens a second that one user sees: 1 ÷ TPOT.
    public var perUser: Double
    /// Output tokens a second of the deployment over its GPUs.
    public var perGPU: Double
    /// Requests in flight.
    public var concurrency: Int
    public var isWithinObjective: Bool

    public init(perUser: Double, perGPU: Double, concurrency: Int, isWithinObjective: Bool = true) {
      self.perUser = perUser
      self.perGPU = perGPU
      self.concurrency = concurrency
      self.isWithinObjective = isWithinObjective
    }
  }

  public init(_ variant: PlottedVariant, gpus: Int, points: [Point]) {
    self.variant = variant
    self.gpus = gpus
    self.points = points.sorted { $0.concurrency < $1.concurrency }
  }
}

extension Charts {
  /// Throughput of a GPU against the speed that each user sees, a line a configuration, with the frontier: the points within
  /// the objective to which no other is better in both.
  public static func pareto(_ configurations: [PlottedConfiguration], scenario: String) -> Figure {
    let gpuCounts = Set(configurations.map(\.gpus)).sorted()
    let isNamedByGPUs = gpuCounts.count > 1
    func name(_ one: PlottedConfiguration) -> String {
      isNamedByGPUs
        ? "\(one.variant.legend) on \(one.gpus) GPU\(one.gpus == 1 ? "" : "s")" : one.variant.legend
    }
    let usable = configurations.map { one in
      var one = one
      one.points = one.points.filter {
        $0.perUser.isFinite && $0.perGPU.isFinite && $0.perUser > 0 && $0.perGPU > 0
      }
      return one
    }
    let within = usable.flatMap(\.points).filter(\.isWithinObjective)
    let frontier = frontier(within.isEmpty ? usable.flatMap(\.points) : within)
    var series = [
      Series(
        name: frontier.isEmpty ? nil : "frontier: no other is better in both",
        points: frontier.map { .init($0.perUser, $0.perGPU) }, colour: .grey, line: .broad)
    ]
    for one in usable {
      let look = one.variant.look
      let shape = Marker.Shape.allCases[
        (gpuCounts.firstIndex(of: one.gpus) ?? 0) % Marker.Shape.allCases.count]
      let isFirst = one == usable.first
      let points = one.points.map { point in
        Series.Point(
          point.perUser, point.perGPU, label: isFirst ? "\(point.concurrency)" : nil,
          isHollow: !point.isWithinObjective)
      }
      series.append(
        Series(
          name: name(one), points: points, colour: look.colour, line: look.line, marker: Marker(shape)))
    }
    if usable.contains(where: { $0.points.contains { !$0.isWithinObjective } }) {
      series.append(
        Series(
          name: "misses the objective", points: [], colour: .ink, line: nil,
          marker: Marker(.circle, isHollow: true)))
    }
    let points = usable.flatMap(\.points)
    return Figure(
      name: Figure.fileName("pareto", scenario), title: paretoTitle(usable, name: name),
      setting:
        "\(scenario): clients that wait for their answers; numbers at the first line are requests in flight",
      panels: [
        Panel(
          x: .fromZero("speed for one user (output tokens/s)", values: points.map(\.perUser)),
          y: .fromZero("throughput (output tokens/s a GPU)", values: points.map(\.perGPU)),
          content: .curves(series))
      ])
  }

  /// From the slowest for one user to the fastest.
  static func frontier(_ points: [PlottedConfiguration.Point]) -> [PlottedConfiguration.Point] {
    var frontier: [PlottedConfiguration.Point] = []
    for point in points.sorted(by: { ($1.perUser, $1.perGPU) < ($0.perUser, $0.perGPU) })
    where point.perGPU > frontier.last?.perGPU ?? 0 { frontier.append(point) }
    return frontier.reversed()
  }

  /// Compares the configurations at the speed in the middle of what the first one offers.
  private static func paretoTitle(
    _ configurations: [PlottedConfiguration], name: (PlottedConfiguration) -> String
  ) -> String {
    guard let first = configurations.first, let low = first.points.map(\.perUser).min(),
      let high = first.points.map(\.perUser).max()
    else { return "No configuration to show" }
    let speed = (low * high).squareRoot()
    guard let old = throughput(of: first, at: speed) else { return "One point of \(name(first)) only" }
    let at = "At \(Finding.number(speed)) tokens/s for each user"
    guard let best = configurations.best(of: \.variant, by: { throughput(of: $0, at: speed) }),
      let new = throughput(of: best, at: speed)
    else { return "\(at), \(name(first)) gives \(Finding.number(old)) tokens/s a GPU" }
    switch Finding.change(from: old, to: new) {
    case .up:
      return
        "\(at), \(name(best)) gives \(Finding.percent(new / old - 1)) more throughput a GPU than \(name(first))"
    case .same: return "\(at), no configuration gives more throughput a GPU than \(name(first))"
    case .down:
      return "\(at), \(name(first)) gives the most throughput a GPU: \(Finding.number(old)) tokens/s"
    }
  }

  /// On the line between the points around it; nil beyond its ends.
  private static func throughput(of one: PlottedConfiguration, at speed: Double) -> Double? {
    let points = one.points.sorted { $0.perUser < $1.perUser }
    guard let after = points.firstIndex(where: { $0.perUser >= speed }) else { return nil }
    guard after > 0 else { return points[0].perUser == speed ? points[0].perGPU : nil }
    let (a, b) = (points[after - 1], points[after])
    return a.perGPU + (b.perGPU - a.perGPU) * (speed - a.perUser) / (b.perUser - a.perUser)
  }
}
