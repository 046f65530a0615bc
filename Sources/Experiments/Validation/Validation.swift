import Foundation
import Hardware
public import Metrics
import Quantities
import Synchronization
import Workload

/// Replays every measured run of a folder and compares.
public struct Validation: Sendable {
  let replays: [MeasuredReplay]

  /// What came out, with the distributions that figures need.
  public struct Outcome: Sendable {
    public var report: ValidationReport
    /// In the order of the report's runs and stages.
    public var stages: [StageDistributions]
    /// Whether `progress` stopped it; the report then holds the runs that had finished.
    public var wasStopped: Bool
  }

  /// Latencies of one stage in seconds, measured and predicted. Of a client-capped run the first plan's.
  public struct StageDistributions: Sendable {
    public var model: String
    /// "general, 8 req/s".
    public var label: String
    public var isOverload: Bool
    public var measured: StageFigures
    public var predicted: StageFigures
  }

  /// Reads the folder: `manifest.json` and the files it names.
  ///
  /// - Throws: ``MeasuredDataError`` with every problem.
  public init(folder: String) throws(MeasuredDataError) {
    let manifest = try ValidationManifest(folder: folder)
    var problems: [String] = []
    var replays: [MeasuredReplay] = []
    for run in manifest.runs {
      do throws(MeasuredDataError) {
        replays.append(try MeasuredReplay(run, folder: folder))
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw MeasuredDataError(problems: problems) }
    self.replays = replays
  }

  /// Simulates every run, several at once. The outcome does not depend on the number of threads.
  ///
  /// - Parameter progress: called after every run; returning false stops.
  public func run(
    threads: Int? = nil, progress: (@Sendable (Experiment.Progress) -> Bool)? = nil
  ) throws -> Outcome {
    let board = Mutex(Board(count: replays.count))
    ParallelLoop.run(count: replays.count, threads: threads) { i in
      guard board.withLock({ !$0.isStopped }) else { return }
      let result = Result { try Self.compare(replays[i], on: replays[i].device) }
      board.withLock { $0.finish(i, result, progress) }
    }
    let (results, isStopped) = board.withLock { ($0.results, $0.isStopped) }
    let finished = try results.compactMap { try $0?.get() }
    return Outcome(
      report: ValidationReport(runs: finished.map(\.run)), stages: finished.flatMap(\.stages),
      wasStopped: isStopped && finished.count < replays.count)
  }

  struct Compared: Sendable {
    var run: ValidationReport.Run
    var stages: [StageDistributions]
  }

  private struct Board: Sendable {
    var results: [Result<Compared, any Error>?]
    var isStopped = false

    init(count: Int) { results = Array(repeating: nil, count: count) }

    mutating func finish(
      _ i: Int, _ result: Result<Compared, any Error>, _ progress: ((Experiment.Progress) -> Bool)?
    ) {
      results[i] = result
      let done = results.count { $0 != nil }
      let state = Experiment.Progress(
        finishedRuns: done, runs: results.count, share: Double(done) / Double(results.count))
      if let progress, !progress(state) { isStopped = true }
    }
  }

  // MARK: One run

  static func compare(_ replay: MeasuredReplay, on device: DeviceProfile) throws -> Compared {
    let records = try replay.simulate(on: device)
    var stages: [ValidationReport.Stage] = []
    var distributions: [StageDistributions] = []
    for (i, stage) in replay.run.stages.enumerated() {
      let answered = replay.answered(stage: i)
      let measured = StageFigures(answered.map { replay.measured.rows[$0] })
      // Only what was answered can be compared, so an overload's lost requests count on neither side.
      let predicted = records.map { record in StageFigures(answered.map { record.requests[$0] }) }
      stages.append(
        ValidationReport.Stage(
          rate: stage.rate, measured: [measured], predicted: predicted,
          promptWork: records[0].promptWork(of: answered)))
      distributions.append(
        StageDistributions(
          model: replay.run.model,
          label: "\(replay.run.shortName), \(String(format: "%g", stage.rate)) req/s",
          isOverload: replay.run.isOverload, measured: measured, predicted: predicted[0]))
    }
    let run = ValidationReport.Run(
      file: replay.run.file, model: replay.run.model, tensorParallelSize: replay.run.tensorParallelSize,
      isOverload: replay.run.isOverload, isClientCapped: replay.run.clientCapped, stages: stages)
    return Compared(run: run, stages: distributions)
  }
}

extension ValidationReport.Stage {
  /// - Parameters: `measured`: one or more of the same stage, of whose figures the median is taken; `predicted`: one or more,
  ///   averaged; `promptWork`: as simulated.
  init(rate: Double, measured: [StageFigures], predicted: [StageFigures], promptWork: Double) {
    func mean(_ figures: [StageFigures], _ figure: (StageFigures) -> Double) -> Double {
      figures.reduce(0) { $0 + figure($1) } / Double(max(1, figures.count))
    }
    func compared(_ figure: (StageFigures) -> Double) -> ValidationReport.Compared {
      .init(measured: Distribution(measured.map(figure)).median, predicted: mean(predicted, figure))
    }
    func latency(_ metric: KeyPath<StageFigures, Distribution>) -> ValidationReport.Latency {
      .init(
        mean: compared { $0[keyPath: metric].mean * 1e3 },
        p50: compared { $0[keyPath: metric].median * 1e3 },
        p90: compared { $0[keyPath: metric].percentile(90) * 1e3 },
        p99: compared { $0[keyPath: metric].percentile(99) * 1e3 })
    }
    self.init(
      rate: rate, requests: measured.reduce(0) { $0 + $1.e2e.count }, ttft: latency(\.ttft),
      tpot: latency(\.tpot), e2e: latency(\.e2e), requestThroughput: compared(\.requestThroughput),
      promptWork: promptWork)
  }
}

extension RunRecord {
  /// Computed prompt tokens for each output token, of some requests; nil stands for all.
  func promptWork(of indices: [Int]? = nil) -> Double {
    let chosen = indices.map { $0.map { requests[$0] } } ?? requests
    let (prompt, output) = chosen.reduce((0, 0)) {
      ($0.0 + $1.promptTokens - $1.cachedTokens, $0.1 + $1.generatedTokens)
    }
    return Double(prompt) / Double(max(1, output))
  }
}

/// Latencies in seconds and the throughput of some requests of one stage.
public struct StageFigures: Sendable {
  public let ttft: Distribution
  /// (E2E − TTFT) / (output − 1), of requests with more than one output token.
  public let tpot: Distribution
  public let e2e: Distribution
  /// Answers ÷ seconds from the first sending to the last answer.
  public let requestThroughput: Double

