import InputFiles
import Quantities
import Randomness

/// Makes a workload's requests one after another. What request i is depends on seed, workload and i, not on how many
/// there are (save for the rescaling of arrivals).
struct RequestGenerator: Sendable {
  private let prefix: PrefixSharing
  /// Requests in all, follow-ups included.
  let count: Int
  private let trace: Trace?
  /// Empty where the trace has the times, which are then divided by the speedup.
  private var arrivals: ArrivalTimes
  private let traceSpeedup: Double?
  private let promptLengths: LengthSampler
  private let outputLengths: LengthSampler
  private let groups: RandomStream
  private let priorities: RandomStream
  private let priorityShares: [WorkloadSpec.PriorityShare]
  /// Of a request, where all have the same.
  private let commonPriority: Int?
  private let totalShare: Double
  /// Requests made so far, follow-ups included.
  private var made = 0
  /// Arrivals made so far; in conversations fewer than requests.
  private var released = 0

  /// - Throws: ``InputError`` if the workload has problems or its trace cannot be read or is too short.
  init(_ spec: WorkloadSpec, seed: UInt64) throws(InputError) {
    let problems = spec.problems
    guard problems.isEmpty else { throw InputError(problems) }
    prefix = spec.prefix
    trace = if let source = spec.trace { try Trace.read(source) } else { nil }
    count = try Self.count(spec, trace: trace)
    if case .trace(let speedup) = spec.arrivals {
      arrivals = ArrivalTimes()
      traceSpeedup = speedup
    } else {
      let turns = spec.turns
      traceSpeedup = nil
      arrivals = ArrivalTimes(spec.arrivals, count: (count + turns - 1) / turns, seed: seed)
    }
    promptLengths = LengthSampler(spec.promptTokens, seed: seed, stream: .promptLengths)
    outputLengths = LengthSampler(spec.outputTokens, seed: seed, stream: .outputLengths)
    groups = RandomStream(seed: seed, stream: .prefixes)
    priorities = RandomStream(seed: seed, stream: .priorities)
    priorityShares = spec.priorities
    commonPriority = spec.priorities.count > 1 ? nil : spec.priorities.first?.priority ?? 0
    totalShare = spec.priorities.reduce(0) { $0 + $1.share }
  }

  /// How many requests there will be, checked against what stages and trace have.
  private static func count(_ spec: WorkloadSpec, trace: Trace?) throws(InputError) -> Int {
    let fromStages = spec.arrivals.stageCount.map { $0.multipliedReportingOverflow(by: spec.turns) }
    if let fromStages, fromStages.overflow || fromStages.partialValue > WorkloadSpec.requestLimit {
      throw InputError(
        "arrivals.stages", "too many requests; allowed are up to \(WorkloadSpec.requestLimit.grouped)")
    }
    let available = fromStages?.partialValue ?? trace?.records.count
    guard let count = spec.numRequests ?? available else {
      throw InputError("num_requests", "missing; only stages and traces have a number of their own")
    }
    if let stages = fromStages?.partialValue, count > stages {
      throw InputError("num_requests", "\(count.grouped); the stages have \(stages.grouped) requests")
    }
    if let trace {
      // In a pool only the first rows are used, again and again, unless the trace also has the times.
      var rows = count
      if case .pool(let prompts) = spec.prefix { rows = min(count, prompts) }
      if case .trace = spec.arrivals { rows = count }
      if rows > trace.records.count {
        throw InputError(
          spec.numRequests == nil ? "arrivals.stages" : "num_requests",
          "\(rows.grouped); the trace \(spec.trace?.path ?? "") has \(trace.records.count.grouped) requests"
        )
      }
    }
    return count
  }

  mutating func next() -> Request? {
    guard made < count else { return nil }
    let arrival: ArrivalTimes.Arrival
    if let traceSpeedup, let trace {
      arrival = ArrivalTimes.Arrival(time: trace.records[made].arrival / traceSpeedup, stage: 0)
    } else {
      guard let drawn = arrivals.next() else { return nil }
      arrival = drawn
    }
    let priority = commonPriority ?? priority(at: released)
    released += 1
    if case .conversations(let turns, let thinkTime) = prefix {
      return conversation(
        turns: min(turns, count - made), thinkTime: thinkTime, arrival: arrival, priority: priority)
    }
    defer { made += 1 }
    return request(at: made, arrival: arrival, priority: priority)
  }

  // The helpers are mutating although they change nothing: a method that is not would be called on a copy of the generator.
  private mutating func priority(at item: Int) -> Int {
    var rest = priorities.uniform(at: item) * totalShare
    for entry in priorityShares.dropLast() {
      rest -= entry.share
      if rest < 0 { return entry.priority }
    }
    return priorityShares[priorityShares.count - 1].priority
  }

  private mutating func lengths(at item: Int) -> (prompt: Int, output: Int) {
    (
      promptLengths.tokens(at: item, traced: trace?.records[item].promptTokens),
      outputLengths.tokens(at: item, traced: trace?.records[item].outputTokens)
    )
  }

  private mutating func request(at index: Int, arrival: ArrivalTimes.Arrival, priority: Int) -> Request {
    var item = index
    if case .pool(let prompts) = prefix { item = index % prompts }
    var (prompt, output) = lengths(at: item)
    let content: PromptContent
    switch prefix {
    case .none, .conversations: content = .unique
    case .pool: content = .text(UInt64(item))
    case .groups(let count, let tokens):
      let group = groups.integer(at: index, in: 0...count - 1)
      content = .segments([.init(text: UInt64(group), tokens: tokens)])
      prompt += tokens
    case .trace: content = trace?.records[index].content.cut(to: prompt) ?? .unique
    }
    return Request(
      index: index, arrival: arrival.time, promptTokens: prompt, outputTokens: output, priority: priority,
      content: content, stage: arrival.stage)
  }

  private mutating func conversation(
    turns: Int, thinkTime: Seconds, arrival: ArrivalTimes.Arrival, priority: Int
  ) -> Request {
    var history: [PromptContent.Segment] = []
    var context = 0
    var requests: [Request] = []
    for turn in 0..<turns {
      let index = made + turn
      let (message, output) = lengths(at: index)
      // Two names a request: an even one for the user's message, an odd one for the answer.
      let (messageText, answerText) = (UInt64(index) * 2, UInt64(index) * 2 + 1)
      history.append(.init(text: messageText, tokens: message))
      context += message
      requests.append(
        Request(
          index: index, arrival: turn == 0 ? arrival.time : thinkTime, promptTokens: context,
          outputTokens: output, priority: priority, content: .segments(history),
          outputContent: turn + 1 < turns ? answerText : nil, stage: arrival.stage))
      history.append(.init(text: answerText, tokens: output))
      context += output
    }
    made += turns
    var first = requests.removeFirst()
    first.followUps = requests
    return first
  }
}

extension WorkloadSpec {
  /// Requests that one arrival leads to.
  var turns: Int {
    if case .conversations(let turns, _) = prefix { return turns }
    return 1
  }
}

extension PromptContent {
  /// The same content for a prompt of at most `tokens` tokens.
  func cut(to tokens: Int) -> PromptContent {
    guard case .segments(let segments) = self else { return self }
    var rest = tokens
    var kept: [Segment] = []
    for var segment in segments where rest > 0 {
      segment.tokens = min(segment.tokens, rest)
      rest -= segment.tokens
      kept.append(segment)
    }
    return .segments(kept)
  }
}
