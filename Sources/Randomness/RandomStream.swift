/// One named source of randomness of a run, addressed by item.
///
/// Item `i` of a stream has its own endless sequence of random numbers, ``draws(at:)``, fixed by seed, name and `i` alone.
/// How much other items or other streams consume makes no difference, so a change of the length distribution
/// leaves every arrival where it was, and request 7 looks the same in a run of 10 as in a run of 10 million.
public struct RandomStream: Hashable, Sendable {
  /// What a stream is used for. Raw values enter the generator: changing one changes every result.
  public enum Name: UInt32, Hashable, Sendable, CaseIterable {
    case arrivals = 1
    case promptLengths = 2
    case outputLengths = 3
    case prefixes = 4
    case priorities = 5
    case promptTokens = 6
    case weights = 7
    case routing = 8
    /// The points of a sweep that are drawn.
    case sampling = 16
  }

  public let seed: UInt64
  public let name: Name

  public init(seed: UInt64, stream name: Name) {
    self.seed = seed
    self.name = name
  }

  /// The first random number of an item: uniform in [0, 1).
  public func uniform(at item: Int) -> Double {
    var draws = draws(at: item)
    return draws.uniform()
  }

  /// The first random number of an item: every whole number of the range equally often.
  public func integer(at item: Int, in range: ClosedRange<Int>) -> Int {
    var draws = draws(at: item)
    return draws.integer(in: range)
  }

  /// The first lognormal number of an item; see ``RandomDraws/lognormal(median:sigma:)``.
  public func lognormal(at item: Int, median: Double, sigma: Double) -> Double {
    var draws = draws(at: item)
    return draws.lognormal(median: median, sigma: sigma)
  }

  /// The random numbers that belong to one item. O(1) for any `item`.
  public func draws(at item: Int) -> RandomDraws {
    RandomDraws(seed: seed, stream: name.rawValue, item: UInt64(bitPattern: Int64(item)))
  }
}
