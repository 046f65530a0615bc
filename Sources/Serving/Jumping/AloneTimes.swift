/// What prompts' chunks would take alone, for those asked for lately: with like prompts the same chunks come again and again.
///
/// One place a key and no search: a chunk that meets another in its place replaces it.
struct AloneTimes: ~Copyable {
  struct Place: BitwiseCopyable {
    /// 0 is an empty place: no chunk has no tokens.
    var key: UInt64 = 0
    var seconds = 0.0
  }

  private static let bits = 11
  private var places = Slots<Place>(repeating: Place(), count: 1 << AloneTimes.bits)

  /// - Parameter compute: asked where the time is not at hand.
  @inline(__always)
  mutating func seconds(tokens: Int, cached: Int, _ compute: () -> Double) -> Double {
    let key = UInt64(truncatingIfNeeded: tokens) << 32 | UInt64(truncatingIfNeeded: cached)
    let place = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - Self.bits))
    if places[place].key != key { places[place] = Place(key: key, seconds: compute()) }
    return places[place].seconds
  }
}
