import Quantities

/// Room for keys and values in one replica.
public struct PlottedMemory: Hashable, Sendable {
  public var variant: PlottedVariant
  /// Tokens that the KV cache holds.
  public var kvTokens: Int
  public var blockSize: Int
  public var maxModelLen: Int

  public init(_ variant: PlottedVariant, kvTokens: Int, blockSize: Int, maxModelLen: Int) {
    self.variant = variant
    self.kvTokens = kvTokens
    self.blockSize = blockSize
    self.maxModelLen = maxModelLen
  }

  /// Whole requests of a length that fit at once.
  func concurrency(at context: Int) -> Int {
    let blocks = (context + blockSize - 1) / max(1, blockSize)
    return blocks > 0 ? kvTokens / max(1, blockSize) / blocks : 0
  }
}

extension Charts {
  /// Tokens in the KV cache, and how many requests fit at once by their length.
  ///
  /// - Parameter maxNumSeqs: the engine's own limit of running requests.
  public static func kvCapacity(_ memories: [PlottedMemory], maxNumSeqs: Int, scenario: String) -> Figure {
    let longest = memories.map(\.maxModelLen).max() ?? 0
    let contexts = (0...40).map { 256 << $0 }.prefix { $0 < longest } + (longest > 0 ? [longest] : [])
    let series = memories.map { memory in
      let look = memory.variant.look
      let points = contexts.filter { $0 <= memory.maxModelLen }.map {
        Series.Point(Double($0), Double(memory.concurrency(at: $0)))
      }
      return Series(
        name: nil, points: points, colour: look.colour, line: look.line, marker: look.marker,
        endLabel: memory.variant.legend)
    }
    var x = Axis.logarithmic(
      "tokens of each request (prompt and output), log scale", values: contexts.map(Double.init),
      otherwise: 256...8192)
    x.ticks = contexts.map { Axis.Tick(Double($0), tokens($0)) }
    if longest > 0, contexts.count > 1, contexts[contexts.count - 2] * 3 / 2 > longest {
      x.ticks.remove(at: x.ticks.count - 2)
    }
    let counts = series.flatMap { $0.points.map(\.y) }
    let most = memories.map { Double($0.kvTokens) }.max() ?? 0
    let (unit, scale) = most >= 1e6 ? ("million tokens", 1e-6) : ("thousand tokens", 1e-3)
    let bars = StackedBars(
      categories: memories.map {
        .init(name: $0.variant.legend, total: $0.kvTokens.grouped, isProjection: $0.variant.isProjection)
      },
      parts: memories.enumerated().map { i, memory in
        var values = Array(repeating: 0.0, count: memories.count)
        values[i] = Double(memory.kvTokens) * scale
        return .init(name: "", colour: memory.variant.look.colour, values: values)
      })
    return Figure(
      name: Figure.fileName("kv-capacity", scenario), title: kvTitle(memories),
      setting: "\(scenario): the KV cache of one replica",
      panels: [
        Panel(
          heading: "Tokens in the KV cache",
          x: roomy(.fromZero(unit, values: [most * scale]), behind: bars.categories.map(\.total)),
          y: Axis(label: "", range: 0...1), content: .bars(bars)),
        Panel(
          heading: "Requests that fit at once", x: x,
          y: .logarithmic("", values: counts + [Double(maxNumSeqs)], otherwise: 1...1000),
          content: .curves(series),
          references: [
            ReferenceLine(at: Double(maxNumSeqs), label: "max_num_seqs \(maxNumSeqs)", direction: .horizontal)
          ]),
      ])
  }

  /// "512", "4k", "128k": powers of two by 1024, all else in full.
  static func tokens(_ count: Int) -> String {
    count >= 1024 && count.isMultiple(of: 1024) ? "\(count / 1024)k" : count.grouped
  }

  /// An axis of bars with room for the totals behind them.
  static func roomy(_ axis: Axis, behind totals: [String]) -> Axis {
    let widest = totals.map { Layout.textWidth($0, fontSize: Layout.FontSize.text) }.max() ?? 0
    // Of the 500 pixels, or a few more, that bars with their names beside them have.
    let share = min(0.7, (widest + 12) / 500)
    var axis = axis
    axis.range = 0...(axis.range.upperBound / (1 - share))
    return axis
  }

  private static func kvTitle(_ memories: [PlottedMemory]) -> String {
    guard let first = memories.first, first.kvTokens > 0 else { return "No KV cache to show" }
    let has = "\(first.variant.legend) holds \(first.kvTokens.grouped) tokens"
    let others = memories.filter { $0.variant.position != first.variant.position }
    guard let best = others.best(of: \.variant, by: { Double($0.kvTokens) }) else { return has }
    let (old, new) = (Double(first.kvTokens), Double(best.kvTokens))
    switch Finding.change(from: old, to: new) {
    case .up:
      return
        "\(best.variant.legend) holds \(Finding.percent(new / old - 1)) more tokens in the KV cache than \(first.variant.legend)"
    case .same: return "The KV cache holds about as many tokens with every variant: \(first.kvTokens.grouped)"
    case .down: return "\(has), more than any other variant"
    }
  }
}
