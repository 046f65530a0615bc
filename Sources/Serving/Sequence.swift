import Workload

/// What the scheduler knows of one request.
///
/// Lengths in tokens. A token counts as sampled as soon as the step that samples it is scheduled: asynchronous scheduling
/// works with placeholders for tokens in flight, and the synchronous engine has none in flight when it schedules.
package struct Sequence: Sendable {
  package let request: Int
  package let promptTokens: Int
  let outputTokens: Int
  let priority: Int
  /// Order of service: by priority, then by when the request reached the scheduler. Lower goes first.
  let rank: UInt64

  /// `num_computed_tokens`: tokens whose KV is computed or scheduled.
  var computed = 0
  /// Output tokens sampled or in flight.
  var sampled = 0
  /// Output tokens that reached the client.
  var delivered = 0
  var preemptions = 0
  /// Prefix hit at the first admission; nil before it.
  var cachedTokens: Int?
  var state = State.waiting

  var keys: BlockKeys
  /// Of the KV cache, in order of position.
  package internal(set) var blocks: [Int32] = []
  /// Leading blocks whose content was published.
  var published = 0
  /// Blocks held before the last preemption: still good for as long as nobody else took them.
  var formerBlocks: [Int32] = []

  enum State: Sendable {
    case waiting, running
    /// Every token is scheduled and the blocks were taken away; ends when the last token is delivered.
    case draining
    case finished
  }

  init(_ request: Request, order: Int, blockSize: Int) {
    self.request = request.index
    promptTokens = request.promptTokens
    outputTokens = request.outputTokens
    priority = request.priority
    let biased = UInt32(bitPattern: Int32(clamping: request.priority)) ^ 0x8000_0000
    rank = UInt64(biased) << 32 | UInt64(UInt32(truncatingIfNeeded: order))
    keys = BlockKeys(request, blockSize: blockSize)
  }

  /// `num_tokens`, placeholders included.
  var tokens: Int { promptTokens + sampled }
  /// Tokens whose value is known: these can be published.
  var knownTokens: Int { promptTokens + delivered }
  /// Certain to finish with the tokens in flight.
  var isFullyScheduled: Bool { sampled == outputTokens }
}
