import Metrics
import Quantities

/// A stretch of a request's life.
struct RequestSpan: Hashable {
  enum Phase: String {
    /// On its way to the scheduler, or waiting for it.
    case queued
    /// From the first step that carries it to the first token after that; with interference of others and pauses between chunks.
    case prefill
    case decode
  }

  var phase: Phase
  var start: Seconds
  var end: Seconds
}

extension RequestRecord {
  /// What a request went through from `sent` to `end`, without gaps: queued, prefill, decode, and again after each preemption.
  ///
  /// - Parameters:
  ///   - steps: of the run, to which `deliveries` point.
  ///   - end: when the request or the run ended.
  func spans(steps: [StepRecord], until end: Seconds) -> [RequestSpan] {
    var spans: [RequestSpan] = []
    var now = sent
    func add(_ phase: RequestSpan.Phase, until time: Seconds) {
      let time = min(max(time, now), end)
      if time > now {
        // Preempted when its step had only just begun: it never left the queue.
        if let last = spans.indices.last, spans[last].phase == phase {
          spans[last].end = time
        } else {
          spans.append(RequestSpan(phase: phase, start: now, end: time))
        }
      }
      now = time
    }
    var begun = started
    for interruption in interruptions {
      // With its last token under way already it did not have to go on.
      if interruption.resumed == nil, finished != nil { break }
      serve(from: begun, until: interruption.preempted)
      begun = interruption.resumed
    }
    serve(from: begun, until: end)
    return spans

    func serve(from begun: Seconds?, until stop: Seconds) {
      add(.queued, until: begun ?? stop)
      guard let begun else { return }
      add(.prefill, until: min(token(after: begun, steps) ?? stop, stop))
      add(.decode, until: stop)
    }
  }

  /// When the first token came that a step begun at `start` or later delivered.
  private func token(after start: Seconds, _ steps: [StepRecord]) -> Seconds? {
    guard let run = deliveries.first(where: { steps[$0.last].end > start }) else { return nil }
    var (low, high) = (run.first, run.last)
    while low < high {
      let middle = (low + high) / 2
      if steps[middle].end > start { high = middle } else { low = middle + 1 }
    }
    // The client has the first token a little after its step ended.
    return low == deliveries.first?.first ? firstToken : steps[low].end
  }
}
