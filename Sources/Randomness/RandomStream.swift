/// A named sequence of independent draws, one set of them for every index.
///
/// What is drawn for item i depends on the seed, the name and i alone: drawing more for one item, or changing another
/// stream, shifts nothing.
public struct RandomStream: Sendable {
  private let philox: Philox
  private let name: Name

  /// What the numbers are for.
  public enum Name: UInt32, Sendable, CaseIterable {
    case arrivals = 1
    case promptLengths
    case outputLengths
    case prefixes
    case priorities
  }

  public init(seed: UInt64, _ name: Name) {
    philox = Philox(key: seed)
    self.name = name
  }

  /// The draws of item `index`.
  public func draws(at index: Int) -> Draws { Draws(philox, name: name.rawValue, index: UInt64(index)) }
}

/// The random numbers of one item, as many as are asked for.
public struct Draws: Sendable {
  private let philox: Philox
  private var counter: SIMD4<UInt32>
  private var spare: UInt64?

  init(_ philox: Philox, name: UInt32, index: UInt64) {
    self.philox = philox
    counter = SIMD4(
      0, name, UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32))
  }

  public mutating func bits() -> UInt64 {
    if let ready = spare {
      spare = nil
      return ready
    }
    let block = philox.block(counter)
    counter[0] &+= 1
    spare = UInt64(block[2]) | UInt64(block[3]) << 32
    return UInt64(block[0]) | UInt64(block[1]) << 32
  }

  /// Uniform in [0, 1), a multiple of 2⁻⁵³.
  public mutating func unit() -> Double { Double(bits() >> 11) * 0x1p-53 }

  /// Uniform in (0, 1]: safe to take a logarithm of.
  mutating func positiveUnit() -> Double { (Double(bits() >> 11) + 1) * 0x1p-53 }
}
