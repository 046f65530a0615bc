/// Blocks by the name of their content: a hash table with open addressing, for names that are well mixed already.
///
/// Half empty at most, so a look-up touches one or two places. Removing shifts back what follows, so there are no tombstones.
struct KeyIndex: ~Copyable {
  struct Entry: BitwiseCopyable {
    /// 0 is an empty place; no content has that name.
    var key: UInt64 = 0
    var value: Int32 = 0
  }

  private var places = Slots<Entry>(repeating: Entry(), count: 64)
  private var mask = 63
  private var count = 0

  /// - Returns: −1 without one.
  func find(_ key: UInt64) -> Int32 {
    let i = place(of: key)
    return places[i].key == 0 ? -1 : places[i].value
  }

  /// Adds or changes.
  mutating func set(_ key: UInt64, _ value: Int32) {
    let i = place(of: key)
    if places[i].key == 0 {
      places[i].key = key
      count += 1
    }
    places[i].value = value
    if 2 * count > mask { grow() }
  }

  mutating func remove(_ key: UInt64) {
    var hole = place(of: key)
    guard places[hole].key != 0 else { return }
    count -= 1
    var i = (hole &+ 1) & mask
    while places[i].key != 0 {
      let home = Int(truncatingIfNeeded: places[i].key) & mask
      // An entry may fill the hole if the hole lies between its home and where it is now.
      if (i &- home) & mask >= (i &- hole) & mask {
        places[hole] = places[i]
        hole = i
      }
      i = (i &+ 1) & mask
    }
    places[hole].key = 0
  }

  /// Where the key is, or the empty place where it would go.
  @inline(__always) private func place(of key: UInt64) -> Int {
    var i = Int(truncatingIfNeeded: key) & mask
    while places[i].key != 0, places[i].key != key { i = (i &+ 1) & mask }
    return i
  }

  @inline(never) private mutating func grow() {
    var larger = Slots<Entry>(repeating: Entry(), count: 2 * (mask + 1))
    swap(&places, &larger)
    mask = 2 * mask + 1
    for i in larger.indices where larger[i].key != 0 { places[place(of: larger[i].key)] = larger[i] }
  }
}
