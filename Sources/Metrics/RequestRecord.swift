public import Quantities

/// What became of one request, as a load generator at the client's side would have seen it.
///
/// Times count from the start of the run. All are nil until they happened.
public struct RequestRecord: Hashable, Sendable, Codable {
  public var index: Int
  /// Load stage the request belongs to; 0 without stages.
  public var stage: Int
  /// Number of the replica that the request was routed to, from 0; also 0 if it was never sent.
  public var replica: Int
  public var promptTokens: Int
  /// Tokens asked for.
  public var outputTokens: Int
  /// Tokens that reached the client.
  public var generatedTokens: Int
  /// Prompt tokens found in the prefix cache when the request was first admitted.
  public var cachedTokens: Int
  public var preemptions: Int
  /// When the load generator released the request: its planned time.
  public var released: Seconds
  /// When it was sent: later than `released` if a client cap (`max_concurrency`) held it back.
  public var sent: Seconds
  /// Start of the first step that carried it. Not kept in the SQLite file.
  public var started: Seconds?
  public var firstToken: Seconds?
  public var finished: Seconds?
  public var outcome: Outcome
  /// Where the time to first token went; nil if there was no first token.
  public var attribution: TTFTAttribution?
  /// The steps that delivered the request's tokens, as runs of consecutive steps in order; one run unless it was preempted.
  public var deliveries: [StepRange]
  /// Its preemptions, in order. Kept with `deliveries`, but not in the SQLite file.
  public var interruptions: [Interruption]

  public enum Outcome: Hashable, Sendable, Codable {
    case finished
    case rejected(Rejection)
    /// Still waiting or running when the run ended.
    case unfinished
  }

  /// Why a request never ran.
  public enum Rejection: String, Hashable, Sendable, Codable, CaseIterable {
    /// prompt + output tokens exceed `max_model_len` (HTTP 400 in vLLM's server).
    case exceedsMaxModelLen = "exceeds_max_model_len"
    /// The request alone needs more KV blocks than the replica has.
    case exceedsKVCache = "exceeds_kv_cache"
    /// The prompt exceeds `max_num_batched_tokens` and chunked prefill is off.
    case exceedsTokenBudget = "exceeds_max_num_batched_tokens"
  }

  /// Consecutive steps `first...last` of one replica (0-based positions in the run's step series).
  public struct StepRange: Hashable, Sendable, Codable {
    public var first: Int
    public var last: Int

    @inlinable public init(first: Int, last: Int) {
      self.first = first
      self.last = last
    }
  }

  /// A preemption: the request gave up its blocks and waits again.
  public struct Interruption: Hashable, Sendable, Codable {
    /// When the scheduler took its blocks. A step that carries it may still be under way then.
    public var preempted: Seconds
    /// Start of the first step that carried it again; nil if there was none, because its last token was under way already.
    public var resumed: Seconds?

    @inlinable public init(preempted: Seconds, resumed: Seconds? = nil) {
      self.preempted = preempted
      self.resumed = resumed
    }
  }

  @inlinable public init(
    index: Int, stage: Int, promptTokens: Int, outputTokens: Int, generatedTokens: Int = 0,
    cachedTokens: Int = 0,
    preemptions: Int = 0, released: Seconds, sent: Seconds, started: Seconds? = nil,
    firstToken: Seconds? = nil, finished: Seconds? = nil, outcome: Outcome = .unfinished,
    attribution: TTFTAttribution? = nil, deliveries: [StepRange] = [], interruptions: [Interruption] = [],
    replica: Int = 0
  ) {
    self.index = index
    self.stage = stage
    self.promptTokens = promptTokens
    self.outputTokens = outputTokens
    self.generatedTokens = generatedTokens
    self.cachedTokens = cachedTokens
    self.preemptions = preemptions
    self.released = released
    self.sent = sent
    self.started = started
    self.firstToken = firstToken
    self.finished = finished
    self.outcome = outcome
    self.attribution = attribution
    self.deliveries = deliveries
    self.interruptions = interruptions
    self.replica = replica
  }

  /// Time to first token: first token − sent.
  @inlinable public var ttft: Seconds? { firstToken.map { $0 - sent } }
  /// End-to-end latency: last token − sent. Excludes the wait for the client cap.
  @inlinable public var e2e: Seconds? { finished.map { $0 - sent } }
  /// Time per output token after the first; nil for one-token answers.
  @inlinable public var tpot: Seconds? {
    guard let firstToken, let finished, generatedTokens > 1 else { return nil }
    return (finished - firstToken) / Double(generatedTokens - 1)
  }
}

/// The time to first token of one request, split by cause. The parts are disjoint and add up to it exactly, in the order
/// `frontEnd + queue + ownPrefill + preemption + interference`.
public struct TTFTAttribution: Hashable, Sendable, Codable {
  /// HTTP, tokeniser and IPC between the client's send and the scheduler, and the way of the token back to the client.
  public var frontEnd: Seconds
  /// From being seen by the scheduler to the start of the first step that carries the request.
  public var queue: Seconds
  /// What its own prefill steps would have taken with nothing else in the batch.
  public var ownPrefill: Seconds
  /// From the first start to the restart after the last preemption; 0 for nearly every request.
  public var preemption: Seconds
  /// The rest: other requests' tokens in the same steps, and steps without it between its chunks.
  public var interference: Seconds

  @inlinable public init(
    frontEnd: Seconds, queue: Seconds, ownPrefill: Seconds, preemption: Seconds, interference: Seconds
  ) {
    self.frontEnd = frontEnd
    self.queue = queue
    self.ownPrefill = ownPrefill
    self.preemption = preemption
    self.interference = interference
  }

  public var total: Seconds { frontEnd + queue + ownPrefill + preemption + interference }
}
