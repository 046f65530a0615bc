public import Quantities

/// The traffic of a scenario: how many requests, when they are sent, how long they are, and what their prompts share.
///
/// A value; ``stream(seed:)`` turns it into requests.
public struct WorkloadSpec: Hashable, Sendable {
  /// Requests to send. nil takes as many as the trace or the stages have.
  public var numRequests: Int?
  public var arrivals: ArrivalSpec
  public var promptTokens: LengthSpec
  public var outputTokens: LengthSpec
  public var prefix: PrefixSharing
  /// A file of real requests, for whatever of the above says `.trace`.
  public var trace: TraceSpec?
  /// Most requests the client keeps in flight; nil is no limit (open loop).
  public var maxConcurrency: Int?
  /// How requests spread over priorities (lower runs earlier); empty gives every request priority 0.
  public var priorities: [PriorityShare]

  public struct PriorityShare: Hashable, Sendable {
    public var priority: Int
    /// Relative weight, above 0.
    public var share: Double

    public init(priority: Int, share: Double) {
      self.priority = priority
      self.share = share
    }
  }

  public init(
    numRequests: Int?, arrivals: ArrivalSpec, promptTokens: LengthSpec, outputTokens: LengthSpec,
    prefix: PrefixSharing = .none, trace: TraceSpec? = nil, maxConcurrency: Int? = nil,
    priorities: [PriorityShare] = []
  ) {
    self.numRequests = numRequests
    self.arrivals = arrivals
    self.promptTokens = promptTokens
    self.outputTokens = outputTokens
    self.prefix = prefix
    self.trace = trace
    self.maxConcurrency = maxConcurrency
    self.priorities = priorities
  }
}

/// When requests are released.
public enum ArrivalSpec: Hashable, Sendable {
  /// A renewal process as `vllm bench serve` draws it: gamma gaps with shape `burstiness` and mean 1/rate, rescaled so that
  /// the last of N requests goes out at exactly N/rate. 1 is Poisson, infinity is constant spacing. An infinite rate sends
  /// everything at time 0.
  case open(rate: PerSecond, burstiness: Double)
  /// One open-loop process after another.
  case stages([LoadStage])
  /// Independent gaps drawn from a quantile table in seconds, scaled to the mean rate if one is given.
  case gapQuantiles(QuantileTable, rate: PerSecond?)
  /// The trace's own times, divided by `speedup`.
  case trace(speedup: Double)
}

/// A stretch of time at one rate. Exactly one of `duration` and `numRequests` is given.
public struct LoadStage: Hashable, Sendable {
  public var rate: PerSecond
  public var burstiness: Double
  public var duration: Seconds?
  public var numRequests: Int?

  public init(rate: PerSecond, burstiness: Double = 1, duration: Seconds? = nil, numRequests: Int? = nil) {
    self.rate = rate
    self.burstiness = burstiness
    self.duration = duration
    self.numRequests = numRequests
  }
}

/// A length in tokens: a distribution, cut to `min ... max` by clamping.
public struct LengthSpec: Hashable, Sendable {
  public var distribution: Distribution
  public var min: Int
  public var max: Int?

  public enum Distribution: Hashable, Sendable {
    case constant(Int)
    /// Every whole number of the range equally often, both ends included.
    case uniform(Int, Int)
    case lognormal(median: Double, p90: Double)
    case quantiles(QuantileTable)
    /// The trace's own lengths, joint with its other columns.
    case trace
  }

  public init(_ distribution: Distribution, min: Int = 1, max: Int? = nil) {
    self.distribution = distribution
    self.min = min
    self.max = max
  }
}

/// A distribution given by some of its quantiles, linear in between.
public struct QuantileTable: Hashable, Sendable {
  /// Ascending in both; the first percent is 0, the last 100.
  public var points: [Point]

  public struct Point: Hashable, Sendable {
    public var percent: Double
    public var value: Double

    public init(percent: Double, value: Double) {
      self.percent = percent
      self.value = value
    }
  }

  public init(points: [Point]) { self.points = points }
}

/// Which prompts begin with the same tokens.
public enum PrefixSharing: Hashable, Sendable {
  /// No two prompts share anything.
  case none
  /// This many distinct prompts (each with its own length), sent in a cycle.
  case pool(Int)
  /// Prompts of one group begin with the same `tokens` tokens, added to the drawn length; groups are chosen at random.
  case groups(count: Int, tokens: Int)
  /// Conversations of `turns` requests: each prompt is the whole conversation so far and a new user message of the drawn
  /// length. A turn is sent `thinkTime` after the answer to the one before.
  case conversations(turns: Int, thinkTime: Seconds)
  /// What the trace says (prompt ids, Mooncake's hash ids).
  case trace
}

/// A file of real requests.
public struct TraceSpec: Hashable, Sendable {
  public var path: String
  /// nil tells from the file's first line.
  public var format: TraceFormat?

  public init(path: String, format: TraceFormat? = nil) {
    self.path = path
    self.format = format
  }
}

public enum TraceFormat: String, Hashable, Sendable, CaseIterable {
  /// `TIMESTAMP,ContextTokens,GeneratedTokens`, 2023 and 2024.
  case azure
  /// JSON lines: `timestamp` in ms, `input_length`, `output_length`, `hash_ids` of 512-token blocks.
  case mooncake
  /// `Timestamp,Model,Request tokens,Response tokens,…` in seconds, read by column name.
  case burstgpt
  /// The project's own: `arrival_s,prompt_tokens,output_tokens[,prompt_id]`; further columns are ignored.
  case csv
}
