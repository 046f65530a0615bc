import Metrics
import Quantities

/// The events of a process, one after another.
///
/// What the names mean to a reader is in `docs/timelines.md`; fields are those of the Trace Event Format.
struct TimelineEvents {
  let process: TimelineProcess
  /// nil is all of the run.
  let window: TimelineWindow?
  /// Width of the counter `throughput`.
  let interval: Seconds
  let emit: (OrderedJSON) -> Void

  private enum Thread: Int, CaseIterable {
    case iterations, arrivals, preemptions

    var name: String { "\(self)" }
  }

  private typealias Members = [(key: String, value: OrderedJSON)]

  func all() {
    names()
    iterations()
    throughput()
    for request in process.requests { lifetime(of: request) }
  }

  /// To the nanosecond, which no spelling of a double spoils.
  private static func microseconds(_ time: Seconds) -> OrderedJSON {
    .number((time.value * 1e9).rounded() / 1e3)
  }

  private func event(
    _ name: String, _ kind: String, at time: Seconds?, on thread: Thread = .iterations, _ more: Members = [],
    args: Members = []
  ) {
    // Perfetto takes thread 0 for the kernel's idle one, whatever its process, and a thread with its process's number for the main one.
    let tid = 10 * process.pid + thread.rawValue
    var members: Members = [("name", .string(name)), ("ph", .string(kind))]
    if let time { members.append(("ts", Self.microseconds(time))) }
    members += [("pid", .integer(process.pid)), ("tid", .integer(tid))] + more
    if !args.isEmpty { members.append(("args", .object(args))) }
    emit(.object(members))
  }

  private func names() {
    event("process_name", "M", at: nil, args: [("name", .string(process.name))])
    event("process_sort_index", "M", at: nil, args: [("sort_index", .integer(process.pid))])
    for thread in Thread.allCases {
      event("thread_name", "M", at: nil, on: thread, args: [("name", .string(thread.name))])
      event("thread_sort_index", "M", at: nil, on: thread, args: [("sort_index", .integer(thread.rawValue))])
    }
  }

  // MARK: Steps

  private func iterations() {
    var shown = Counters()
    for (i, step) in process.steps.enumerated() where isShown(step.start, step.end) {
      let tokens = step.prefillTokens + step.decodeTokens
      let kind = step.prefillTokens == 0 ? "decode" : step.decodeTokens == 0 ? "prefill" : "mixed"
      let duration = (step.end.value * 1e9).rounded() - (step.start.value * 1e9).rounded()
      var args: Members = [
        ("step", .integer(i)), ("prefill_tokens", .integer(step.prefillTokens)),
        ("decode_tokens", .integer(step.decodeTokens)), ("running", .integer(step.running)),
        ("waiting", .integer(step.waiting)), ("kv_blocks_used", .integer(step.usedBlocks)),
      ]
      if let padded = process.paddedTokens(tokens) { args.append(("padded_tokens", .integer(padded))) }
      event(kind, "X", at: step.start, [("dur", .number(duration / 1e3))], args: args)
      count(Counters(step, of: process.totalBlocks), at: step.start, after: &shown)
      // Nothing runs until the next step: what was counted holds no longer.
      let next = i + 1 < process.steps.count ? process.steps[i + 1].start : .infinity
      if next > step.end { count(Counters(), at: step.end, after: &shown) }
    }
  }

  private struct Counters: Equatable {
    var requests = [0, 0]
    var usage = 0.0
    var tokens = [0, 0]

    init() {}

    init(_ step: StepRecord, of totalBlocks: Int) {
      requests = [step.running, step.waiting]
      usage = totalBlocks > 0 ? 100 * Double(step.usedBlocks) / Double(totalBlocks) : 0
      tokens = [step.prefillTokens, step.decodeTokens]
    }
  }

  /// A counter holds until its next event, so only changes are written.
  private func count(_ now: Counters, at time: Seconds, after shown: inout Counters) {
    func pair(_ name: String, _ keys: [String], _ values: [Int]) {
      event(name, "C", at: time, args: zip(keys, values).map { ($0, .integer($1)) })
    }
    if now.requests != shown.requests { pair("requests", ["running", "waiting"], now.requests) }
    if now.usage != shown.usage {
      event("kv_cache_usage", "C", at: time, args: [("percent", .number(now.usage))])
    }
    if now.tokens != shown.tokens { pair("batch_tokens", ["prefill", "decode"], now.tokens) }
    shown = now
  }

  /// Output tokens, by the interval in which their step ended.
  private func throughput() {
    let first = Int(((window?.start ?? .zero) / interval).rounded(.up))
    var tokens: [Int] = []
    for (step, count) in zip(process.steps, process.outputTokens) where isShown(step.end, step.end) {
      let place = Int(step.end / interval) - first
      guard place >= 0 else { continue }
      while tokens.count <= place { tokens.append(0) }
      tokens[place] += count
    }
    for (i, count) in (tokens + [0]).enumerated() {
      event(
        "throughput", "C", at: interval * Double(first + i),
        args: [("tok_per_s", .number(Double(count) / interval.value))])
    }
  }

  // MARK: Requests

  private func lifetime(of request: RequestRecord) {
    if case .rejected(let reason) = request.outcome {
      guard window?.holds(request.sent) ?? true else { return }
      return event(
        "rejected", "i", at: request.sent, on: .arrivals, [("s", .string("t"))],
        args: Self.identity(request) + [("reason", .string(reason.rawValue))])
    }
    let end = request.finished ?? process.end
    // A request that was planned for later than the run's end was not sent.
    guard request.sent < end, isShown(request.sent, end) else { return }
    if window?.holds(request.sent) ?? true {
      event(
        "arrival", "i", at: request.sent, on: .arrivals, [("s", .string("t"))],
        args: [("index", .integer(request.index))])
    }
    for interruption in request.interruptions where window?.holds(interruption.preempted) ?? true {
      event(
        "preemption", "i", at: interruption.preempted, on: .preemptions, [("s", .string("t"))],
        args: [("index", .integer(request.index))])
    }
    // A plain "id" is one for all processes, and Perfetto then shows the requests outside of theirs.
    let pairing: Members = [
      ("cat", .string("request")), ("id2", .object([("local", .string("\(request.index)"))])),
    ]
    event("request", "b", at: request.sent, pairing, args: Self.identity(request))
    for span in request.spans(steps: process.steps, until: end) {
      event(span.phase.rawValue, "b", at: span.start, pairing)
      event(span.phase.rawValue, "e", at: span.end, pairing)
    }
    event("request", "e", at: end, pairing, args: Self.result(request))
  }

  private static func identity(_ request: RequestRecord) -> Members {
    [
      ("index", .integer(request.index)), ("prompt_tokens", .integer(request.promptTokens)),
      ("output_tokens", .integer(request.outputTokens)),
    ]
  }

  private static func result(_ request: RequestRecord) -> Members {
    [
      ("outcome", .string(request.outcome.name)), ("generated_tokens", .integer(request.generatedTokens)),
      ("cached_tokens", .integer(request.cachedTokens)), ("preemptions", .integer(request.preemptions)),
      ("ttft_ms", .optional(request.ttft?.milliseconds)), ("tpot_ms", .optional(request.tpot?.milliseconds)),
    ]
  }

  private func isShown(_ start: Seconds, _ end: Seconds) -> Bool { window?.overlaps(start, end) ?? true }
}
