import Experiments
import Metrics
import Quantities
import Results
import Workload

extension SweepFigures {
  /// The figures of a point that was simulated.
  init(_ run: RunFigures, of point: SweepPoint) {
    let scenario = point.scenario
    // The plans only name what was never measured, which is no figure.
    let errors = ExpectedError(scenario, plans: [], figures: run)
    self.init(
      run, gpus: scenario.gpus, offered: scenario.workload.offeredRate,
      objectiveMet: scenario.objective.limits.isEmpty
        ? nil : scenario.objective.verdict(on: run.summary).isMet,
      expectedErrors: ExpectedErrors(ttft: errors.ttft, tpot: errors.tpot, e2e: errors.e2e))
  }
}

extension WorkloadSpec {
  /// Requests a second that are released on average, whatever becomes of them; nil where answers or a client's limit set the pace, or the
  /// times are a trace's or a table's own.
  var offeredRate: PerSecond? {
    guard maxConcurrency == nil else { return nil }
    let turns = if case .conversations(let turns, _) = prefix { Double(turns) } else { 1.0 }
    switch arrivals {
    case .open(let rate, _): return rate.value.isFinite ? PerSecond(rate.value * turns) : nil
    case .gapQuantiles(_, let rate): return rate.map { PerSecond($0.value * turns) }
    case .stages(let stages):
      // As the stages send: a whole number of requests each, in the time that this number takes.
      let sent = stages.map { stage in
        let count = stage.numRequests.map(Double.init) ?? (stage.rate * (stage.duration ?? 0)).rounded()
        return (count: count, seconds: count / stage.rate.value)
      }
      let seconds = sent.reduce(0) { $0 + $1.seconds }
      return seconds > 0 ? PerSecond(sent.reduce(0) { $0 + $1.count } * turns / seconds) : nil
    case .trace: return nil
    }
  }
}
