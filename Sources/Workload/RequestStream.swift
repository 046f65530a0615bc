/// Requests in order of arrival.
public struct RequestStream: Sequence, IteratorProtocol, Sendable {
  /// Requests in the whole stream, follow-ups included.
  public let count: Int
  private var remaining: ArraySlice<Request>

  /// - Parameter requests: ascending in `arrival`; indices (follow-ups included) are 0 ..< count, each once.
  public init(_ requests: [Request]) {
    count = requests.reduce(0) { $0 + 1 + $1.followUps.count }
    remaining = requests[...]
  }

  public mutating func next() -> Request? { remaining.popFirst() }
}
