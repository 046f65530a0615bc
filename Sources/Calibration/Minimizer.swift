import CNLopt

/// Derivative-free minimisation within bounds: NLopt's subplex (LN_SBPLX; T. Rowan, *Functional Stability Analysis of Numerical
/// Algorithms*, 1990), begun anew from where it ended, as a simplex may collapse before a minimum.
///
/// Deterministic: the same function and start give the same point.
public struct Minimizer: Sendable {
  /// Evaluations of all rounds together.
  public var maxEvaluations: Int
  /// Starts; each gets an equal part of the evaluations and steps half as wide as the one before.
  public var rounds: Int
  /// First step along each coordinate, as a distance.
  public var step: Double
  /// A round ends when a step changes no coordinate by more than this.
  public var tolerance: Double

  public init(maxEvaluations: Int, rounds: Int = 3, step: Double = 0.3, tolerance: Double = 1e-5) {
    self.maxEvaluations = maxEvaluations
    self.rounds = rounds
    self.step = step
    self.tolerance = tolerance
  }

  public struct Minimum: Hashable, Sendable {
    public var point: [Double]
    public var value: Double
    public var evaluations: Int
  }

  /// The least value found.
  ///
  /// - Parameters:
  ///   - start: one number a coordinate; moved to the bounds where it lies outside.
  ///   - bounds: as many as coordinates.
  ///   - isStopped: asked before each evaluation; true ends the search with the best point so far.
  ///   - function: values that are not finite count as very large.
  public func minimize(
    from start: [Double], within bounds: [ClosedRange<Double>], isStopped: () -> Bool = { false },
    _ function: ([Double]) -> Double
  ) -> Minimum {
    precondition(start.count == bounds.count, "one range a coordinate")
    var point = zip(start, bounds).map { min(max($0, $1.lowerBound), $1.upperBound) }
    guard !point.isEmpty else { return Minimum(point: [], value: function([]), evaluations: 1) }
    return withoutActuallyEscaping(function) { function in
      withoutActuallyEscaping(isStopped) { isStopped in
        let objective = Objective(function, isStopped)
        for round in 0..<rounds where !objective.wasStopped {
          search(&point, bounds, step: step / Double(1 << round), objective)
          point = objective.best.point
        }
        if objective.best.point.isEmpty { _ = objective.value(at: point) }
        return objective.best
      }
    }
  }

  private func search(
    _ point: inout [Double], _ bounds: [ClosedRange<Double>], step: Double, _ objective: Objective
  ) {
    guard let search = nlopt_create(NLOPT_LN_SBPLX, UInt32(point.count)) else { return }
    defer { nlopt_destroy(search) }
    objective.search = search
    nlopt_set_lower_bounds(search, bounds.map(\.lowerBound))
    nlopt_set_upper_bounds(search, bounds.map(\.upperBound))
    nlopt_set_initial_step1(search, step)
    nlopt_set_xtol_abs1(search, tolerance)
    nlopt_set_maxeval(search, Int32(clamping: max(1, maxEvaluations / max(1, rounds))))
    nlopt_set_min_objective(
      search,
      { count, point, _, context in
        guard let context, let point else { return Objective.worst }
        let objective = Unmanaged<Objective>.fromOpaque(context).takeUnretainedValue()
        return objective.value(at: Array(UnsafeBufferPointer(start: point, count: Int(count))))
      }, Unmanaged.passUnretained(objective).toOpaque())
    var value = 0.0
    // Its result code only says why it ended; the best point is kept by the objective.
    _ = nlopt_optimize(search, &point, &value)
  }

  /// The function as NLopt's callback reaches it.
  private final class Objective {
    /// In place of what is not a number, so that comparisons work.
    static let worst = 1e300

    private let function: ([Double]) -> Double
    private let isStopped: () -> Bool
    private(set) var best = Minimum(point: [], value: .infinity, evaluations: 0)
    private(set) var wasStopped = false
    var search: nlopt_opt?

    init(_ function: @escaping ([Double]) -> Double, _ isStopped: @escaping () -> Bool) {
      self.function = function
      self.isStopped = isStopped
    }

    func value(at point: [Double]) -> Double {
      if isStopped() {
        wasStopped = true
        nlopt_force_stop(search)
      }
      let found = function(point)
      let value = found.isFinite ? found : Self.worst
      best.evaluations += 1
      if value < best.value || best.point.isEmpty {
        best.point = point
        best.value = value
      }
      return value
    }
  }
}
