import Figures
import Metrics
import Quantities

/// Runs that look like a simulation's, from a one-line model of a replica: prompts are served in order, a chunk a step,
/// beside all decoding requests. Good enough to draw; no figure of it means anything.
struct SyntheticReplica {
  var requests = 400
  /// Mean time between arrivals.
  var interval: Seconds = 0.17
  var outputTokens = 120
  /// GPU time per prompt token.
  var prefillSpeed: Seconds = 24e-6
  var totalBlocks = 28_000

  func record() -> RunRecord {
    var state: UInt64 = 42
    // A 64-bit linear congruential generator (Knuth's MMIX constants): the same runs every time.
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(UInt64(1) << 53)
    }
    var arrivals: [(time: Double, prompt: Int)] = []
    var clock = 0.0
    for _ in 0..<requests {
      clock += interval.value * (uniform() < 0.4 ? 2.1 * uniform() : 0.6 + uniform())
      arrivals.append((clock, Int(1500 + 14_000 * uniform() * uniform())))
    }
    var records = arrivals.enumerated().map { i, arrival in
      RequestRecord(
        index: i, stage: 0, promptTokens: arrival.prompt, outputTokens: outputTokens,
        released: Seconds(arrival.time),
        sent: Seconds(arrival.time))
    }
    var steps: [StepRecord] = []
    var decoding: [(index: Int, left: Int)] = []
    var next = 0
    var done = 0
    var now = 0.0
    while next < requests || !decoding.isEmpty {
      if decoding.isEmpty, arrivals[next].time > now { now = arrivals[next].time }
      let isPrefilling =
        next < requests && arrivals[next].time <= now && usedBlocks(decoding, arrivals) < totalBlocks
      let chunk = isPrefilling ? min(8192 - decoding.count, arrivals[next].prompt - done) : 0
      let time = 0.007 + 5e-5 * Double(decoding.count) + prefillSpeed.value * Double(chunk)
      let waiting = arrivals[next...].prefix { $0.time <= now }.count - (isPrefilling ? 1 : 0)
      steps.append(
        StepRecord(
          composed: Seconds(now), start: Seconds(now), end: Seconds(now + time), prefillTokens: chunk,
          decodeTokens: decoding.count, running: decoding.count + (isPrefilling ? 1 : 0),
          waiting: max(0, waiting),
          usedBlocks: min(totalBlocks, usedBlocks(decoding, arrivals) + (done + chunk) / 16), preemptions: 0))
      if isPrefilling, done == 0 {
        let queue = Seconds(now - arrivals[next].time)
        records[next].attribution = TTFTAttribution(
          frontEnd: 0.004, queue: queue, ownPrefill: 0, preemption: 0, interference: 0)
      }
      now += time
      for i in decoding.indices { decoding[i].left -= 1 }
      for entry in decoding where entry.left == 0 { records[entry.index].finished = Seconds(now) }
      decoding.removeAll { $0.left == 0 }
      if isPrefilling {
        done += chunk
        if done == arrivals[next].prompt { (next, done) = (next + 1, 0) }
        if done == 0 {
          finishPrefill(&records[next - 1], at: now, step: steps.count - 1)
          decoding.append((next - 1, outputTokens - 1))
        }
      }
    }
    return run(records, steps)
  }

  private func usedBlocks(_ decoding: [(index: Int, left: Int)], _ arrivals: [(time: Double, prompt: Int)])
    -> Int
  {
    decoding.reduce(0) { $0 + (arrivals[$1.index].prompt + outputTokens - $1.left) / 16 }
  }

  private func finishPrefill(_ request: inout RequestRecord, at now: Double, step: Int) {
    request.firstToken = Seconds(now + 0.004)
    request.outcome = .finished
    request.generatedTokens = outputTokens
    request.deliveries = [RequestRecord.StepRange(first: step, last: step + outputTokens - 1)]
    let own = prefillSpeed * Double(request.promptTokens)
    request.attribution?.ownPrefill = own
    let rest = Seconds(now + 0.004) - request.sent - own - 0.004 - (request.attribution?.queue ?? 0)
    request.attribution?.interference = rest
  }

  private func run(_ records: [RequestRecord], _ steps: [StepRecord]) -> RunRecord {
    var gaps: [WeightedSample] = []
    for (a, b) in zip(steps, steps.dropFirst()) where b.decodeTokens > 0 {
      gaps.append(WeightedSample(value: (b.end - a.end).value, count: b.decodeTokens))
    }
    let prefill = Double(steps.reduce(0) { $0 + $1.prefillTokens })
    let decode = Double(steps.reduce(0) { $0 + $1.decodeTokens })
    let busy = [
      BusyTime(
        kind: "GEMM", time: Seconds(prefill * prefillSpeed.value * 0.86 + Double(steps.count) * 0.005)),
      BusyTime(kind: "prefill attention", time: Seconds(prefill * prefillSpeed.value * 0.1)),
      BusyTime(kind: "decode attention", time: Seconds(decode * 4e-5)),
      BusyTime(
        kind: "element-wise", time: Seconds(prefill * prefillSpeed.value * 0.04 + Double(steps.count) * 3e-4)),
      BusyTime(kind: "all-reduce", time: 0),
      BusyTime(kind: "LM head", time: Seconds(Double(steps.count) * 4e-4)),
    ]
    return RunRecord(
      requests: records, steps: steps, interTokenGaps: gaps,
      totals: RunTotals(
        busy: busy, totalBlocks: totalBlocks, blockSize: 16, prefixQueryTokens: 0, prefixHitTokens: 0))
  }
}

