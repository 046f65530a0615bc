/// Requests in order of arrival, made one after another as they are taken: a copy starts where the original stands.
public struct RequestStream: Sequence, IteratorProtocol, Sendable {
  /// Requests in the whole stream, follow-ups included.
  public let count: Int
  private var source: Source

  private enum Source: Sendable {
    case list(ArraySlice<Request>)
    case generator(RequestGenerator)
  }

  /// - Parameter requests: ascending in `arrival`; indices (follow-ups included) are 0 ..< count, each once.
  public init(_ requests: [Request]) {
    count = requests.reduce(0) { $0 + 1 + $1.followUps.count }
    source = .list(requests[...])
  }

  init(_ generator: RequestGenerator, count: Int) {
    self.count = count
    source = .generator(generator)
  }

  public mutating func next() -> Request? {
    switch source {
    case .list(var requests):
      source = .list([])
      let request = requests.popFirst()
      source = .list(requests)
      return request
    case .generator(var generator):
      let request = generator.next()
      source = .generator(generator)
      return request
    }
  }
}

extension WorkloadSpec {
  /// The requests. Arrivals, lengths, prefixes and priorities are drawn from separate streams of the seed, so that changing
  /// one leaves the others as they are.
  ///
  /// - Throws: ``WorkloadError`` if the trace cannot be read or has too few requests.
  public func stream(seed: UInt64) throws(WorkloadError) -> RequestStream {
    let rows = try trace.map { spec throws(WorkloadError) in try TraceRow.read(spec) } ?? []
    let total = try requestCount(rows: rows.count)
    return RequestStream(
      RequestGenerator(self, rows: usesTrace ? rows : [], total: total, seed: seed), count: total)
  }

  /// Whether anything is taken from the trace.
  var usesTrace: Bool {
    if case .trace = arrivals { return true }
    return promptTokens.distribution == .trace || outputTokens.distribution == .trace || prefix == .trace
  }

  private func requestCount(rows: Int) throws(WorkloadError) -> Int {
    var wanted = numRequests
    if case .stages(let stages) = arrivals { wanted = stages.reduce(0) { $0 + $1.count } * prefix.turns }
    guard usesTrace else { return wanted ?? 0 }
    if let wanted, wanted > rows {
      throw WorkloadError([
        "workload.num_requests: found \(wanted); \(trace?.path ?? "the trace") has \(rows) requests"
      ])
    }
    return wanted ?? rows
  }
}
