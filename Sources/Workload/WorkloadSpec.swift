public import InputFiles

/// The traffic of a scenario: how many requests, when they are sent, how long they are, and what their prompts share.
///
/// A value; ``stream(seed:)`` turns it into requests. What cannot be said together or is out of bounds is listed by
/// ``problems``.
public struct WorkloadSpec: Hashable, Sendable {
  /// Requests to send, later turns of conversations included. nil takes as many as the stages or else the trace have;
  /// a smaller number takes the first ones, a larger one is an error.
  public var numRequests: Int?
  public var arrivals: ArrivalSpec
  public var promptTokens: LengthSpec
  public var outputTokens: LengthSpec
  public var prefix: PrefixSharing
  /// A file of real requests, for whatever of the above says `.trace`. Request i is row i; rows are not used twice, save
  /// in a pool.
  public var trace: TraceSpec?
  /// Most requests the client keeps in flight; nil is no limit (open loop).
  public var maxConcurrency: Int?
  /// How requests spread over priorities (lower runs earlier), drawn independently for each arrival, so that a conversation
  /// has one priority; empty gives every request priority 0.
  public var priorities: [PriorityShare]

  /// The requests, the same ones for equal seeds. Generated requests are made as the stream is read; arrivals are drawn once
  /// before for their sum, O(requests) time and O(1) memory (32 MB at most). A trace is read whole.
  ///
  /// - Throws: `InputError` with all ``problems``, or with what is wrong with the trace's file.
  public func stream(seed: UInt64) throws(InputError) -> RequestStream {
    RequestStream(try RequestGenerator(self, seed: seed))
  }

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