extension PlottedRun {
  init(_ name: String, skip: Double = 0, group: Int = 1, fp8: Bool = false, record: RunRecord) {
    self.init(
      name: name, skipPercent: skip, isProjection: group > 1, usesFP8KV: fp8, groupSize: group,
      figures: RunFigures(record: record), record: record)
  }

  static func synthetic(
    _ name: String, skip: Double = 0, group: Int = 1, fp8: Bool = false,
    replica: SyntheticReplica = SyntheticReplica()
  ) -> PlottedRun {
    var replica = replica
    replica.prefillSpeed = replica.prefillSpeed * (1 - 0.0092 * skip)
    if group > 1 { replica.totalBlocks = replica.totalBlocks * 4 / 3 }
    if fp8 { replica.totalBlocks *= 2 }
    return PlottedRun(name, skip: skip, group: group, fp8: fp8, record: replica.record())
  }

  /// The seven of a full comparison.
  static let seven: [PlottedRun] = [
    .synthetic("baseline"), .synthetic("swiftkv-25", skip: 25), .synthetic("swiftkv-40", skip: 40),
    .synthetic("swiftkv-50", skip: 50), .synthetic("swiftkv-62.5", skip: 62.5),
    .synthetic("swiftkv-50-across2", skip: 50, group: 2), .synthetic("swiftkv-50-fp8kv", skip: 50, fp8: true),
  ]

  /// A run of which no request was completed.
  static let empty = PlottedRun(
    "baseline",
    record: RunRecord(
      requests: [
        RequestRecord(
          index: 0, stage: 0, promptTokens: 9, outputTokens: 9, released: 0, sent: 0,
          outcome: .rejected(.exceedsMaxModelLen))
      ], steps: [], interTokenGaps: [],
      totals: RunTotals(
        busy: [], totalBlocks: 100, blockSize: 16, prefixQueryTokens: 0, prefixHitTokens: 0)))

  /// Requests that all took the same time, given in seconds.
  static func constant(_ name: String, ttft: Double, count: Int = 5, outputTokens: Int = 1) -> PlottedRun {
    PlottedRun(name, record: .constant(ttft: ttft, count: count, outputTokens: outputTokens))
  }
}

extension RunRecord {
  /// Requests that all took the same time, given in seconds.
  static func constant(ttft: Double, count: Int = 5, outputTokens: Int = 1) -> RunRecord {
    let requests = (0..<count).map { i in
      RequestRecord(
        index: i, stage: 0, promptTokens: 10, outputTokens: outputTokens, generatedTokens: outputTokens,
        released: Seconds(Double(i)), sent: Seconds(Double(i)), firstToken: Seconds(Double(i) + ttft),
        finished: Seconds(Double(i) + ttft * 2), outcome: .finished,
        attribution: TTFTAttribution(
          frontEnd: 0, queue: 0, ownPrefill: Seconds(ttft), preemption: 0, interference: 0))
    }
    let step = StepRecord(
      composed: 0, start: 0, end: Seconds(max(ttft, 0.001)), prefillTokens: 10, decodeTokens: 0, running: 1,
      waiting: 0,
      usedBlocks: 1, preemptions: 0)
    return RunRecord(
      requests: requests, steps: [step], interTokenGaps: [],
      totals: RunTotals(
        busy: [BusyTime(kind: "GEMM", time: Seconds(ttft))], totalBlocks: 100, blockSize: 16,
        prefixQueryTokens: 0, prefixHitTokens: 0))
  }
}

enum SyntheticStep {
  /// A prefill chunk beside some decoding requests on one H100, in round numbers.
  static let points = [
    RooflinePoint(
      label: "gate-up", flops: 7.7e12, bytes: 9.6e9, time: 11.2e-3, share: 0.41, group: "compute"),
    RooflinePoint(label: "down", flops: 3.85e12, bytes: 5.1e9, time: 5.9e-3, share: 0.215, group: "compute"),
    RooflinePoint(label: "qkv", flops: 1.65e12, bytes: 2.9e9, time: 2.6e-3, share: 0.095, group: "compute"),
    RooflinePoint(label: "o", flops: 1.1e12, bytes: 2.1e9, time: 1.8e-3, share: 0.066, group: "compute"),
    RooflinePoint(
      label: "prefill attention", flops: 1.1e12, bytes: 1.3e9, time: 2.2e-3, share: 0.08, group: "compute"),
    RooflinePoint(
      label: "decode attention", flops: 6e9, bytes: 5.6e9, time: 1.9e-3, share: 0.07, group: "memory"),
    RooflinePoint(
      label: "element-wise", flops: 4e9, bytes: 3.4e9, time: 1.2e-3, share: 0.044, group: "memory"),
    RooflinePoint(
      label: "LM head", flops: 6.7e10, bytes: 1.05e9, time: 0.36e-3, share: 0.013, group: "memory"),
    RooflinePoint(label: "host", flops: 0, bytes: 0, time: 0.2e-3, share: 0.007, group: "latency"),
  ]
  static let ceilings = [ComputeCeiling(label: "BF16 989 TFLOP/s", rate: 989e12)]

  static let figure = Charts.roofline(
    points: points, ceilings: ceilings, bandwidth: 3.35e12, step: "8192 tokens, Llama-3.1-8B on H100",
    name: "roofline-mixed")
}
