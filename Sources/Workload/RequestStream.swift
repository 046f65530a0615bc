/// Requests in order of arrival.
///
/// A generated workload is made as it is read, one request at a time; a copy of the stream starts where its original
/// stood.
public struct RequestStream: Sequence, IteratorProtocol, Sendable {
  /// Requests in the whole stream, follow-ups included.
  public let count: Int
  private var source: Source

  private enum Source: Sendable {
    case given(ArraySlice<Request>)
    case generated(RequestGenerator)
  }

  /// - Parameter requests: ascending in `arrival`; indices (follow-ups included) are 0 ..< count, each once.
  public init(_ requests: [Request]) {
    count = requests.reduce(0) { $0 + 1 + $1.followUps.count }
    source = .given(requests[...])
  }

  init(_ generator: RequestGenerator) {
    count = generator.count
    source = .generated(generator)
  }

  public mutating func next() -> Request? {
    switch source {
    case .given(var rest):
      let request = rest.popFirst()
      source = .given(rest)
      return request
    case .generated(var generator):
      let request = generator.next()
      source = .generated(generator)
      return request
    }
  }
}
