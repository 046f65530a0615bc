import DequeModule
import Workload

/// One replica's part of a fleet's client: requests routed to it, and answers that are on their way.
struct Inbox: RequestSource {
  /// Moved on by the fleet, and back by an answer: what the client does with it may come here again.
  var bound = 0.0
  /// Whether an answer that arrives before the bound becomes the bound.
  var stopsAtAnswers = false
  private let wantsAnswers: Bool
  private var requests: Deque<(time: Double, request: Request)> = []
  private(set) var nextRelease = Double.infinity
  private(set) var count = 0
  /// Answers by their arrival at the client, and those requests among them that have later turns.
  private var answers = TimedQueue()
  private(set) var conversations: [Int: Request] = [:]

  /// - Parameter wantsAnswers: tells of all answers, not just of those that a conversation waits for.
  init(wantsAnswers: Bool) { self.wantsAnswers = wantsAnswers }

  mutating func submit(_ request: Request, at time: Double) {
    count += 1
    if requests.isEmpty { nextRelease = time }
    requests.append((time, request))
  }

  /// When the next answer arrives of those that are told.
  var nextAnswer: Double { answers.nextTime }

  mutating func takeAnswer() -> (index: Int, conversation: Request?) {
    let index = answers.removeFirst().index
    return (index, conversations.removeValue(forKey: index))
  }

  // MARK: The engine's side

  var isCapped: Bool { false }
  static var takesAnswersEarly: Bool { true }

  mutating func release(at time: Double) {}

  mutating func nextToSend(at time: Double) -> Request? {
    guard nextRelease <= time, let first = requests.popFirst() else { return nil }
    nextRelease = requests.first?.time ?? .infinity
    return first.request
  }

  mutating func settle() {}
  mutating func plan(_ request: Request) {}

  mutating func answer(_ item: TimedQueue.Item, conversation: Request?) {
    guard wantsAnswers || conversation != nil else { return }
    conversations[item.index] = conversation
    answers.add(item)
    if stopsAtAnswers { bound = min(bound, item.time) }
  }

  mutating func nextUnsent() -> Request? { requests.popFirst()?.request }
}
