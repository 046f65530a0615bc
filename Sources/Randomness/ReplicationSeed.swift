/// Seeds of the replications of one run: the same run with other random numbers.
public enum ReplicationSeed {
  /// "REPL" as ASCII: keeps these words apart from those of the named streams.
  private static let mark: UInt32 = 0x5245_504C

  /// - Parameter number: from 0. Replication 0 has the run's own seed; the others have seeds that follow from it and their number, so that
  ///   more replications leave the first ones as they are.
  public static func seed(_ seed: UInt64, replication number: Int) -> UInt64 {
    guard number > 0 else { return seed }
    let item = UInt64(number)
    let words = Philox.words(
      at: SIMD4(UInt32(truncatingIfNeeded: item), UInt32(truncatingIfNeeded: item >> 32), mark, mark),
      key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    return UInt64(words.y) << 32 | UInt64(words.x)
  }
}
