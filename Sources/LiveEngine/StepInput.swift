import ReferenceKernels

/// Most of everything in one step; memory is allocated for it once.
public struct StepCapacity: Hashable, Sendable {
  /// `max_num_batched_tokens`.
  public var tokens: Int
  /// `max_num_seqs`; a step has no more sequences than tokens.
  public var sequences: Int
  /// Tokens of the longest sequence, `max_model_len`.
  public var sequenceTokens: Int
  /// Blocks of the KV cache, the null block included.
  public var blocks: Int

  public init(tokens: Int, sequences: Int, sequenceTokens: Int, blocks: Int) {
    self.tokens = tokens
    self.sequences = min(tokens, sequences)
    self.sequenceTokens = sequenceTokens
    self.blocks = blocks
  }

  /// Of the longest sequence; an admitted one fits the cache.
  var blocksPerSequence: Int {
    let size = PagedKeyValueCache.blockSize
    return min(blocks, (sequenceTokens + size - 1) / size)
  }
}

/// The batch of one step as the model needs it, in lists that are allocated once and filled anew each step.
///
/// Rows are the scheduled tokens, sequence after sequence.
public final class StepInput {
  public let capacity: StepCapacity
  /// By row: token id, position in its sequence, slot in the KV cache (block · block size + offset).
  private(set) var tokens: [Int32] = []
  private(set) var positions: [Int32] = []
  private(set) var slots: [Int32] = []
  /// By sequence: its last row, which survives layer skipping.
  private(set) var lastRows: [Int32] = []
  private(set) var members: [Member] = []
  /// By sequence, `blocksPerSequence` apart.
  private let blockTables: UnsafeMutablePointer<Int32>

  /// One scheduled sequence.
  struct Member {
    let firstRow: Int
    let tokens: Int
    let cached: Int
    let isDecode: Bool
    let blockTable: UnsafePointer<Int32>
  }

  public init(_ capacity: StepCapacity) {
    self.capacity = capacity
    blockTables = .allocate(capacity: max(1, capacity.sequences * capacity.blocksPerSequence))
    tokens.reserveCapacity(capacity.tokens)
    positions.reserveCapacity(capacity.tokens)
    slots.reserveCapacity(capacity.tokens)
    lastRows.reserveCapacity(capacity.sequences)
    members.reserveCapacity(capacity.sequences)
  }

  deinit { blockTables.deallocate() }

  /// Scheduled tokens.
  public var rows: Int { tokens.count }
  /// Scheduled sequences.
  public var sequences: Int { members.count }

  public func removeAll() {
    tokens.removeAll(keepingCapacity: true)
    positions.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
    lastRows.removeAll(keepingCapacity: true)
    members.removeAll(keepingCapacity: true)
  }

  /// Adds a sequence's next tokens.
  ///
  /// - Parameters: `known`: all tokens of the sequence so far, of which those from `cached` on are run; `count`: how many of them;
  ///   `blocks`: the sequence's block table; `isDecode`: whether the decode kernel takes it.
  /// - Precondition: the step's capacity is not exceeded.
  public func add(_ known: [Int32], cached: Int, count: Int, blocks: [Int32], isDecode: Bool) {
    precondition(rows + count <= capacity.tokens, "\(rows + count) tokens in a step of \(capacity.tokens)")
    precondition(sequences < capacity.sequences, "more than \(capacity.sequences) sequences in a step")
    precondition(blocks.count <= capacity.blocksPerSequence, "a sequence of \(blocks.count) blocks")
    let size = PagedKeyValueCache.blockSize
    let table = blockTables + sequences * capacity.blocksPerSequence
    for (i, block) in blocks.enumerated() { (table + i).initialize(to: block) }
    members.append(
      Member(
        firstRow: rows, tokens: count, cached: cached, isDecode: isDecode, blockTable: UnsafePointer(table)))
    for position in cached..<cached + count {
      tokens.append(known[position])
      positions.append(Int32(position))
      slots.append(blocks[position / size] * Int32(size) + Int32(position % size))
    }
    lastRows.append(Int32(rows - 1))
  }
}
