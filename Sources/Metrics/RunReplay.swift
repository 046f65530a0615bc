import Quantities

extension RunRecord {
  /// Tells an observer what happened in this run, in order of time, as the engine would have.
  ///
  /// A record does not say whether an unfinished request was sent: those without a token that were planned for after the last step count
  /// as not sent. Of several replicas all steps come in order of time, which is right for requests, not for gaps between tokens.
  /// O(n log n) for n requests and steps.
  public func replay(into observer: inout some RunObserver) {
    let lastEnd = steps.lazy.map(\.end).max() ?? .zero
    var moments = steps.indices.map { Moment(time: steps[$0].end, rank: .ended, index: $0) }
    for (i, request) in requests.enumerated() {
      switch request.outcome {
      case .finished:
        let end = request.deliveries.last.map { steps[$0.last].end } ?? request.finished ?? request.sent
        moments.append(Moment(time: end, rank: .closed, index: i))
        moments.append(Moment(time: request.sent, rank: .sent, index: i))
      case .rejected: moments.append(Moment(time: request.sent, rank: .closed, index: i))
      case .unfinished:
        guard request.firstToken != nil || request.sent <= lastEnd else { continue }
        moments.append(Moment(time: request.sent, rank: .sent, index: i))
      }
    }
    moments.sort()

    let timeline = TokenTimeline(steps: steps, requests: requests)
    let interruptions = interruptions
    var resumed = 0
    for moment in moments {
      switch moment.rank {
      case .sent: observer.sent(at: moment.time)
      case .closed: observer.closed(requests[moment.index])
      case .ended:
        while resumed < interruptions.count, interruptions[resumed].step == moment.index {
          observer.resumed(after: interruptions[resumed].gap)
          resumed += 1
        }
        observer.ended(
          steps[moment.index], tokens: timeline.tokens(of: moment.index),
          consecutive: timeline.consecutive(of: moment.index))
      }
    }
    for request in requests where request.outcome == .unfinished { observer.closed(request) }
  }

  /// Gaps between tokens whose steps do not follow one another, in order of the later step.
  private var interruptions: [(step: Int, gap: Seconds)] {
    requests.flatMap { request in
      zip(request.deliveries, request.deliveries.dropFirst()).map { earlier, later in
        (step: later.first, gap: steps[later.first].end - steps[earlier.last].end)
      }
    }.sorted { $0.step < $1.step }
  }

  private struct Moment: Comparable {
    var time: Seconds
    var rank: Rank
    /// Of a step or a request.
    var index: Int

    /// What comes first at one time.
    enum Rank: Int { case ended, closed, sent }

    static func < (a: Moment, b: Moment) -> Bool {
      (a.time, a.rank.rawValue, a.index) < (b.time, b.rank.rawValue, b.index)
    }
  }
}