  /// What a client measured; failed requests left out by the caller.
  init(_ rows: [MeasuredRun.Row]) {
    self.init(
      rows.compactMap { row in
        guard let ttft = row.ttft, let e2e = row.e2e else { return nil }
        return Answer(sent: row.arrival, ttft: ttft, e2e: e2e, outputTokens: row.outputTokens)
      })
  }

  /// What the simulation delivered.
  init(_ records: [RequestRecord]) {
    self.init(
      records.compactMap { record in
        guard let ttft = record.ttft, let e2e = record.e2e else { return nil }
        return Answer(sent: record.sent, ttft: ttft, e2e: e2e, outputTokens: record.generatedTokens)
      })
  }

  private struct Answer {
    var sent: Seconds
    var ttft: Seconds
    var e2e: Seconds
    var outputTokens: Int
  }

  private init(_ answers: [Answer]) {
    ttft = Distribution(answers.map(\.ttft.value))
    tpot = Distribution(
      answers.filter { $0.outputTokens > 1 }.map { ($0.e2e - $0.ttft).value / Double($0.outputTokens - 1) })
    e2e = Distribution(answers.map(\.e2e.value))
    let first = answers.map(\.sent).min() ?? .zero
    let last = answers.map { $0.sent + $0.e2e }.max() ?? .zero
    requestThroughput = last > first ? Double(answers.count) / (last - first).value : 0
  }
}
