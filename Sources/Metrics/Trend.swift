/// Whether a few successive figures of a run keep growing: the test of Mann and Kendall (Kendall, *Rank Correlation Methods*, 1975).
///
/// It asks how many pairs are in ascending order, so a single outlier cannot decide it.
public enum Trend {
  /// The standard normal quantile beyond which growth is believed: one run in a thousand without any would reach it.
  static let significant = 3.09

  /// - Parameter figures: in order of time, for example the mean latencies of a run's batches.
  /// - Returns: whether they grow, other than by chance. Ties count half; correlated figures make it rash, so give it long batches.
  public static func isGrowing(_ figures: [Double]) -> Bool {
    let n = Double(figures.count)
    guard figures.count >= 5 else { return false }
    var score = 0
    for (i, x) in figures.enumerated() {
      for y in figures[(i + 1)...] { score += y > x ? 1 : y < x ? -1 : 0 }
    }
    let variance = n * (n - 1) * (2 * n + 5) / 18
    return Double(score - 1) / variance.squareRoot() > significant
  }
}
