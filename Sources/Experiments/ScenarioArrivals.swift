import InputFiles
import Quantities
import Workload
import Yams

/// The `workload.arrivals` section.
extension ScenarioReader {
  struct Arrivals {
    var spec: ArrivalSpec
    var maxConcurrency: Int?
  }

  private static let rates = ScenarioBounds("above 0, at most 1,000,000 requests a second") {
    $0 > 0 && $0 <= 1e6
  }
  // Below, nearly all gaps are 0 and a few hold the whole time; above, gamma is constant spacing.
  private static let shapes = ScenarioBounds(
    "from 0.001 to 1000 (1 is Poisson, below 1 burstier; for equal gaps use process: constant)"
  ) { $0 >= 0.001 && $0 <= 1000 }

  /// - Parameter base: a preset's workload, whose arrivals a section without `process` adjusts.
  mutating func arrivals(_ workload: Section, base: WorkloadSpec?, isRequired: Bool) -> Arrivals? {
    guard workload.has("arrivals") else {
      if let base { return Arrivals(spec: base.arrivals, maxConcurrency: nil) }
      if isRequired {
        note("missing; for example {process: poisson, request_rate: 6}", in: workload, "arrivals")
      }
      return nil
    }
    let expects = "a section such as {process: poisson, request_rate: 6}"
    guard let section = section(workload, "arrivals", kind: .arrivals, expects: expects) else { return nil }
    let concurrency = int(section, "max_concurrency", 1...10_000_000)
    guard section.has("process") else {
      guard let base else {
        if isRequired {
          note("missing; one of \(ScenarioChoice.processes.joined(separator: ", "))", in: section, "process")
        }
        return nil
      }
      return adjusted(base.arrivals, section).map { Arrivals(spec: $0, maxConcurrency: concurrency) }
    }
    guard let process = choice(section, "process", ScenarioChoice.processes) else { return nil }
    return spec(process, section).map { Arrivals(spec: $0, maxConcurrency: concurrency) }
  }

  private mutating func spec(_ process: String, _ section: Section) -> ArrivalSpec? {
    let fitting = Self.keys(of: process)
    for key in ScenarioSection.arrivals.keys where key != "process" && !fitting.contains(key) {
      refuse([key], in: section, because: Self.misfit(key, process))
    }
    switch process {
    case "poisson": return rate(section).map { .open(rate: $0, burstiness: 1) }
    case "constant": return rate(section).map { .open(rate: $0, burstiness: .infinity) }
    case "gamma":
      let shape = burstiness(section, isRequired: true)
      guard let rate = rate(section), let shape else { return nil }
      return .open(rate: rate, burstiness: shape)
    case "at_once": return .open(rate: PerSecond(.infinity), burstiness: 1)
    case "closed":
      if !section.has("max_concurrency") {
        note("missing; a closed loop keeps this many requests in flight", in: section, "max_concurrency")
        return nil
      }
      return .open(rate: PerSecond(.infinity), burstiness: 1)
    case "stages": return stages(section)
    case "quantiles": return gaps(section)
    default: return speedup(section).map(ArrivalSpec.trace(speedup:))
    }
  }

  /// Keys that a process takes, in addition to `process`.
  private static func keys(of process: String) -> [String] {
    switch process {
    case "gamma": ["request_rate", "burstiness", "max_concurrency"]
    case "at_once", "closed": ["max_concurrency"]
    case "stages": ["stages", "max_concurrency"]
    case "quantiles": ["gaps", "request_rate", "max_concurrency"]
    case "trace": ["speedup", "max_concurrency"]
    default: ["request_rate", "max_concurrency"]
    }
  }

  /// Why a key makes no sense with a process, and what does.
  private static func misfit(_ key: String, _ process: String) -> String {
    let remedy =
      switch (key, process) {
      case ("request_rate", "trace"): "a trace brings its own times; speedup: 2 sends it twice as fast"
      case ("request_rate", "stages"): "each stage has its own request_rate"
      case ("request_rate", "closed"):
        "in a closed loop the answers set the pace; for a rate with a limit use poisson"
      case ("request_rate", "at_once"): "everything is sent at time 0; for a rate use poisson"
      case ("burstiness", "stages"): "each stage has its own burstiness"
      case ("burstiness", "poisson"), ("burstiness", "constant"): "use process: gamma"
      default: "it belongs to process: \(homes(of: key).joined(separator: " or "))"
      }
    return "does not apply to process: \(process); \(remedy)"
  }

  private static func homes(of key: String) -> [String] {
    ScenarioChoice.processes.filter { keys(of: $0).contains(key) }
  }

