public import Quantities

/// Which prompts begin with the same tokens.
public enum PrefixSharing: Hashable, Sendable {
  /// No two prompts share anything.
  case none
  /// This many distinct prompts, sent in a cycle: request i is prompt i mod n and has that prompt's lengths.
  case pool(Int)
  /// Prompts of one group begin with the same `tokens` tokens, added to the drawn length; groups are chosen at random.
  case groups(count: Int, tokens: Int)
  /// Conversations of `turns` requests: each prompt is the whole conversation so far and a new user message of the drawn
  /// length. A turn is sent `thinkTime` after the last token of the answer before. The last conversation is cut short
  /// where the number of requests is no multiple of `turns`.
  case conversations(turns: Int, thinkTime: Seconds)
  /// What the trace says: equal prompt ids, or Mooncake's hash ids of 512-token blocks. Needs the trace's prompt lengths.
  case trace
}
