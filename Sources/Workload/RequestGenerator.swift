import Quantities
import Randomness

/// Makes the requests of a workload one after another.
struct RequestGenerator: Sendable {
  private let spec: WorkloadSpec
  private let rows: [TraceRow]
  private let speedup: Double
  private var times: ArrivalTimes
  private var row = 0
  /// Index of the next request, and of the next conversation (without conversations they are the same).
  private var index = 0
  private var group = 0
  private let total: Int

  private let promptLengths: RandomStream
  private let outputLengths: RandomStream
  private let prefixes: RandomStream
  private let priorities: RandomStream

  /// - Parameter total: requests to make, turns of conversations counted singly.
  init(_ spec: WorkloadSpec, rows: [TraceRow], total: Int, seed: UInt64) {
    self.spec = spec
    self.rows = rows
    self.total = total
    if case .trace(let speedup) = spec.arrivals { self.speedup = speedup } else { speedup = 1 }
    let turns = spec.prefix.turns
    times = ArrivalTimes(spec.arrivals.parts(count: (total + turns - 1) / turns), seed: seed)
    promptLengths = RandomStream(seed: seed, .promptLengths)
    outputLengths = RandomStream(seed: seed, .outputLengths)
    prefixes = RandomStream(seed: seed, .prefixes)
    priorities = RandomStream(seed: seed, .priorities)
  }

  mutating func next() -> Request? {
    guard index < total else { return nil }
    let (arrival, stage): (Seconds, Int)
    if case .trace = spec.arrivals {
      (arrival, stage) = (Seconds(rows[group].time / speedup), 0)
    } else if let next = times.next() {
      (arrival, stage) = next
    } else {
      return nil
    }
    defer { group += 1 }
    if case .conversations(let turns, let thinkTime) = spec.prefix {
      return conversation(min(turns, total - index), thinkTime, arrival, stage)
    }
    defer { index += 1 }
    return single(arrival, stage)
  }

  // MARK: One request

  private func single(_ arrival: Seconds, _ stage: Int) -> Request {
    // Prompts of a pool are the same text each time round, so their length is drawn once for each.
    var item = index
    if case .pool(let prompts) = spec.prefix { item = index % prompts }
    let row = rows.isEmpty ? nil : rows[index]
    var prompt = promptTokens(item, row)
    let content: PromptContent
    switch spec.prefix {
    case .none, .conversations: content = .unique
    case .pool: content = .text(UInt64(item))
    case .groups(let count, let tokens):
      var draws = prefixes.draws(at: index)
      prompt += tokens
      content = .segments([.init(text: UInt64(draws.integer(in: 0...count - 1)), tokens: tokens)])
    case .trace: content = row?.content ?? .unique
    }
    return Request(
      index: index, arrival: arrival, promptTokens: prompt, outputTokens: outputTokens(index, row),
      priority: priority(index), content: content, stage: stage)
  }

  private func promptTokens(_ item: Int, _ row: TraceRow?) -> Int {
    var draws = promptLengths.draws(at: item)
    return spec.promptTokens.sample(&draws, traced: row?.promptTokens)
  }

  private func outputTokens(_ item: Int, _ row: TraceRow?) -> Int {
    var draws = outputLengths.draws(at: item)
    return spec.outputTokens.sample(&draws, traced: row?.outputTokens)
  }

  private func priority(_ item: Int) -> Int {
    guard let last = spec.priorities.last else { return 0 }
    var draws = priorities.draws(at: item)
    var left = draws.unit() * spec.priorities.reduce(0) { $0 + $1.share }
    for share in spec.priorities {
      left -= share.share
      if left < 0 { return share.priority }
    }
    return last.priority
  }

  // MARK: Conversations

  /// Each prompt is everything said so far and a new message of the drawn length.
  private mutating func conversation(
    _ turns: Int, _ thinkTime: Seconds, _ arrival: Seconds, _ stage: Int
  ) -> Request {
    var said: [PromptContent.Segment] = []
    var requests: [Request] = []
    for turn in 0..<turns {
      let item = index + turn
      let row = rows.isEmpty ? nil : rows[item]
      // Message and answer of a turn are two texts of their own.
      let (message, answer) = (UInt64(2 * item), UInt64(2 * item + 1))
      said.append(.init(text: message, tokens: promptTokens(item, row)))
      let output = outputTokens(item, row)
      requests.append(
        Request(
          index: item, arrival: turn == 0 ? arrival : thinkTime,
          promptTokens: said.reduce(0) { $0 + $1.tokens }, outputTokens: output, priority: priority(group),
          content: .segments(said), outputContent: answer, stage: stage))
      said.append(.init(text: answer, tokens: output))
    }
    index += turns
    var first = requests[0]
    first.followUps = Array(requests.dropFirst())
    return first
  }
}

extension PrefixSharing {
  /// Requests that one arrival brings.
  var turns: Int {
    if case .conversations(let turns, _) = self { return turns }
    return 1
  }
}