  private mutating func rate(_ section: Section, isRequired: Bool = true) -> PerSecond? {
    if section["request_rate"]?.value.number == .infinity {
      note("an infinite rate sends everything at once; write process: at_once", in: section, "request_rate")
      return nil
    }
    if isRequired, !section.has("request_rate") {
      note("missing; requests a second, for example 6", in: section, "request_rate")
    }
    return quantity(section, "request_rate", Self.rates, example: "6")
  }

  private mutating func burstiness(_ section: Section, isRequired: Bool = false) -> Double? {
    if isRequired, !section.has("burstiness") {
      note("missing; the shape of the gamma distribution of gaps, 1 is Poisson", in: section, "burstiness")
    }
    return number(section, "burstiness", Self.shapes)
  }

  private mutating func speedup(_ section: Section) -> Double? {
    let bounds = ScenarioBounds("above 0, at most 1,000,000 (2 sends the trace twice as fast)") {
      $0 > 0 && $0 <= 1e6
    }
    return section.has("speedup") ? number(section, "speedup", bounds) : 1
  }

  /// A preset's arrivals with another rate, shape or speed.
  private mutating func adjusted(_ base: ArrivalSpec, _ section: Section) -> ArrivalSpec? {
    let process =
      switch base {
      case .open(_, let shape): shape == .infinity ? "constant" : shape == 1 ? "poisson" : "gamma"
      case .stages: "stages"
      case .gapQuantiles: "quantiles"
      case .trace: "trace"
      }
    let fitting = Self.keys(of: process).filter { $0 != "gaps" && $0 != "stages" }
    for key in ScenarioSection.arrivals.keys where !fitting.contains(key) {
      refuse(
        [key], in: section,
        because: "needs a process beside it, which then replaces the preset's (\(process))")
    }
    switch base {
    case .open(let rate, let shape):
      return .open(
        rate: self.rate(section, isRequired: false) ?? rate, burstiness: burstiness(section) ?? shape)
    case .stages: return base
    case .gapQuantiles(let table, let rate):
      return .gapQuantiles(table, rate: self.rate(section, isRequired: false) ?? rate)
    case .trace: return speedup(section).map(ArrivalSpec.trace(speedup:))
    }
  }

  private mutating func stages(_ section: Section) -> ArrivalSpec? {
    let allowed = "a list such as [{request_rate: 2, duration: 60 s}, {request_rate: 8, num_requests: 500}]"
    guard section.has("stages") else {
      note("missing; \(allowed)", in: section, "stages")
      return nil
    }
    guard let items = list(section, "stages", allowed: allowed) else { return nil }
    let found = items.compactMap { path, node in stage(node, at: path) }
    return found.count == items.count ? .stages(found) : nil
  }

  private mutating func stage(_ node: Node, at path: String) -> LoadStage? {
    guard let stage = section(node, at: path, line: node.mark?.line, kind: .stage) else { return nil }
    let rate = self.rate(stage)
    let shape = burstiness(stage)
    let year = ScenarioBounds("above 0 s, at most 365 days") { $0 > 0 && $0 <= 31_536_000 }
    let duration = quantity(stage, "duration", as: Seconds.self, year, example: "60 s")
    let requests = int(stage, "num_requests", 1...Self.mostRequests)
    switch (stage.has("duration"), stage.has("num_requests")) {
    case (true, true):
      note("duration and num_requests say the same thing; keep one", at: path, line: stage.line)
    case (false, false): note("missing; a stage has a duration or num_requests", at: path, line: stage.line)
    default: break
    }
    guard let rate else { return nil }
    if let duration, rate.value * duration.value > Double(Self.mostRequests) {
      note(
        "at this rate more than \(Self.mostRequests.grouped) requests would be sent", in: stage, "duration")
    }
    return LoadStage(rate: rate, burstiness: shape ?? 1, duration: duration, numRequests: requests)
  }

  private mutating func gaps(_ section: Section) -> ArrivalSpec? {
    let rate = self.rate(section, isRequired: false)
    guard section.has("gaps") else {
      note(
        "missing; quantiles of the time between requests, as {p0: 0 s, p50: 100 ms, p100: 4 s}", in: section,
        "gaps")
      return nil
    }
    let year = ScenarioBounds("0 s to 365 days") { $0 >= 0 && $0 <= 31_536_000 }
    let table = quantiles(section, "gaps") { reader, section, key in
      reader.quantity(section, key, as: Seconds.self, year, example: "100 ms")?.value
    }
    guard let table else { return nil }
    if let last = table.points.last, last.value <= 0 {
      note("all gaps are 0; write process: at_once", in: section, "gaps")
    }
    return .gapQuantiles(table, rate: rate)
  }
}
