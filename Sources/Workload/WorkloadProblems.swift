public import InputFiles
import Quantities

extension WorkloadSpec {
  /// The most requests a stream may have.
  static let requestLimit = 100_000_000

  /// Everything that is wrong with the workload as it is written, without looking into a trace's file. Locations are the
  /// keys of a scenario's `workload` section.
  public var problems: [InputError.Problem] {
    var found = ProblemList()
    if let numRequests { found.check(numRequests, 1...Self.requestLimit, "num_requests") }
    if let maxConcurrency {
      found.check(maxConcurrency, 1...Self.requestLimit, "arrivals.max_concurrency")
    }
    found.check(arrivals)
    found.check(promptTokens, "prompt_tokens")
    found.check(outputTokens, "output_tokens")
    found.check(prefix)
    for (i, entry) in priorities.enumerated() where !(entry.share > 0 && entry.share.isFinite) {
      found.add("priorities[\(i)].share", "\(entry.share); allowed is a weight above 0")
    }
    found.checkTrace(of: self)
    if numRequests == nil, trace == nil, arrivals.stageCount == nil {
      found.add("num_requests", "missing; only stages and traces have a number of their own")
    }
    return found.problems
  }

  var usesTrace: Bool {
    if case .trace = arrivals { return true }
    return promptTokens.distribution == .trace || outputTokens.distribution == .trace || prefix == .trace
  }
}

extension ArrivalSpec {
  /// Arrivals that the stages make together; nil without stages or where a stage is wrong.
  var stageCount: Int? {
    guard case .stages(let stages) = self else { return nil }
    var total = 0
    for stage in stages {
      guard let count = stage.count else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(count)
      guard !overflow else { return nil }
      total = sum
    }
    return total
  }
}

private struct ProblemList {
  var problems: [InputError.Problem] = []

  mutating func add(_ location: String, _ message: String) {
    problems.append(InputError.Problem(location: location, message: message))
  }

  mutating func check(_ value: Int, _ allowed: ClosedRange<Int>, _ location: String) {
    guard !allowed.contains(value) else { return }
    add(
      location,
      "\(value.grouped); allowed are \(allowed.lowerBound.grouped) to \(allowed.upperBound.grouped)")
  }

  mutating func check(_ arrivals: ArrivalSpec) {
    switch arrivals {
    case .open(let rate, let burstiness):
      check(rate: rate, "arrivals.request_rate")
      check(burstiness: burstiness, "arrivals.burstiness")
    case .stages(let stages):
      if stages.isEmpty { add("arrivals.stages", "empty; at least one stage is needed") }
      for (i, stage) in stages.enumerated() { check(stage, "arrivals.stages[\(i)]") }
      if let count = arrivals.stageCount, count > WorkloadSpec.requestLimit {
        add(
          "arrivals.stages",
          "\(count.grouped) requests together; allowed are up to \(WorkloadSpec.requestLimit.grouped)")
      }
    case .gapQuantiles(let table, let rate):
      if let rate { check(rate: rate, "arrivals.request_rate") }
      if let problem = table.problem(largest: 1e9) {
        add("arrivals.gaps", problem)
      } else if table.mean == 0 {
        add("arrivals.gaps", "every gap is 0; an infinite rate sends everything at once")
      }
    case .trace(let speedup):
      if !(speedup > 0 && speedup.isFinite) {
        add("arrivals.speedup", "\(speedup); allowed is a number above 0, 1 being the trace's own times")
      }
    }
  }

  private mutating func check(rate: PerSecond, _ location: String) {
    // Below, N/rate no longer has the resolution of a nanosecond for N = 1.
    guard !(rate.value >= 1e-9) else { return }
    add(location, "\(rate.value) requests a second; allowed are 1e-9 and above")
  }

  private mutating func check(burstiness: Double, _ location: String) {
    guard !(burstiness >= 1e-6) else { return }
    add(location, "\(burstiness); allowed are 1e-6 and above, 1 being Poisson")
  }

