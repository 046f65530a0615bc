public import Quantities

/// One request as the client plans it: when it is sent, how long it is, and which tokens it shares with others.
@frozen public struct Request: Hashable, Sendable {
  /// Position in the stream, from 0. Unique within a run.
  public var index: Int
  /// Planned time of sending, counted from the start of the run. In a follow-up (see ``followUps``): the think time after
  /// the previous turn's last token.
  public var arrival: Seconds
  /// Prompt length in tokens, shared prefix included; at least 1.
  public var promptTokens: Int
  /// Tokens to generate; at least 1. The simulator generates exactly this many (`ignore_eos`).
  public var outputTokens: Int
  /// Lower runs earlier under the priority policy.
  public var priority: Int
  /// Index of the load stage that the request belongs to (0 without stages).
  public var stage: Int
  /// nil in a request that shares nothing and has no later turns: most are no more than the numbers above, and are moved and copied as
  /// those.
  @usableFromInline var extras: Extras?

  public init(
    index: Int, arrival: Seconds, promptTokens: Int, outputTokens: Int, priority: Int = 0,
    content: PromptContent = .unique, outputContent: UInt64? = nil, followUps: [Request] = [], stage: Int = 0
  ) {
    self.index = index
    self.arrival = arrival
    self.promptTokens = promptTokens
    self.outputTokens = outputTokens
    self.priority = priority
    self.stage = stage
    extras = Self.extras(content, outputContent, followUps)
  }

  /// What the prompt's tokens are, as far as prefix caching can see.
  @inlinable public var content: PromptContent {
    get { extras?.content ?? .unique }
    set { extras = Self.extras(newValue, outputContent, followUps) }
  }
  /// Names the generated tokens, so that a later turn's prompt can repeat them; nil if nothing ever does.
  @inlinable public var outputContent: UInt64? {
    get { extras?.outputContent }
    set { extras = Self.extras(content, newValue, followUps) }
  }
  /// Later turns of the same conversation, in order. The first is sent `arrival` after this request's last token.
  @inlinable public var followUps: [Request] {
    get { extras?.followUps ?? [] }
    set { extras = Self.extras(content, outputContent, newValue) }
  }

  /// nil if there is nothing to keep.
  @usableFromInline static func extras(
    _ content: PromptContent, _ outputContent: UInt64?, _ followUps: [Request]
  ) -> Extras? {
    if case .unique = content, outputContent == nil, followUps.isEmpty { return nil }
    return Extras(content: content, outputContent: outputContent, followUps: followUps)
  }

  @usableFromInline final class Extras: Hashable, Sendable {
    @usableFromInline let content: PromptContent
    @usableFromInline let outputContent: UInt64?
    @usableFromInline let followUps: [Request]

    init(content: PromptContent, outputContent: UInt64?, followUps: [Request]) {
      self.content = content
      self.outputContent = outputContent
      self.followUps = followUps
    }

    @usableFromInline static func == (a: Extras, b: Extras) -> Bool {
      a === b || a.content == b.content && a.outputContent == b.outputContent && a.followUps == b.followUps
    }

    @usableFromInline func hash(into hasher: inout Hasher) {
      hasher.combine(content)
      hasher.combine(outputContent)
      hasher.combine(followUps)
    }
  }
}

/// Which tokens a prompt consists of, without the tokens: enough to tell common prefixes.
public enum PromptContent: Hashable, Sendable {
  /// Shares no block with any other request.
  case unique
  /// The first `promptTokens` tokens of the text named by the number: equal names share their common length.
  case text(UInt64)
  /// The concatenation of named texts. A segment's tokens count from its own start. If the lengths fall short of
  /// `promptTokens`, the rest is unique to the request.
  case segments([Segment])

  public struct Segment: Hashable, Sendable {
    public var text: UInt64
    public var tokens: Int

    public init(text: UInt64, tokens: Int) {
      self.text = text
      self.tokens = tokens
    }
  }
}
