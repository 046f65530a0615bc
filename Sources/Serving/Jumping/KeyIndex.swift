/// Blocks by the name of their content: a hash table with open addressing, for names that are well mixed already.
///
/// An entry is half a name and the block, which knows the other half: eight bytes, so that the table of a large cache stays near the
/// processor. Half empty at most, so a look-up touches one or two entries. Removing shifts back what follows, so there are no tombstones.
struct KeyIndex: ~Copyable {
  struct Entry: BitwiseCopyable {
    /// The low half of a name.
    var tag: UInt32 = 0
    /// 0 is an empty place.
    var block: Int32 = 0
  }

  private var places = Slots<Entry>(repeating: Entry(), count: 64)
  private var mask = 63
  private var count = 0

  /// - Parameter hasName: whether a block has this name, asked of those that may.
  /// - Returns: −1 without one.
  @inline(__always) func find(_ key: UInt64, _ hasName: (Int32) -> Bool) -> Int32 {
    let tag = UInt32(truncatingIfNeeded: key)
    var i = Int(tag) & mask
    while places[i].block != 0 {
      if places[i].tag == tag, hasName(places[i].block) { return places[i].block }
      i = (i &+ 1) & mask
    }
    return -1
  }

  /// Adds a block of a name that has none.
  mutating func add(_ key: UInt64, _ block: Int32) {
    if 2 * count >= mask { grow() }
    count += 1
    place(Entry(tag: UInt32(truncatingIfNeeded: key), block: block))
  }

  @inline(__always) private mutating func place(_ entry: Entry) {
    var i = Int(entry.tag) & mask
    while places[i].block != 0 { i = (i &+ 1) & mask }
    places[i] = entry
  }

  /// Lets another block of the same name take the place of one, or nothing; no change if that one has none.
  mutating func replace(_ key: UInt64, _ block: Int32, with other: Int32?) {
    var i = Int(UInt32(truncatingIfNeeded: key)) & mask
    while places[i].block != block {
      if places[i].block == 0 { return }
      i = (i &+ 1) & mask
    }
    if let other {
      places[i].block = other
    } else {
      remove(at: i)
    }
  }

  private mutating func remove(at place: Int) {
    count -= 1
    var hole = place
    var i = (hole &+ 1) & mask
    while places[i].block != 0 {
      let home = Int(places[i].tag) & mask
      // An entry may fill the hole if the hole lies between its home and where it is now.
      if (i &- home) & mask >= (i &- hole) & mask {
        places[hole] = places[i]
        hole = i
      }
      i = (i &+ 1) & mask
    }
    places[hole] = Entry()
  }

  @inline(never) private mutating func grow() {
    var larger = Slots<Entry>(repeating: Entry(), count: 2 * (mask + 1))
    swap(&places, &larger)
    mask = 2 * mask + 1
    for i in larger.indices where larger[i].block != 0 { place(larger[i]) }
  }
}
