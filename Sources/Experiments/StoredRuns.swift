import Foundation
public import Metrics
import Quantities
public import Results

/// The runs of a database: as a table, and sorted into experiments.
public enum StoredRuns {
  /// Opens a database that must exist already.
  ///
  /// - Throws: `ResultsError`, also if there is no such file.
  public static func open(_ path: String) throws(ResultsError) -> ResultStore {
    guard FileManager.default.fileExists(atPath: path) else {
      throw ResultsError.noStore(path: path)
    }
    return try ResultStore(path: path)
  }

  /// The figures of a stored run, over the measured time that its scenario sets.
  public static func figures(_ run: RunDescription, _ content: StoredContent) -> RunFigures {
    switch content {
    case .figures(let figures): figures
    case .record(let record):
      RunFigures(record: record, window: scenario(of: run)?.measurement ?? MeasurementWindow())
    }
  }

  /// What a stored run lacks, and how to get it.
  public static func lacks(_ what: String, runs ids: [Int64]) -> String {
    let runs = ids.map { "\($0)" }.joined(separator: ", ")
    return
      "run\(ids.count == 1 ? "" : "s") \(runs) \(ids.count == 1 ? "was" : "were") stored without \(what); "
      + "'run' and 'compare' keep them with --detailed"
  }

  /// The stored scenario; nil if it refers to files (a model's config.json) that are not there any more.
  static func scenario(of run: RunDescription) -> Scenario? {
    try? Scenario.parse(text: run.scenarioText, file: run.scenarioName)
  }

  /// One row a run, with its headline figures.
  public static func table(_ runs: [StoredRun]) -> ReportTable {
    ReportTable(
      columns: [
        "id", "made (UTC)", "scenario", "variant", "requests/s", "output tok/s", "TTFT p50 ms", "TTFT p99 ms",
        "TPOT mean ms", "failed",
      ],
      rows: runs.map { stored in
        let figures = stored.figures
        return [
          "\(stored.id)", time(stored.run.createdAt), stored.run.scenarioName,
          stored.run.variantName + (stored.run.isProjection ? " *" : "")
            + (stored.run.replication > 0 ? ", replication \(stored.run.replication)" : ""),
          NumberText.significant(figures.requestThroughput.value),
          NumberText.significant(figures.outputThroughput.value),
          NumberText.significant(figures.ttft.p50.milliseconds),
          NumberText.significant(figures.ttft.p99.milliseconds),
          NumberText.significant(figures.tpot.mean.milliseconds), NumberText.grouped(figures.failed),
        ]
      }, textColumns: 4)
  }

  /// The heading of one stored run.
  public static func heading(id: Int64, _ run: RunDescription, _ figures: RunFigures) -> String {
    [
      "run \(id): \(run.scenarioName), "
        + Headline.deployment(
          run.modelName, run.deviceName, tensorParallelSize: run.tensorParallelSize, replicas: run.replicas,
          router: run.router) + ", " + run.variantName,
      "made \(time(run.createdAt)) UTC by swiftkv-sim \(run.codeVersion), seed \(run.seed)"
        + (run.replication > 0 ? ", replication \(run.replication)" : ""),
      "GPU KV cache: \(NumberText.grouped(figures.totals.totalBlocks)) usable blocks of \(figures.totals.blockSize) tokens",
    ].joined(separator: "\n") + "\n" + (run.isProjection ? "* \(Headline.projection)\n" : "")
  }

  /// The runs of the newest experiment, oldest id first: those with its scenario's name and its time, and of replications the first one.
  public static func latestExperiment(_ runs: [StoredRun]) -> [StoredRun] {
    guard let newest = runs.max(by: { ($0.run.createdAt, $0.id) < ($1.run.createdAt, $1.id) }) else {
      return []
    }
    return runs.filter {
      $0.run.createdAt == newest.run.createdAt && $0.run.scenarioName == newest.run.scenarioName
        && $0.run.replication == 0
    }.sorted { $0.id < $1.id }
  }

  /// "2026-02-28 13:05:59", in UTC whatever the machine's zone.
  private static func time(_ date: Date) -> String {
    let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .gmt)
    return String(date.formatted(style).prefix(19))
  }
}
