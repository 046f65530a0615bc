package import CostModel

/// The work of one step.
package struct Batch: Sendable {
  package private(set) var shape: BatchShape
  package private(set) var entries: [Entry] = []
  /// Sequences preempted while the batch was composed.
  var preempted: [Int32] = []

  package struct Entry: Sendable {
    package let slot: Int32
    /// New tokens, on top of `cached` ones.
    package let tokens: Int
    package let cached: Int
    /// Whether the step ends with a new output token.
    package let samples: Bool
    /// One token of an answer, as opposed to a part of a prompt (or of a recomputed sequence).
    package let isDecode: Bool
  }

  init(shape: BatchShape) { self.shape = shape }

  mutating func add(_ entry: Entry) {
    entries.append(entry)
    count(entry)
  }

  /// Drops a sequence again, which its sums cannot be told, so they are made anew.
  mutating func remove(_ slot: Int32) -> Entry? {
    guard let i = entries.firstIndex(where: { $0.slot == slot }) else { return nil }
    let entry = entries.remove(at: i)
    shape = BatchShape(tiling: shape.tiling)
    for other in entries { count(other) }
    return entry
  }

  mutating func removeAll() {
    shape = BatchShape(tiling: shape.tiling)
    entries.removeAll(keepingCapacity: true)
    preempted.removeAll(keepingCapacity: true)
  }

  private mutating func count(_ entry: Entry) {
    if entry.isDecode {
      shape.addDecode(context: entry.cached + 1)
    } else {
      shape.addPrefill(new: entry.tokens, cached: entry.cached)
    }
  }
}
