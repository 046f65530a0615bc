/// Requests in order of arrival.
///
/// A generated workload is made as it is read, one request at a time; a copy of the stream starts where its original
/// stood.
public struct RequestStream: Sequence, IteratorProtocol, Sendable {
  /// Requests in the whole stream, follow-ups included.
  public let count: Int
  private var given: ArraySlice<Request> = []
  /// nil if the requests were given. Beside them, not in an enum with them: there every read would move it out and in.
  private var generator: RequestGenerator?

  /// - Parameter requests: ascending in `arrival`; indices (follow-ups included) are 0 ..< count, each once.
  public init(_ requests: [Request]) {
    count = requests.reduce(0) { $0 + 1 + $1.followUps.count }
    given = requests[...]
  }

  init(_ generator: RequestGenerator) {
    count = generator.count
    self.generator = generator
  }

  public mutating func next() -> Request? {
    generator == nil ? given.popFirst() : generator?.next()
  }
}
