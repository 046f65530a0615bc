import Workload

/// Where an engine's requests come from, and where it is told of their answers.
protocol RequestSource {
  /// Requests of the whole run, as far as they are known here.
  var count: Int { get }
  /// Requests that are sent before this time are known; the engine goes no further.
  var bound: Double { get }
  /// When something is due next.
  var nextRelease: Double { get }
  /// Whether answers matter to what is sent later.
  var isCapped: Bool { get }
  /// Whether answers are told when their last step has ended, with the time at which they arrive, instead of then.
  static var takesAnswersEarly: Bool { get }

  mutating func release(at time: Double)
  mutating func nextToSend(at time: Double) -> Request?
  /// An answer is complete, or was refused.
  mutating func settle()
  mutating func plan(_ request: Request)
  mutating func nextUnsent() -> Request?
  /// - Parameter conversation: the request, if it has later turns.
  mutating func answer(_ item: TimedQueue.Item, conversation: Request?)
}

extension Client: RequestSource {
  var bound: Double { .infinity }
  static var takesAnswersEarly: Bool { false }
  mutating func answer(_ item: TimedQueue.Item, conversation: Request?) {}
}
