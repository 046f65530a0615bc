import Quantities
import Workload

/// What the jumping engine knows of one request between its sending and its end. Nothing in it is counted by reference.
///
/// Lengths in tokens, times in seconds. As in ``Sequence``, a token counts as sampled when the step that samples it is composed.
struct Job: BitwiseCopyable, Sendable {
  let index: Int
  let stage: Int
  let promptTokens: Int32
  let outputTokens: Int32
  let released: Double
  let sent: Double
  var visible: Double
  /// Order of service: by priority, then by when the request reached the scheduler. Lower goes first.
  var rank: UInt64 = 0
  let priority: Int
  /// Number of its latest admission: running sequences are in this order.
  var admission: UInt32 = 0
  /// Position in the engine's table of shared content; −1 if no other request can have any of its blocks.
  var shared: Int32 = -1
  var state = State.travelling
  var isPreempted = false
  /// In the crowd: as one whose new blocks get names.
  var isNamed = false

  /// Tokens whose KV is computed or scheduled, and output tokens sampled. Of a member of the crowd: as they were when step `joined` was
  /// composed; each step since then added one to both.
  var computed: Int32 = 0
  var sampled: Int32 = 0
  var joined = 0
  /// Leading blocks whose content has a name. Not kept while in the crowd, where it follows from `computed`.
  var published: Int32 = 0
  /// Blocks given back at the last preemption, as a run of the pool's, and those of them that had a name; −1 without.
  var formerRun: Int32 = -1
  var formerPublished: Int32 = 0
  var preemptions: Int32 = 0
  /// Prefix hit at the first admission; −1 before it.
  var cachedTokens: Int32 = -1

  /// First step of those in a row that sampled its latest tokens, the last of them, and when that one ends; −1 without tokens. Of a
  /// member of the crowd the last is the step composed last.
  var runStart = -1
  var lastStep = -1
  var lastEnd = 0.0

  /// Start of the first step that carried it, and of the first one after its last preemption; NaN before.
  var firstStart = Double.nan
  var restart = Double.nan
  /// What its own prefill steps since the last (re)start would have taken alone.
  var ownPrefill = 0.0
  /// When the client has the first token, and when its step ended; NaN before.
  var firstToken = Double.nan
  var firstEnd = Double.nan

  enum State: UInt8, Sendable {
    /// On its way to the scheduler.
    case travelling
    case waiting
    /// Running, and looked at in every step: computes a prompt, or was left out of the step before.
    case single
    /// Running, one token in every step like all others of the crowd.
    case crowd
    /// Running; its last token is in flight.
    case finishing
    /// Preempted while its last token was in flight.
    case draining
    /// Finished; the answer is on its way to a client that has more to ask.
    case answered
    /// Ended: the slot is free.
    case gone
  }

  init(_ request: Request, sent: Double, visible: Double) {
    index = request.index
    stage = request.stage
    promptTokens = Int32(request.promptTokens)
    outputTokens = Int32(request.outputTokens)
    priority = request.priority
    released = request.arrival.value
    self.sent = sent
    self.visible = visible
  }

  /// `num_tokens`, those in flight included. Not of a member of the crowd.
  var tokens: Int { Int(promptTokens + sampled) }
  var isFullyScheduled: Bool { sampled == outputTokens }
  var hasToken: Bool { lastStep >= 0 }
  var hasFirstToken: Bool { !firstToken.isNaN }

  /// A step that carries part of its prompt starts.
  mutating func start(at time: Double) {
    if firstStart.isNaN { firstStart = time }
    guard restart.isNaN || isPreempted else { return }
    restart = time
    ownPrefill = 0
    isPreempted = false
  }
}
