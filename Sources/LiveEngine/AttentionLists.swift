import Quantities
import ReferenceKernels

/// The sequences of one step as attention takes them, filled anew each step.
struct AttentionLists {
  /// Over every row.
  private(set) var chunks: [AttentionSequence] = []
  private(set) var decodes: [AttentionSequence] = []
  /// Over survivors: sequence i is row i, one query over its whole context.
  private(set) var survivors: [AttentionSequence] = []
  /// Of survivors: position, slot in the KV cache.
  private(set) var positions: [Int32] = []
  private(set) var slots: [Int32] = []

  init(_ capacity: StepCapacity) {
    chunks.reserveCapacity(capacity.sequences)
    decodes.reserveCapacity(capacity.sequences)
    survivors.reserveCapacity(capacity.sequences)
    positions.reserveCapacity(capacity.sequences)
    slots.reserveCapacity(capacity.sequences)
  }

  mutating func setAll(_ input: StepInput) {
    chunks.removeAll(keepingCapacity: true)
    decodes.removeAll(keepingCapacity: true)
    for member in input.members {
      let sequence = AttentionSequence(
        firstRow: member.firstRow, newTokens: member.tokens, cachedTokens: member.cached,
        blockTable: member.blockTable)
      if member.isDecode { decodes.append(sequence) } else { chunks.append(sequence) }
    }
  }

  mutating func gatherPositions(_ input: StepInput) -> CountedWork {
    positions.removeAll(keepingCapacity: true)
    for row in input.lastRows { positions.append(input.positions[Int(row)]) }
    return Self.copied(positions.count)
  }

  /// Three lists of a number each: slot, first row, context.
  mutating func setSurvivors(_ input: StepInput) -> CountedWork {
    survivors.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
    for (i, member) in input.members.enumerated() {
      slots.append(input.slots[Int(input.lastRows[i])])
      survivors.append(
        AttentionSequence(
          firstRow: i, newTokens: 1, cachedTokens: member.cached + member.tokens - 1,
          blockTable: member.blockTable))
    }
    return Self.copied(3 * slots.count)
  }

  /// Numbers read and written, as the 64-bit ones that a GPU's engine has.
  private static func copied(_ count: Int) -> CountedWork {
    CountedWork(flops: 0, bytes: Bytes(Double(16 * count)))
  }
}