  private mutating func check(_ stage: LoadStage, _ location: String) {
    check(rate: stage.rate, location + ".request_rate")
    check(burstiness: stage.burstiness, location + ".burstiness")
    switch (stage.duration, stage.numRequests) {
    case (nil, nil): add(location, "neither duration nor num_requests; exactly one is needed")
    case (.some, .some): add(location, "both duration and num_requests; exactly one is allowed")
    case (nil, let count?): check(count, 1...WorkloadSpec.requestLimit, location + ".num_requests")
    case (let duration?, nil):
      guard duration.value > 0, duration.value.isFinite else {
        return add(location + ".duration", "\(duration.value) s; allowed is a finite time above 0")
      }
      let requests = (stage.rate * duration).rounded(.toNearestOrAwayFromZero)
      if !(1...Double(WorkloadSpec.requestLimit)).contains(requests) {
        add(
          location + ".duration",
          "\(duration.value) s at \(stage.rate.value) requests a second are \(requests) requests; allowed are 1 to "
            + WorkloadSpec.requestLimit.grouped)
      }
    }
  }

  mutating func check(_ length: LengthSpec, _ location: String) {
    let limit = LengthSpec.limit
    check(length.min, 1...limit, location + ".min")
    if let max = length.max {
      check(max, 1...limit, location + ".max")
      if max < length.min {
        add(location + ".max", "\(max.grouped), below the minimum of \(length.min.grouped)")
      }
    }
    switch length.distribution {
    case .constant(let tokens): check(tokens, 1...limit, location)
    case .uniform(let low, let high):
      check(low, 0...limit, location + ".uniform[0]")
      check(high, 0...limit, location + ".uniform[1]")
      if high < low {
        add(location + ".uniform", "[\(low), \(high)]; the second must not be below the first")
      }
    case .lognormal(let median, let p90):
      if !(median > 0 && median <= Double(limit)) {
        add(location + ".lognormal.median", "\(median); allowed is above 0, up to \(limit.grouped)")
      }
      if !(p90 >= median && p90 <= Double(limit)) {
        add(location + ".lognormal.p90", "\(p90); allowed are the median (\(median)) to \(limit.grouped)")
      }
    case .quantiles(let table):
      if let problem = table.problem(largest: Double(limit)) { add(location + ".quantiles", problem) }
    case .trace: break
    }
  }

  mutating func check(_ prefix: PrefixSharing) {
    switch prefix {
    case .none, .trace: break
    case .pool(let prompts): check(prompts, 1...WorkloadSpec.requestLimit, "prefix.pool")
    case .groups(let count, let tokens):
      check(count, 1...WorkloadSpec.requestLimit, "prefix.groups")
      check(tokens, 1...LengthSpec.limit, "prefix.tokens")
    case .conversations(let turns, let thinkTime):
      check(turns, 1...1000, "prefix.conversations.turns")
      if !(thinkTime.value >= 0 && thinkTime.value.isFinite) {
        add("prefix.conversations.think_time", "\(thinkTime.value) s; allowed is a finite time from 0")
      }
    }
  }

  mutating func checkTrace(of spec: WorkloadSpec) {
    if spec.trace == nil, spec.usesTrace {
      add("trace", "missing, although arrivals, lengths or prefix say trace")
    }
    if spec.trace != nil, !spec.usesTrace {
      add("trace", "nothing reads it; say trace for arrivals, prompt_tokens, output_tokens or prefix")
    }
    if spec.prefix == .trace, spec.promptTokens.distribution != .trace {
      add("prefix", "trace, which describes the trace's own prompts; prompt_tokens must be trace, too")
    }
    if case .trace = spec.arrivals, case .conversations = spec.prefix {
      add("prefix", "conversations, but a trace times single requests; use another arrival process")
    }
  }
}
