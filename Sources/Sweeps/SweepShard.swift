/// One of several equal shares of a sweep, for machines that do not share a database.
public struct SweepShard: Hashable, Sendable, CustomStringConvertible {
  /// From 1 to ``count``.
  public let index: Int
  public let count: Int

  /// Why a text is no shard.
  public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// Reads "3/8": the third of eight shares.
  public init(_ text: String) throws(Failure) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], count >= 1, count <= 1_000_000,
      (1...count).contains(index)
    else {
      throw Failure(
        description: "'\(text)' is no share; write I/N with I from 1 to N, as in 1/8 to 8/8 for eight shares")
    }
    self.index = index
    self.count = count
  }

  public var description: String { "\(index)/\(count)" }
}
