import Metrics

/// Uncertainty of a figure that is not a mean, by leaving out one run after the other (Miller, *Biometrika* 61, 1974).
enum Jackknife {
  /// - Parameters:
  ///   - value: of all runs together.
  ///   - leavingOut: of all runs but one, as many as there are runs.
  static func estimate(_ value: Double, leavingOut: [Double], level: Double) -> EstimatedFigure {
    let n = Double(leavingOut.count)
    let pseudoValues = leavingOut.map { n * value - (n - 1) * $0 }
    guard pseudoValues.allSatisfy(\.isFinite),
      var interval = ConfidenceInterval(replications: pseudoValues, level: level)
    else { return EstimatedFigure(value: value) }
    // About the figure itself: its bias is of the order of 1 ÷ samples, the correction's own noise is larger.
    interval.mean = value
    return EstimatedFigure(value: value, interval: interval)
  }

  /// Of a figure of some of `count` runs.
  ///
  /// - Parameter figure: gets the position of the run that is left out, or nil.
  static func estimate(count: Int, level: Double, _ figure: (Int?) -> Double) -> EstimatedFigure {
    let value = figure(nil)
    return count < 2
      ? EstimatedFigure(value: value) : estimate(value, leavingOut: (0..<count).map(figure), level: level)
  }
}
