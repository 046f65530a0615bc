import CostModel
import EngineSettings
import Foundation
import Workload

/// How the cost of a simulation grows with the number of requests, with the batch, and with the number of replicas.
public struct BenchmarkGrowth: Hashable, Sendable, Codable {
  public var requests: [Row] = []
  public var batch: [Row] = []
  public var replicas: [Row] = []

  /// One measurement. The minimum of `seconds` counts: short runs on a busy machine spend most of their time waiting.
  public struct Row: Hashable, Sendable, Codable {
    /// Of what grows: requests, `max_num_seqs`, replicas.
    public var size: Int
    public var workload: String
    /// Over all replicas.
    public var counts: Benchmark.Counts
    public var seconds: BenchmarkReport.TimeFigures
    /// Processor time of all threads over wall time. With several threads: how many cores they really had.
    public var cores: Double

    var nanosecondsPerRequest: Double { seconds.minimum * 1e9 / Double(max(1, counts.requests)) }
  }

  /// A measurement goes on until it has taken so long, in seconds, or so many repeats.
  private static let enough = (seconds: 1.0, repeats: 21)
  private static let requestsOfBatch = 20_000
  private static let requestsOfReplica = 10_000
  private static let batchSizes = [8, 16, 32, 64, 128, 256, 512, 1024]
  private static let replicaCounts = [1, 2, 4, 8, 16, 32, 64]
  /// All at once everything waits in memory, about 150 bytes a request.
  private static let mostAtOnce = 1_000_000

  /// - Parameters:
  ///   - largest: number of requests up to which it goes, in powers of ten from 1,000.
  ///   - threads: for the replicas; nil is one per core.
  ///   - progress: called before each measurement with what has been done; returning false stops it.
  /// - Returns: nil if it was stopped.
  public static func measure(
    largest: Int = 10_000_000, threads: Int? = nil, progress: (_ done: Int, _ all: Int) -> Bool
  ) throws -> BenchmarkGrowth? {
    let sizes = requestSizes(upTo: largest)
    let all = 2 * sizes.count + batchSizes.count + replicaCounts.count
    var (growth, done) = (BenchmarkGrowth(), 0)
    let cache = TableCache()
    func goesOn() -> Bool {
      defer { done += 1 }
      return progress(done, all)
    }
    for (name, rate) in [("below", BenchmarkScenario.saturation), ("at-once", Double.infinity)] {
      for size in sizes {
        guard goesOn() else { return nil }
        if rate == .infinity, size > mostAtOnce { continue }
        let scenario = BenchmarkScenario.common(name, requests: size, rate: rate)
        growth.requests.append(try row(size, name, [scenario], threads: 1, cache))
      }
    }
    for size in batchSizes {
      guard goesOn() else { return nil }
      var scenario = BenchmarkScenario.common(
        "batch", requests: min(largest, requestsOfBatch), rate: .infinity)
      scenario.engine.maxNumSeqs = size
      // Short enough for the KV cache to hold 1,024 of them.
      scenario.workload.promptTokens = LengthSpec(.constant(200))
      growth.batch.append(try row(size, "batch", [scenario], threads: 1, cache))
    }
    for size in replicaCounts {
      guard goesOn() else { return nil }
      let replicas = (0..<size).map { i in
        var scenario = BenchmarkScenario.common(
          "replica", requests: min(largest, requestsOfReplica), rate: BenchmarkScenario.saturation)
        scenario.seed += UInt64(i)
        return scenario
      }
      growth.replicas.append(try row(size, "replicas", replicas, threads: threads, cache))
    }
    return growth
  }

  static func requestSizes(upTo largest: Int) -> [Int] {
    var sizes = [min(1000, largest)]
    while let last = sizes.last, last * 10 <= largest { sizes.append(last * 10) }
    return sizes
  }

  private static func row(
    _ size: Int, _ workload: String, _ scenarios: [Scenario], threads: Int?, _ cache: TableCache
  ) throws -> Row {
    let benchmarks = try scenarios.map { scenario in
      try Benchmark(BenchmarkScenario(scenario, requests: nil), sharing: cache)
    }
    func run() throws -> Benchmark.Counts {
      let counts = try ParallelLoop.map(count: benchmarks.count, threads: threads) {
        try benchmarks[$0].once()
      }
      return counts.dropFirst().reduce(into: counts[0]) { $0.add($1) }
    }
    var (counts, times, processorSeconds) = (Benchmark.Counts?.none, [Double](), 0.0)
    // The first time fills tables. It counts only where it takes too long for that to matter.
    for turn in 0...enough.repeats {
      let (start, before) = (ContinuousClock.now, clock())
      counts = try run()
      let seconds = (ContinuousClock.now - start).seconds
      if turn == 0, seconds < enough.seconds { continue }
      times.append(seconds)
      processorSeconds += Double(clock() - before) / Double(CLOCKS_PER_SEC)
      if times.reduce(0, +) >= enough.seconds { break }
    }
    guard let counts else { preconditionFailure("nothing was simulated") }
    return Row(
      size: size, workload: workload, counts: counts, seconds: .init(RepeatedTimes(seconds: times)),
      cores: processorSeconds / times.reduce(0, +))
  }
}

extension Benchmark.Counts {
  /// Of two runs together; what is a mean stays that of the first one's kind.
  fileprivate mutating func add(_ other: Self) {
    let (mine, others) = (Double(requests), Double(other.requests))
    meanRunning = (meanRunning * mine + other.meanRunning * others) / max(1, mine + others)
    requests += other.requests
    outputTokens += other.outputTokens
    steps += other.steps
    changes += other.changes
    preemptions += other.preemptions
  }
}

extension BenchmarkGrowth {
  var sections: [BenchmarkReport.Section] {
    [
      .init(
        title: "Growth with the number of requests",
        table: table("requests", requests, isNamed: true),
        notes: [
          "The common workload, Poisson just below saturation (below) and all requests at time 0 (at-once). One thread; the fastest of up to 21 times or one second."
        ]),
      .init(
        title: "Growth with the batch",
        table: table("max_num_seqs", batch, isNamed: false),
        notes: [
          "All requests at time 0, 200 prompt and 200 output tokens, so that the KV cache holds the largest batch. One thread."
        ]),
      .init(
        title: "Growth with replicas",
        table: table("replicas", replicas, isNamed: false, hasCores: true),
        notes: [
          "Independent replicas of the common workload below saturation, each with a seed of its own, on all cores, without a "
            + "router. cores: processor time over wall time, what other programs left of the machine."
        ]),
    ]
  }

  private func table(_ title: String, _ rows: [Row], isNamed: Bool, hasCores: Bool = false) -> ReportTable {
    ReportTable(
      columns: (isNamed ? ["workload"] : []) + [
        title, "in batch", "steps/request", "min ms", "ns/request", "ns/change", "requests/s",
      ] + (hasCores ? ["cores"] : []),
      rows: rows.map { row in
        (isNamed ? [row.workload] : []) + [
          NumberText.grouped(row.size), NumberText.significant(row.counts.meanRunning),
          NumberText.significant(Double(row.counts.steps) / Double(max(1, row.counts.requests))),
          BenchmarkText.milliseconds(row.seconds.minimum), String(format: "%.0f", row.nanosecondsPerRequest),
          BenchmarkText.nanoseconds(row.seconds.minimum, row.counts.changes),
          BenchmarkText.rate(row.counts.requests, row.seconds.minimum),
        ] + (hasCores ? [String(format: "%.2f", row.cores)] : [])
      }, textColumns: isNamed ? 1 : 0)
  }
}
