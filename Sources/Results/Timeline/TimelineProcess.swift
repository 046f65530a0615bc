public import Metrics
public import Quantities

/// One engine in a timeline: a process of the viewer, with its steps, its requests and its counters.
public struct TimelineProcess: Sendable {
  /// Number of the process, from 1 and different for each in the file.
  public var pid: Int
  /// "rag: swiftkv-50".
  public var name: String
  public var requests: [RequestRecord]
  /// The steps that `RequestRecord.deliveries` of `requests` count.
  public var steps: [StepRecord]
  /// KV blocks that requests can use.
  public var totalBlocks: Int
  /// The size of CUDA graph to which a step of so many tokens is padded; nil if it runs without one.
  public var paddedTokens: @Sendable (Int) -> Int?

  public init(
    pid: Int, name: String, requests: [RequestRecord], steps: [StepRecord], totalBlocks: Int,
    paddedTokens: @escaping @Sendable (Int) -> Int? = { _ in nil }
  ) {
    self.pid = pid
    self.name = name
    self.requests = requests
    self.steps = steps
    self.totalBlocks = totalBlocks
    self.paddedTokens = paddedTokens
  }

  /// When its last step or answer ended; 0 if nothing happened.
  public var end: Seconds {
    max(steps.last?.end ?? .zero, requests.lazy.compactMap(\.finished).max() ?? .zero)
  }

  /// Output tokens of each step, at its position.
  var outputTokens: [Int] {
    var changes = [Int](repeating: 0, count: steps.count + 1)
    for range in requests.lazy.flatMap(\.deliveries) {
      changes[range.first] += 1
      changes[range.last + 1] -= 1
    }
    var tokens = 0
    return changes.dropLast().map { change in
      tokens += change
      return tokens
    }
  }
}
