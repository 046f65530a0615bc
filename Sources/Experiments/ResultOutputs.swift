public import Foundation
public import Metrics
public import Models
import Quantities
public import Results

/// Where the results of an experiment go, besides the terminal.
public struct ResultOutputs: Hashable, Sendable {
  /// The SQLite file; nil stores nothing.
  public var database: String?
  /// vLLM's result file: one JSON object a line, one line a variant.
  public var json: String?
  /// One row a request, written while the runs go.
  public var csv: String?
  /// A timeline for Perfetto or Chrome, all variants in it. The runs then need their records.
  public var timeline: String?
  /// The part of the runs that the timeline shows, see `TimelineFile`.
  public var timelineWindow: TimelineWindow?
  /// Keeps requests and steps: per-request lists in the JSON, rows in the database.
  public var detailed: Bool
  public var percentileMetrics: [LatencyMetric]
  public var percentiles: [Double]

  public init(
    database: String? = nil, json: String? = nil, csv: String? = nil, timeline: String? = nil,
    timelineWindow: TimelineWindow? = nil, detailed: Bool = false,
    percentileMetrics: [LatencyMetric] = LatencyMetric.allCases, percentiles: [Double] = [99]
  ) {
    self.database = database
    self.json = json
    self.csv = csv
    self.timeline = timeline
    self.timelineWindow = timelineWindow
    self.detailed = detailed
    self.percentileMetrics = percentileMetrics
    self.percentiles = percentiles
  }

  /// Tries every destination before anything runs, so that an hour's simulation does not end at a folder that cannot be
  /// written. Makes the database and its folder if they are missing.
  ///
  /// - Returns: what is wrong, one text a destination.
  public func problems() -> [String] {
    var problems: [String] = []
    if let database {
      do {
        try Self.makeFolder(of: database)
        _ = try ResultStore(path: database)
      } catch {
        problems.append("\(error)")
      }
    }
    for path in [json, csv, timeline].compactMap({ $0 }) {
      do { try Destinations.checkWritable(path) } catch { problems.append("\(error)") }
    }
    return problems
  }

  /// Files that would be written over each other, or over what the run reads.
  ///
  /// - Parameter inputs: paths of the files that are read.
  /// - Returns: what is wrong, one text a destination.
  public func collisions(reading inputs: [String]) -> [String] {
    Destinations.collisions(
      [("--db", database), ("--json", json), ("--csv", csv), ("--trace", timeline)], reading: inputs)
  }

  /// What was written.
  public struct Saved: Sendable {
    /// In the database, in the order of the runs.
    public var ids: [Int64] = []
    public var files: [String] = []
    /// What a file leaves out, in sentences.
    public var notes: [String] = []
    /// What could not be written. Every destination is tried, whatever becomes of the others.
    public var failures: [String] = []
  }

  /// - Parameters:
  ///   - createdAt: the time of the experiment; runs of one experiment share it in the database.
  ///   - fileDate: the date inside the JSON file.
  ///   - csv: the file that got the requests of `variants`, in this order, while they were simulated.
  public func save(
    _ runs: [VariantRun], of scenario: Scenario, createdAt: Date, fileDate: Date,
    csv: (file: RequestCSVFile, variants: [Variant])? = nil
  ) -> Saved {
    var saved = Saved()
    guard !runs.isEmpty else { return saved }
    func attempt(_ body: () throws -> Void) {
      do { try body() } catch { saved.failures.append("\(error)") }
    }
    if let database {
      attempt {
        // A replication is a run of its own, with the scenario's text as it was run.
        let rows = runs.flatMap { run in
          run.replicated.replicates.enumerated().map { number, figures in
            (
              RunDescription(run, of: scenario, replication: number, createdAt: createdAt), figures,
              number == 0 ? run.record : nil
            )
          }
        }
        saved.ids = try ResultStore(path: database).save(rows)
      }
    }
    if let json {
      attempt {
        try AtomicFile.write(jsonText(runs, of: scenario, date: fileDate), to: json)
        saved.files.append(json)
      }
    }
    if let csv {
      attempt {
        try csv.file.finish(
          keeping: runs.compactMap { run in
            csv.variants.firstIndex { scenario.fleet.name(for: $0) == run.name }
          })
        saved.files.append(csv.file.path)
      }
    }
    if let timeline {
      attempt {
        let content = try TimelineFile.write(
          TimelineProcess.processes(runs, of: scenario), scenario: (scenario.name, scenario.seed),
          window: timelineWindow, to: timeline)
        saved.files.append(timeline)
        if let note = content.omission(path: timeline, isChosen: timelineWindow != nil) {
          saved.notes.append(note)
        }
      }
    }
    return saved
  }

  /// The CSV file, ready for the requests of each variant; nil if none was asked for.
  public func openCSV(_ variants: [Variant], of scenario: Scenario) throws(ResultsError) -> RequestCSVFile? {
    guard let csv else { return nil }
    return try RequestCSVFile(
      path: csv, runs: variants.map { (scenario.name, scenario.fleet.name(for: $0)) },
      listsReplicas: scenario.fleet.replicas > 1)
  }

  /// The lines of the JSON file: one a variant, or one a replication of each.
  public func jsonText(_ runs: [VariantRun], of scenario: Scenario, date: Date) -> String {
    runs.flatMap { run in
      run.replicated.replicates.enumerated().map { number, figures in
        jsonText(
          RunDescription(run, of: scenario, replication: number, createdAt: date), figures,
          replicated: run.replicated, record: number == 0 ? run.record : nil)
      }
    }.joined()
  }

  /// One line of the JSON file.
  ///
  /// - Parameter replicated: over which intervals are taken; nil takes them within the run.
  public func jsonText(
    _ description: RunDescription, _ figures: RunFigures, replicated: ReplicatedFigures? = nil,
    record: RunRecord?
  ) -> String {
    BenchJSON.text(
      description, figures, replicated: replicated, listing: detailed ? record : nil,
      percentileMetrics: percentileMetrics, percentiles: percentiles)
  }

  private static func makeFolder(of path: String) throws(ResultsError) {
    let folder = SplitPath(path).folder
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw ResultsError.cannotWrite(path: path, reason: "the folder '\(folder)' cannot be made")
    }
  }
}
