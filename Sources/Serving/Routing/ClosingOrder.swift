import Metrics
import Quantities
import Synchronization

/// Passes on the requests that several replicas close in the order of their ends, as one replica would tell them: replicas are simulated
/// one after another for a while each.
final class ClosingOrder: Sendable {
  private let sink: @Sendable (RequestRecord) -> Void
  private let held = Mutex<[RequestRecord]>([])

  init(_ sink: @escaping @Sendable (RequestRecord) -> Void) { self.sink = sink }

  /// For the observers of the replicas.
  var intake: @Sendable (RequestRecord) -> Void {
    { [self] request in add(request) }
  }

  private func add(_ request: RequestRecord) { held.withLock { $0.append(request) } }

  /// Passes on those that ended before a time; all replicas have told theirs. Unfinished ones come last of all, by index.
  func release(before time: Double) {
    let due = held.withLock { held in
      let due = held.filter { Self.end($0) < time }
      held.removeAll { Self.end($0) < time }
      return due
    }
    for request in due.sorted(by: { (Self.end($0), $0.index) < (Self.end($1), $1.index) }) { sink(request) }
  }

  func releaseAll() {
    release(before: .infinity)
    held.withLock { held in
      held.sorted { $0.index < $1.index }.forEach(sink)
      held.removeAll()
    }
  }

  private static func end(_ request: RequestRecord) -> Double {
    switch request.outcome {
    case .finished: request.finished?.value ?? request.sent.value
    case .rejected: request.sent.value
    case .unfinished: .infinity
    }
  }
}
