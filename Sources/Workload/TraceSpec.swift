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
