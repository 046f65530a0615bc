import Foundation
import Quantities

/// The report as tables, each with a sentence that says what was measured.
extension BenchmarkReport {
  public struct Section: Hashable, Sendable {
    public var title: String
    public var table: ReportTable
    public var notes: [String]
  }

  /// "swiftkv-sim 0.1.0 on 2 × Intel Xeon".
  public var heading: String { "swiftkv-sim \(version) on \(cores) × \(processor)" }

  public var sections: [Section] {
    var sections: [Section] = []
    if !scenarios.isEmpty { sections.append(scenarioSection) }
    if !program.isEmpty { sections.append(programSection) }
    if let growth { sections += growth.sections }
    if let sweep { sections.append(sweep.section) }
    return sections
  }

  /// All of it in Markdown.
  public var markdown: String {
    let parts = sections.map { section in
      "### \(section.title)\n\n\(section.table.markdown)\n\n\(section.notes.joined(separator: "\n\n"))\n"
    }
    return "Measured: \(heading).\n\n" + parts.joined(separator: "\n")
  }

  private var scenarioSection: Section {
    let rows = scenarios.map { row in
      let (counts, seconds) = (row.counts, row.seconds.median)
      return [
        row.name, NumberText.grouped(counts.requests), BenchmarkText.milliseconds(row.seconds.minimum),
        BenchmarkText.milliseconds(seconds), BenchmarkText.spread(row.seconds),
        BenchmarkText.rate(counts.requests, seconds), BenchmarkText.rate(counts.outputTokens, seconds),
        BenchmarkText.rate(counts.steps, seconds), BenchmarkText.rate(counts.changes, seconds),
        BenchmarkText.nanoseconds(seconds, counts.changes), NumberText.grouped(counts.preemptions),
        row.memoryBytes.map { "\(Bytes(Double($0)))" } ?? "–",
      ]
    }
    let table = ReportTable(
      columns: [
        "scenario", "requests", "min ms", "median ms", "spread", "requests/s", "tokens/s", "steps/s",
        "changes/s", "ns/change", "preempted", "memory",
      ], rows: rows)
    var notes = [
      "Rates are by the median. One thread of a running program: start-up, reading the scenario and making the cost model are not "
        + "in these times; making the requests is.",
      "A change is a step composed by itself, as opposed to one within a jump, or the end of a request. Tokens are output tokens.",
    ]
    if scenarios.contains(where: { $0.memoryBytes != nil }) {
      notes.append(
        "memory: what the resident set of a process grows by from 1 request to all; requests in flight and waiting, histograms, and "
          + "tables of kernel times.")
    }
    let described = scenarios.filter { !$0.about.isEmpty }
    if !described.isEmpty {
      notes.append("Scenarios: " + described.map { "\($0.name): \($0.about)" }.joined(separator: "; ") + ".")
    }
    return Section(title: "Scenarios", table: table, notes: notes)
  }

  private var programSection: Section {
    let rows = program.map { row in
      [
        row.name, NumberText.grouped(row.requests), BenchmarkText.milliseconds(row.seconds.minimum),
        BenchmarkText.milliseconds(row.seconds.median), BenchmarkText.spread(row.seconds),
        BenchmarkText.rate(row.requests, row.seconds.median),
        BenchmarkText.rate(row.outputTokens, row.seconds.median),
      ]
    }
    return Section(
      title: "The whole program",
      table: ReportTable(
        columns: ["process", "requests", "min ms", "median ms", "spread", "requests/s", "tokens/s"],
        rows: rows),
      notes: ["'run --no-store' on a scenario file, from before the process starts until after it has ended."]
    )
  }
}

/// Figures of the tables.
enum BenchmarkText {
  static func milliseconds(_ seconds: Double) -> String { NumberText.significant(seconds * 1000) }

  static func spread(_ seconds: BenchmarkReport.TimeFigures) -> String {
    guard seconds.repeats > 1, seconds.median > 0 else { return "–" }
    return String(format: "%.0f %%", 100 * (seconds.maximum - seconds.minimum) / seconds.median)
  }

  static func nanoseconds(_ seconds: Double, _ count: Int) -> String {
    count > 0 ? String(format: "%.0f", seconds * 1e9 / Double(count)) : "–"
  }

  /// Three digits and a letter: "1.23 M".
  static func rate(_ count: Int, _ seconds: Double) -> String {
    let value = seconds > 0 ? Double(count) / seconds : 0
    return switch value {
    case 1e9...: String(format: "%.2f G", value / 1e9)
    case 1e8...: String(format: "%.0f M", value / 1e6)
    case 1e7...: String(format: "%.1f M", value / 1e6)
    case 1e6...: String(format: "%.2f M", value / 1e6)
    default: NumberText.grouped(Int(value.rounded()))
    }
  }
}
