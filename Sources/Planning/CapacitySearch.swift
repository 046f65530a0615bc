import Foundation

/// The largest load at which a noisy score is at most 0, from several independent runs of each load that is tried.
///
/// Run r must have the same random numbers at every load: its score is then a nearly monotone function of the load, and so is the score of
/// all runs together, of which the root is looked for. Leaving out each run in turn gives as many other roots from the same runs, and
/// from them an interval.
///
/// Loads are compared and interpolated by their logarithm.
struct CapacitySearch<Sample: Sendable> {
  /// Runs of one load: the load, and which runs.
  let simulate: (_ load: Double, _ runs: Range<Int>) throws -> [Sample]
  /// What may be tried.
  let loads: ClosedRange<Double>
  /// Loads are whole numbers.
  var isWhole = false
  /// Every run so far.
  private(set) var samples: [Double: [Sample]] = [:]

  /// Of samples of one load; positive if it is too much.
  typealias Score = (ArraySlice<Sample>, _ leavingOut: Int?) -> Double

  /// A load on either side of the root, with the scores there; the lower one is nil if no load is carried, the upper one if all are.
  struct Bracket {
    var lower: (load: Double, score: Double)?
    var upper: (load: Double, score: Double)?

    var ratio: Double {
      guard let lower, let upper else { return 1 }
      return upper.load / lower.load
    }
  }

  init(
    loads: ClosedRange<Double>, isWhole: Bool = false,
    simulate: @escaping (_ load: Double, _ runs: Range<Int>) throws -> [Sample]
  ) {
    self.loads = loads
    self.isWhole = isWhole
    self.simulate = simulate
  }

  var simulatedRuns: Int { samples.values.reduce(0) { $0 + $1.count } }

  private func allowed(_ load: Double) -> Double {
    let bounded = min(max(load, loads.lowerBound), loads.upperBound)
    return isWhole ? bounded.rounded() : bounded
  }

  /// The first `runs` runs of a load, simulated if they have not been.
  mutating func runs(_ runs: Int, at load: Double) throws -> ArraySlice<Sample> {
    let known = samples[load]?.count ?? 0
    if known < runs { samples[load, default: []] += try simulate(load, known..<runs) }
    return (samples[load] ?? [])[..<runs]
  }

  mutating func score(_ score: Score, at load: Double, runs count: Int) throws -> Double {
    score(try runs(count, at: load), nil)
  }

  /// Loads on both sides of the root whose ratio is at most `ratio`.
  ///
  /// - Parameters:
  ///   - start: a guess.
  ///   - step: the factor from one load to the next until there are two sides; grows with each step.
  mutating func bracket(
    _ score: Score, near start: Double, step first: Double, ratio: Double, runs: Int
  ) throws -> Bracket {
    var bracket = Bracket()
    var (load, step) = (allowed(start), first)
    while bracket.lower == nil || bracket.upper == nil {
      let found = try self.score(score, at: load, runs: runs)
      if found <= 0 { bracket.lower = (load, found) } else { bracket.upper = (load, found) }
      if bracket.lower != nil, bracket.upper != nil { break }
      let next = allowed(found <= 0 ? max(load * step, isWhole ? load + 1 : 0) : load / step)
      // At an end of what may be tried.
      if next == load { return bracket }
      load = next
      step *= step < 2 ? first : 1
    }
    try narrow(&bracket, score, ratio: ratio, runs: runs)
    return bracket
  }

  private mutating func narrow(
    _ bracket: inout Bracket, _ score: Score, ratio: Double, runs: Int
  ) throws {
    while let lower = bracket.lower, let upper = bracket.upper, upper.load / lower.load > ratio {
      // Where the line through both says, but never so near to an end that little is won.
      let share = min(0.75, max(0.25, Self.share(lower.score, upper.score)))
      let middle = allowed(lower.load * pow(upper.load / lower.load, share))
      guard middle > lower.load, middle < upper.load else { return }
      let found = try self.score(score, at: middle, runs: runs)
      if found <= 0 { bracket.lower = (middle, found) } else { bracket.upper = (middle, found) }
    }
  }

  /// Between the ends of a bracket, by a straight line through their scores. The last carried load where loads are whole.
  func root(in bracket: Bracket) -> Double? {
    guard let lower = bracket.lower else { return nil }
    guard let upper = bracket.upper, !isWhole || upper.load - lower.load > 1 else { return lower.load }
    return Self.crossing(lower, upper)
  }

  /// How far from one score to the next 0 lies, 0 ... 1.
  private static func share(_ a: Double, _ b: Double) -> Double {
    b > a ? min(1, max(0, -a / (b - a))) : 0.5
  }

  private static func crossing(
    _ a: (load: Double, score: Double), _ b: (load: Double, score: Double)
  ) -> Double {
    let share = share(a.score, b.score)
    return exp(log(a.load) + share * (log(b.load) - log(a.load)))
  }

  /// The crossing nearest to a load among the loads that were tried; nil if there is none.
  func root(
    near load: Double, _ score: Score, runs count: Int, leavingOut: Int? = nil
  ) -> Double? {
    let tried = samples.keys.filter { (samples[$0]?.count ?? 0) >= count }.sorted()
    var best: Double?
    var last: (load: Double, score: Double)?
    for probe in tried {
      let now = (load: probe, score: score((samples[probe] ?? [])[..<count], leavingOut))
      if let last, last.score <= 0, now.score > 0 {
        let found = Self.crossing(last, now)
        if abs(log(found / load)) < best.map({ abs(log($0 / load)) }) ?? .infinity { best = found }
      }
      last = now
    }
    return best
  }

  /// Roots without one run each: the crossings nearest to `root` between loads that were tried. Where those do not reach far enough for
  /// one of them, further loads are simulated.
  mutating func rootsLeavingOut(_ score: Score, near root: Double, runs count: Int) throws -> [Double] {
    var tried = samples.keys.filter { (samples[$0]?.count ?? 0) >= count }
    for isBelow in [true, false] {
      while let end = isBelow ? tried.min() : tried.max() {
        let runs = try self.runs(count, at: end)
        let isEnough = (0..<count).allSatisfy { (score(runs, $0) <= 0) == isBelow }
        let step = isBelow ? end / Self.reach : end * Self.reach
        let next = allowed(isWhole ? (isBelow ? min(step, end - 1) : max(step, end + 1)) : step)
        if isEnough || next == end { break }
        _ = try self.runs(count, at: next)
        tried.append(next)
      }
    }
    return (0..<count).map { self.root(near: root, score, runs: count, leavingOut: $0) ?? root }
  }

  /// From the outermost load to the next one, where one run less has its root beyond.
  private static var reach: Double { 1.04 }
}
