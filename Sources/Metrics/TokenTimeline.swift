public import Quantities

/// When the tokens of a set of requests reached the clients, recovered from the steps that delivered them.
///
/// Tokens are handled as counts per step, never one by one: memory and time are O(steps + deliveries).
struct TokenTimeline {
  let steps: [StepRecord]
  /// Tokens delivered by each step, to the requests of interest only.
  private var tokens: [Int]
  /// `consecutive[i]`: requests that got a token from step i and from step i + 1.
  private var consecutive: [Int]
  /// Gaps across a preemption, in seconds.
  private var interrupted: [WeightedSample] = []

  init(steps: [StepRecord], requests: some Sequence<RequestRecord>) {
    self.steps = steps
    tokens = Array(repeating: 0, count: steps.count + 1)
    consecutive = tokens
    // Difference arrays first: +1 where a run of steps begins, −1 behind its end.
    for request in requests {
      var previous: RequestRecord.StepRange?
      for range in request.deliveries {
        precondition(
          range.first >= 0 && range.first <= range.last && range.last < steps.count,
          "request \(request.index) has a token from step \(range.last), but there are \(steps.count) steps")
        tokens[range.first] += 1
        tokens[range.last + 1] -= 1
        consecutive[range.first] += 1
        consecutive[range.last] -= 1
        if let previous {
          let gap = steps[range.first].end - steps[previous.last].end
          interrupted.append(WeightedSample(value: gap.value, count: 1))
        }
        previous = range
      }
    }
    for i in 1..<tokens.count {
      tokens[i] += tokens[i - 1]
      consecutive[i] += consecutive[i - 1]
    }
  }

  /// Tokens that a step delivered.
  func tokens(of step: Int) -> Int { tokens[step] }

  /// Of these, tokens of requests that got one from the step before as well.
  func consecutive(of step: Int) -> Int { step == 0 ? 0 : consecutive[step - 1] }

  /// Inter-token gaps in seconds, pooled over the requests.
  var gaps: [WeightedSample] {
    var gaps = interrupted
    for i in steps.indices.dropLast() where consecutive[i] > 0 {
      gaps.append(WeightedSample(value: (steps[i + 1].end - steps[i].end).value, count: consecutive[i]))
    }
    return gaps
  }

  /// The most tokens in any one-second bucket [k, k + 1) counted from `origin`.
  func peakTokensPerSecond(from origin: Seconds) -> Int {
    var (bucket, inBucket) = (Int.min, 0)
    // Replicas have their steps one after another, so a second may come again.
    var counts: [Int: Int] = [:]
    for (step, count) in zip(steps, tokens) where count > 0 {
      let second = Int(step.end.value - origin.value)
      if second != bucket {
        counts[bucket, default: 0] += inBucket
        (bucket, inBucket) = (second, 0)
      }
      inBucket += count
    }
    counts[bucket, default: 0] += inBucket
    return counts.values.max() ?? 0
  }
}

extension RunRecord {
  /// The gaps between a request's successive tokens, in order: its `itls` in vLLM's result file. O(tokens).
  public func interTokenGaps(of request: RequestRecord) -> [Seconds] {
    var gaps: [Seconds] = []
    gaps.reserveCapacity(max(0, request.generatedTokens - 1))
    var previous: Seconds?
    for range in request.deliveries {
      for step in range.first...range.last {
        let time = steps[step].end
        if let previous { gaps.append(time - previous) }
        previous = time
      }
    }
    return gaps
  }
}
