public import Metrics

/// A latency of one stage of a measured run, measured and predicted, in ms.
public struct ComparedLatency: Hashable, Sendable {
  /// "llama-2-7b-tp1-general, 8 req/s".
  public var stage: String
  public var metric: LatencyMetric
  public var measured: Double
  public var predicted: Double

  public init(stage: String, metric: LatencyMetric, measured: Double, predicted: Double) {
    self.stage = stage
    self.metric = metric
    self.measured = measured
    self.predicted = predicted
  }

  /// Of the measured value.
  var errorPercent: Double { measured > 0 ? 100 * (predicted / measured - 1) : 0 }
}

/// Distributions of one stage in seconds.
public struct ComparedDistribution: Sendable {
  /// "8 req/s".
  public var stage: String
  public var measured: Distribution
  public var predicted: Distribution

  public init(stage: String, measured: Distribution, predicted: Distribution) {
    self.stage = stage
    self.measured = measured
    self.predicted = predicted
  }
}

/// How far predictions are from measurements.
extension Charts {
  private static let validated: [(metric: LatencyMetric, colour: Colour, shape: Marker.Shape)] = [
    (.ttft, .vermillion, .circle), (.tpot, .blue, .square), (.e2e, .green, .triangle),
  ]

  /// Every stage mean, predicted over measured, with the diagonal and ±10 %.
  public static func predictedAgainstMeasured(_ latencies: [ComparedLatency]) -> Figure {
    let values = latencies.flatMap { [$0.measured, $0.predicted] }
    let x = Axis.durations("measured", milliseconds: values)
    let y = Axis.durations("predicted", milliseconds: values)
    let (low, high) = (x.range.lowerBound, x.range.upperBound)
    var series = [
      Series(name: "equal", points: [.init(low, low), .init(high, high)], colour: .ink, line: .solid),
      Series(
        name: "±10 %", points: [.init(low, low * 1.1), .init(high / 1.1, high)], colour: .grey, line: .dashed),
      Series(
        name: nil, points: [.init(low / 0.9, low), .init(high, high * 0.9)], colour: .grey, line: .dashed),
    ]
    for (metric, colour, shape) in validated {
      let points = latencies.filter { $0.metric == metric }.map { Series.Point($0.measured, $0.predicted) }
      series.append(
        Series(
          name: "mean \(metric.shortName)", points: points, colour: colour, line: nil, marker: Marker(shape)))
    }
    return Figure(
      name: "validation-means", title: accuracyTitle(latencies),
      setting: "stage means of measured vLLM runs, \(latencies.count) figures; overload runs left out",
      panels: [Panel(x: x, y: y, content: .curves(series))])
  }

  /// The error of every stage mean, a row a stage.
  public static func errorsByStage(_ latencies: [ComparedLatency]) -> Figure {
    var stages: [String] = []
    for stage in latencies.map(\.stage) where !stages.contains(stage) { stages.append(stage) }
    let widest = max(5, (latencies.map { abs($0.errorPercent) }.max() ?? 0) * 1.15)
    // Listed from the top.
    let height = { (stage: String) in Double(stages.count - (stages.firstIndex(of: stage) ?? 0)) }
    let series = validated.map { metric, colour, shape in
      Series(
        name: metric.shortName,
        points: latencies.filter { $0.metric == metric }.map {
          Series.Point($0.errorPercent, height($0.stage))
        },
        colour: colour, line: nil, marker: Marker(shape))
    }
    let worst = latencies.max { abs($0.errorPercent) < abs($1.errorPercent) }
    let title =
      worst.map {
        "The largest error is \(Finding.percent(abs($0.errorPercent) / 100)): \($0.metric.shortName) of \($0.stage)"
      } ?? "No stage to compare"
    return Figure(
      name: "validation-errors", title: title, setting: "predicted ÷ measured − 1, of each stage's mean",
      panels: [
        Panel(
          x: Axis(label: "error (%)", range: -widest...widest),
          y: Axis(
            label: "", range: 0.3...(Double(max(1, stages.count)) + 0.7),
            ticks: stages.map { Axis.Tick(height($0), $0) }),
          content: .curves(series), references: [ReferenceLine(at: 0, label: "")])
      ])
  }

  /// Distributions of TTFT and E2E of one model's stages: measured solid, predicted dashed.
  public static func distributionOverlay(
    model: String, ttft: [ComparedDistribution], e2e: [ComparedDistribution]
  ) -> Figure {
    func panel(_ heading: String, _ stages: [ComparedDistribution]) -> Panel {
      let colours: [Colour] = [.blue, .vermillion, .green, .purple, .orange, .sky, .ink]
      var series: [Series] = []
      for (i, stage) in stages.enumerated() {
        for (distribution, line) in [(stage.measured, Series.Line.solid), (stage.predicted, .dashed)] {
          let points = CumulativeCurve.points(of: distribution, limit: 200)
          series.append(
            Series(
              name: line == .solid ? stage.stage : nil,
              points: points.map { .init($0.value * 1e3, $0.share * 100) },
              colour: colours[i % colours.count], line: line))
        }
      }
      return Panel(
        heading: heading, x: .durations("", milliseconds: series.flatMap { $0.points.map(\.x) }),
        y: Axis(
          label: "", range: 0...100.5, ticks: [0, 25, 50, 75, 90, 99].map { Axis.Tick($0, "\(Int($0)) %") }),
        content: .curves(series))
    }
    let errors = (ttft + e2e).map { abs($0.predicted.median / $0.measured.median - 1) }.filter(\.isFinite)
    let worst = errors.max() ?? 0
    return Figure(
      name: Figure.fileName("validation-cdf", model),
      title: "\(model): predicted medians are within \(Finding.percent(worst)) of the measured ones",
      setting: "share of requests that take at most so long; measured solid, predicted dashed",
      panels: [panel("Time to first token", ttft), panel("End-to-end latency", e2e)], arrangement: .columns)
  }

  private static func accuracyTitle(_ latencies: [ComparedLatency]) -> String {
    guard !latencies.isEmpty else { return "No stage to compare" }
    let errors = latencies.map { abs($0.errorPercent) / 100 }
    let mean = errors.reduce(0, +) / Double(errors.count)
    return
      "Predicted means err by \(Finding.percent(mean)) on average and by \(Finding.percent(errors.max() ?? 0)) at most"
  }
}
