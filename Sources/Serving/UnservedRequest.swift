import Metrics
import Quantities
import Workload

extension RequestRecord {
  /// Of requests that never reached the engine.
  private init(_ request: Request, released: Seconds, sent: Seconds, outcome: Outcome) {
    self.init(
      index: request.index, stage: request.stage, promptTokens: request.promptTokens,
      outputTokens: request.outputTokens, released: released, sent: sent, outcome: outcome)
  }

  /// Of a request that is refused when it is sent, and of its later turns: a conversation ends there.
  static func refused(_ request: Request, _ reason: Rejection, at time: Seconds) -> [RequestRecord] {
    ([request] + request.followUps).map {
      RequestRecord($0, released: request.arrival, sent: time, outcome: .rejected(reason))
    }
  }

  /// Of a request that was planned for a time and not sent when the run ended.
  static func unsent(_ request: Request, planned: Seconds) -> RequestRecord {
    RequestRecord(request, released: planned, sent: planned, outcome: .unfinished)
  }
}

extension Request {
  /// The next turn of its conversation, if there is one.
  ///
  /// - Parameter time: when the client has the whole answer.
  func nextTurn(answeredAt time: Seconds) -> Request? {
    guard var next = followUps.first else { return nil }
    next.arrival += time
    next.followUps = Array(followUps.dropFirst())
    return next
  }
}
