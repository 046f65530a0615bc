import Quantities

/// Where a run that starts empty has reached its steady state: MSER-5.
///
/// White, *An effective truncation heuristic for bias reduction in simulation output*, Simulation 69 (1997); in means of five, as
/// White, Cobb & Spratt (2000) recommend: of all truncation points the one after which the squared standard error of the mean of what is left is
/// least. Leaving out more of a transient lowers the variance; leaving out more of a steady state lowers the number of observations.
public enum WarmUp {
  /// Observations that are averaged before the points are compared.
  public static let batch = 5
  /// Truncations that would leave fewer batches than these are not looked at: the variance of a handful is small by chance (Hoad,
  /// Robinson & Davies, *Automated estimate of warm-up length*, Journal of Simulation 4, 2010).
  static let fewestLeft = 5
  /// Of fewer observations nothing is said.
  public static let fewestObservations = 100

  /// - Parameter observations: in order of sending, of any unit.
  /// - Returns: how many to leave out at the start, a multiple of 5; nil if there is no steady state to be found: the best point lies in
  ///   the second half, or there are fewer than ``fewestObservations``. O(n).
  public static func truncation(of observations: [Double]) -> Int? {
    guard observations.count >= fewestObservations else { return nil }
    let count = observations.count / batch
    let means = (0..<count).map { i in
      observations[(i * batch)..<((i + 1) * batch)].reduce(0, +) / Double(batch)
    }
    // About the whole mean, so that the squares do not cancel.
    let centre = means.reduce(0, +) / Double(count)
    var (sum, squares) = (CompensatedSum(), CompensatedSum())
    var best = (error: Double.infinity, truncated: 0)
    for first in stride(from: count - 1, through: 0, by: -1) {
      let x = means[first] - centre
      sum.add(x)
      squares.add(x * x)
      let left = Double(count - first)
      guard count - first >= fewestLeft else { continue }
      let error = max(0, squares.value - sum.value * sum.value / left) / (left * left)
      // Of equal ones the earliest, which leaves out least.
      if error <= best.error { best = (error, first) }
    }
    return best.truncated <= count / 2 ? best.truncated * batch : nil
  }

  /// How many first requests of a run, in order of sending, are its warm-up, by their times to first token.
  ///
  /// - Returns: nil if there is no steady state to be found.
  static func requests(of record: RunRecord) -> Int? {
    let ordered = record.requests.sorted { ($0.sent, $0.index) < ($1.sent, $1.index) }
    let answered = ordered.indices.filter { ordered[$0].outcome == .finished && ordered[$0].ttft != nil }
    guard let cut = truncation(of: answered.compactMap { ordered[$0].ttft?.value }) else { return nil }
    // The requests before the first one that stays, those without an answer among them.
    return cut == 0 ? 0 : answered[cut]
  }
}
