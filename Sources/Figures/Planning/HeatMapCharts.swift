import Foundation
public import Quantities

extension Charts {
  /// A percentile of the time to first token for every prompt length (columns) and rate (rows), a panel a variant.
  ///
  /// - Parameters:
  ///   - grids: of all variants with the same places; values in seconds.
  ///   - statistic: "p99" for instance.
  public static func ttftMap(
    _ grids: [(variant: PlottedVariant, grid: PlottedGrid)], statistic: String, scenario: String,
    limit: Seconds?
  ) -> Figure {
    let values = grids.flatMap { $0.grid.placed }.filter { !$0.cell.isSaturated }.map(\.cell.estimate.value)
      .filter { $0.isFinite && $0 > 0 }
    let low = values.min() ?? 0.01
    let range = low...max(values.max() ?? 1, low * 1.01)
    let ticks = Axis.logTicks(in: range) { Finding.text($0) }.filter { !$0.label.isEmpty }
    let panels = grids.enumerated().map { i, one in
      let rows = one.grid.cells.map { row in
        row.map { cell in
          HeatMap.Cell(
            cell.estimate.value, text: cell.isSaturated ? "" : short(cell.estimate.value),
            mark: cell.isSaturated ? .hatched : nil,
            isWithinLimit: limit.map { !cell.isSaturated && cell.estimate.value <= $0.value } ?? true)
        }
      }
      return Panel(
        heading: one.variant.legend,
        x: .categories("prompt (tokens)", one.grid.columns.map(\.label)),
        y: .categories(i == 0 ? "load offered (requests/s)" : "", one.grid.rows.map(\.label)),
        content: .heatMap(
          HeatMap(
            rows: rows, scale: .sequential(range), ticks: i == grids.count - 1 ? ticks : [],
            meanings: [.hatched: "saturated: the queue keeps growing"])))
    }
    return Figure(
      name: Figure.fileName("ttft-map", scenario), title: mapTitle(grids, statistic: statistic, limit: limit),
      setting: "\(scenario): \(statistic) time to first token by prompt length and load",
      panels: panels, arrangement: .columns,
      note: limit.map { "Dashed: the objective, \(statistic) TTFT of \(Finding.text($0.value))." } ?? "")
  }

  /// Two digits are enough for a cell: "180 ms".
  private static func short(_ seconds: Double) -> String {
    seconds.isFinite ? Seconds(Double(String(format: "%.2g", seconds)) ?? seconds).description : ""
  }

  private static func mapTitle(
    _ grids: [(variant: PlottedVariant, grid: PlottedGrid)], statistic: String, limit: Seconds?
  ) -> String {
    func share(_ grid: PlottedGrid, _ isMet: (PlottedGrid.Cell) -> Bool) -> Int {
      grid.placed.count { isMet($0.cell) }
    }
    guard let first = grids.first, !first.grid.placed.isEmpty else { return "Nothing to show" }
    let (what, isMet): (String, (PlottedGrid.Cell) -> Bool)
    if let limit {
      (what, isMet) = (
        "keeps \(statistic) TTFT within \(Finding.text(limit.value))",
        { !$0.isSaturated && $0.estimate.value <= limit.value }
      )
    } else {
      (what, isMet) = ("keeps up with the load", { !$0.isSaturated && $0.estimate.value.isFinite })
    }
    let count = first.grid.placed.count
    let old = share(first.grid, isMet)
    guard let best = grids.best(of: \.variant, by: { Double(share($0.grid, isMet)) }) else {
      return "\(first.variant.legend) \(what) at \(old) of \(count) combinations of prompt and load"
    }
    return
      "\(best.variant.legend) \(what) at \(share(best.grid, isMet)) of \(count) combinations, \(first.variant.legend) at \(old)"
  }

  /// What a variant changes against another for every ratio of prompt to output (columns) and load (rows): blue is less, red is more,
  /// grey cannot be told from no change.
  ///
  /// - Parameters:
  ///   - grid: of changes as shares, −0.4 for 40 % less, each with the interval of the paired difference.
  ///   - what: as titles write it, "mean end-to-end latency".
  public static func gainMap(
    _ grid: PlottedGrid, of variant: PlottedVariant, against baseline: PlottedVariant, what: String,
    rows: String, scenario: String, level: Double
  ) -> Figure {
    let usable = grid.placed.filter { $0.cell.estimate.value.isFinite && !$0.cell.isSaturated }
    let widest = usable.map { abs($0.cell.estimate.value) }.max() ?? 0
    let reach = widest > 0 ? (widest * 20).rounded(.up) / 20 : 0.5
    let cells = grid.cells.map { row in
      row.map { cell in
        let value = cell.estimate.value
        let isShown = value.isFinite && !cell.isSaturated
        return HeatMap.Cell(
          value, text: isShown ? signed(value) : "",
          mark: !isShown ? .hatched : cell.estimate.excludesZero ? nil : .pale)
      }
    }
    let ticks = [-1, -0.5, 0, 0.5, 1].map { Axis.Tick($0 * reach, signed($0 * reach)) }
    let percent = "\(Axis.plain(level * 100)) %"
    return Figure(
      name: Figure.fileName("gain-map", scenario), title: gainTitle(grid, variant, baseline, what),
      setting: "\(scenario): \(what), \(variant.legend) against \(baseline.legend) on the same requests",
      panels: [
        Panel(
          x: .categories("prompt tokens for each output token", grid.columns.map(\.label)),
          y: .categories(rows, grid.rows.map(\.label)),
          content: .heatMap(
            HeatMap(
              rows: cells, scale: .diverging(reach: reach), ticks: ticks,
              meanings: [
                .pale: "no difference shown: the \(percent) interval includes 0",
                .hatched: "saturated: the queue keeps growing",
              ])))
      ])
  }

  /// "−43 %", "+2 %", "0 %"; below 10 % with a decimal.
  private static func signed(_ share: Double) -> String {
    let percent = share * 100
    let text =
      abs(percent) < 9.95 ? String(format: "%.1f", abs(percent)) : String(format: "%.0f", abs(percent))
    guard (Double(text) ?? 0) != 0 else { return "0 %" }
    return (percent < 0 ? "−" : "+") + (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + " %"
  }

  private static func gainTitle(
    _ grid: PlottedGrid, _ variant: PlottedVariant, _ baseline: PlottedVariant, _ what: String
  ) -> String {
    let usable = grid.placed.filter { $0.cell.estimate.value.isFinite && !$0.cell.isSaturated }
    let shown = usable.filter { $0.cell.estimate.excludesZero }
    guard let best = shown.min(by: { $0.cell.estimate.value < $1.cell.estimate.value }) else {
      return usable.isEmpty
        ? "Nothing to compare" : "\(variant.legend) changes \(what) nowhere by more than chance"
    }
    guard best.cell.estimate.value < 0 else { return "\(variant.legend) lowers \(what) nowhere" }
    let gain = Finding.percent(-best.cell.estimate.value)
    var title =
      "\(variant.legend) cuts \(what) by up to \(gain) (\(best.column.label) prompt tokens for each output token)"
    let losses = shown.map(\.cell.estimate.value).filter { $0 > 0 }
    let unclear = usable.count - shown.count
    if let worst = losses.max() {
      title += "; it raises it by up to \(Finding.percent(worst)) in \(losses.count) of \(usable.count) cells"
    }
    if losses.isEmpty, unclear > 0 { title += "; \(unclear) of \(usable.count) cells show no difference" }
    return title
  }
}
