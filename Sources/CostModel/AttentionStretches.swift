import Quantities
import Synchronization

/// Decode attention in serving as it is tabulated: by number of sequences and the mean of their contexts, in stretches of 16 tokens,
/// each a line through the formula's times at its first and its last context.
///
/// The kernel's formula jumps where a context fills a block of keys and values, which is always behind the last context of a
/// stretch: (16 j − 1, 16 j + 15] never crosses a jump. Within a stretch the formula is smooth, so a line is close to it.
/// Stretches are computed once and kept, see ``LazyTable``.
@usableFromInline enum AttentionStretches {
  /// Tokens of a stretch, a divisor of every block's.
  static let tokens = 16.0

  /// A context of all sequences together is in the stretch ⌊place⌋ with place = (context + lead) · scale. Contexts are whole numbers,
  /// so half a token keeps those at an end clear of rounding.
  @inline(__always) static func scale(sequences: Int) -> Double { 1 / (tokens * Double(sequences)) }
  @inline(__always) static func lead(sequences: Int) -> Double { Double(sequences) - 0.5 }

  /// A line's value where its stretch begins, and its way up to where the next begins.
  typealias Line = (low: Double, rise: Double)

  /// Lines of one number of sequences; not a number where none was computed yet.
  struct Row: ~Copyable, @unchecked Sendable {
    private typealias Page = UnsafeMutablePointer<Atomic<Double>>

    /// Stretches of a page, a power of two, and pages: mean contexts up to 262,144 tokens. Beyond, nothing is kept.
    private static let pageSize = 64
    private static let pageCount = 256

    private let pages: UnsafeMutablePointer<Atomic<Page?>>

    init() {
      pages = .allocate(capacity: Self.pageCount)
      for i in 0..<Self.pageCount { (pages + i).initialize(to: .init(nil)) }
    }

    deinit {
      for i in 0..<Self.pageCount {
        guard let page = pages[i].load(ordering: .acquiring) else { continue }
        page.deinitialize(count: 2 * Self.pageSize)
        page.deallocate()
      }
      pages.deinitialize(count: Self.pageCount)
      pages.deallocate()
    }

    /// Each of the two numbers is either not a number or final, whoever wrote it, so they need no order.
    @inline(__always) subscript(stretch: Int) -> Line {
      guard stretch < Self.pageSize * Self.pageCount,
        let page = pages[stretch / Self.pageSize].load(ordering: .acquiring)
      else { return (.nan, .nan) }
      let line = page + 2 * (stretch % Self.pageSize)
      return (line[0].load(ordering: .relaxed), line[1].load(ordering: .relaxed))
    }

    func keep(_ line: Line, at stretch: Int) {
      guard stretch < Self.pageSize * Self.pageCount else { return }
      let place = page(stretch / Self.pageSize) + 2 * (stretch % Self.pageSize)
      place[0].store(line.low, ordering: .relaxed)
      place[1].store(line.rise, ordering: .relaxed)
    }

    private func page(_ index: Int) -> Page {
      if let page = pages[index].load(ordering: .acquiring) { return page }
      let made = Page.allocate(capacity: 2 * Self.pageSize)
      for i in 0..<(2 * Self.pageSize) { (made + i).initialize(to: Atomic(.nan)) }
      let (isOurs, found) = pages[index].compareExchange(
        expected: nil, desired: made, ordering: .acquiringAndReleasing)
      if let found, !isOurs {
        made.deinitialize(count: 2 * Self.pageSize)
        made.deallocate()
        return found
      }
      return made
    }
  }
}

extension StepKernels {
  /// Seconds of one launch. `context`: tokens of all sequences together.
  @inline(__always)
  func decodeAttentionTime(sequences: Int, context: Int) -> Double {
    let place =
      (Double(context) + AttentionStretches.lead(sequences: sequences))
      * AttentionStretches.scale(sequences: sequences)
    let stretch = Int(place)
    let (low, rise) = attentionLine(sequences: sequences, stretch: stretch)
    return low + (place - Double(stretch)) * rise
  }

  @inline(__always)
  func attentionLine(sequences: Int, stretch: Int) -> AttentionStretches.Line {
    if let row = tables.attention[sequences] {
      let line = row.pointee[stretch]
      if !line.low.isNaN, !line.rise.isNaN { return line }
    }
    return newAttentionLine(sequences: sequences, stretch: stretch)
  }

  @inline(never)
  private func newAttentionLine(sequences: Int, stretch: Int) -> AttentionStretches.Line {
    let b = Double(sequences)
    let start = AttentionStretches.tokens * Double(stretch) - 1
    // The stretch's first and last context of all sequences together; none is negative.
    let (first, last) = (max(0, start * b + 1), (start + AttentionStretches.tokens) * b)
    let (low, high) = (attentionTime(sequences, first), attentionTime(sequences, last))
    let scale = AttentionStretches.scale(sequences: sequences)
    let rise = (high - low) / ((last - first) * scale)
    let place = (first + AttentionStretches.lead(sequences: sequences)) * scale
    let line = (low: low - (place - Double(stretch)) * rise, rise: rise)
    let row = tables.attention[sequences] ?? tables.attention.keep(.init(), for: sequences)
    row?.pointee.keep(line, at: stretch)
    return line
  }

  /// By the kernel's formula.
  func attentionTime(_ sequences: Int, _ context: Double) -> Double {
    set.decode(sequences: sequences, context: context, shard, workingSet: 0).time.value
  }
}
