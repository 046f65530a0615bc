import Metrics
import Quantities

/// A step series averaged over equal stretches of time.
enum StepTimeline {
  static let binLimit = 240

  /// The time-weighted mean of a figure over each bin, at the bin's middle (in seconds).
  ///
  /// A step's figure holds from its start to the next step's start. A pause longer than the step itself counts as idle,
  /// with figure 0: nothing was running then. O(steps + bins).
  static func means(
    of steps: [StepRecord], end: Seconds, bins: Int = binLimit, _ figure: (StepRecord) -> Double
  ) -> [(time: Double, mean: Double)] {
    guard end > 0, bins > 0, !steps.isEmpty else { return [] }
    let width = end.value / Double(bins)
    var sums = Array(repeating: 0.0, count: bins)
    for (i, step) in steps.enumerated() {
      let from = max(0, step.start.value)
      let next = i + 1 < steps.count ? steps[i + 1].start.value : step.end.value
      let pause = next - step.end.value
      let to = min(end.value, pause > (step.end - step.start).value ? step.end.value : next)
      guard to > from else { continue }
      let value = figure(step)
      var bin = min(bins - 1, Int(from / width))
      while bin < bins, Double(bin) * width < to {
        let overlap = min(to, Double(bin + 1) * width) - max(from, Double(bin) * width)
        if overlap > 0 { sums[bin] += value * overlap }
        bin += 1
      }
    }
    return sums.enumerated().map { bin, sum in ((Double(bin) + 0.5) * width, sum / width) }
  }
}
