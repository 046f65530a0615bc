import Metrics

/// The empirical distribution function as a line with a bounded number of points.
enum CumulativeCurve {
  static let pointLimit = 400

  /// Points (value, share of samples at most this value, in 0 ... 1): both ascend, the last share is 1.
  ///
  /// Few samples give the exact steps. Of many, two thirds of the points are spread evenly over the shares up to 0.95 and one
  /// third over the rest, where objectives are set; the smallest and the largest sample are always kept.
  static func points(of distribution: Distribution, limit: Int = pointLimit) -> [(
    value: Double, share: Double
  )] {
    let samples = distribution.samples
    let total = Double(distribution.count)
    guard let first = samples.first else { return [] }
    if samples.count * 2 <= limit {
      var points: [(value: Double, share: Double)] = []
      var cumulative = 0
      for sample in samples {
        points.append((sample.value, Double(cumulative) / total))
        cumulative += sample.count
        points.append((sample.value, Double(cumulative) / total))
      }
      return points
    }
    let body = limit * 2 / 3
    let tail = limit - body - 2
    var marks: [Double] = (1...body).map { 0.95 * Double($0) / Double(body) }
    for i in 1...tail { marks.append(0.95 + 0.05 * Double(i) / Double(tail)) }
    var points: [(value: Double, share: Double)] = [(first.value, 0)]
    var cumulative = 0
    var next = 0
    for (i, sample) in samples.enumerated() {
      cumulative += sample.count
      let share = i == samples.count - 1 ? 1 : Double(cumulative) / total
      guard next < marks.count, share >= marks[next] || share == 1 else { continue }
      points.append((sample.value, share))
      while next < marks.count, marks[next] <= share { next += 1 }
    }
    if let last = samples.last, points.last?.share != 1 { points.append((last.value, 1)) }
    return points
  }
}
