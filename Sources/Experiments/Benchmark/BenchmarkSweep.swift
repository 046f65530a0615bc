import EngineSettings
import Foundation
import Metrics
import Models
import Quantities
import Workload

/// A sweep as a planner would make it, for measuring ``SweepRunner``: rates × `max_num_seqs` × `max_num_batched_tokens` × skip ratios.
public struct BenchmarkSweep: Sendable {
  public var configurations: Int
  /// Of each configuration.
  public var requests: Int
  /// nil is one per core.
  public var threads: Int?

  private static let skipRatios = [0, 0.25, 0.4, 0.5, 0.625]
  private static let budgets = [512, 1024, 2048, 3072, 4096, 6144, 8192, 16384]
  private static let sequences = [16, 32, 48, 64, 96, 128, 192, 256, 384, 512]
  /// Requests a second: from idle to twice what the baseline can serve.
  private static let rates = 4.0...40.0

  public init(configurations: Int = 10_000, requests: Int = 1000, threads: Int? = nil) {
    self.configurations = configurations
    self.requests = requests
    self.threads = threads
  }

  /// Configuration `index`: the skip ratio changes fastest, the rate last.
  func point(_ index: Int) -> SweepPoint {
    var scenario = BenchmarkScenario.common("sweep", requests: requests, rate: rate(index))
    scenario.engine.maxNumBatchedTokens = Self.budgets[index / Self.skipRatios.count % Self.budgets.count]
    scenario.engine.maxNumSeqs =
      Self.sequences[index / (Self.skipRatios.count * Self.budgets.count) % Self.sequences.count]
    let skipped = Self.skipRatios[index % Self.skipRatios.count]
    return SweepPoint(
      scenario,
      variant: skipped == 0
        ? .baseline
        : Variant(technique: .swiftKV(layers: .skipping(skipped), keyValueGroupSize: 1)))
  }

  private func rate(_ index: Int) -> Double {
    let inner = Self.skipRatios.count * Self.budgets.count * Self.sequences.count
    let steps = max(1, (configurations - 1) / inner)
    let share = Double(index / inner) / Double(steps)
    return Self.rates.lowerBound + (Self.rates.upperBound - Self.rates.lowerBound) * share
  }

  /// What is kept of a configuration; equal runs have equal figures.
  struct Kept: Hashable, Sendable {
    let meanTTFT: Double
    let p99TTFT: Double
    let throughput: Double

    init(_ figures: RunFigures) {
      meanTTFT = figures.summary.ttft.mean
      p99TTFT = figures.summary.ttft.percentile(99)
      throughput = figures.summary.outputThroughput.value
    }
  }

  /// What came out. The ratios are of a part of the configurations, by the fastest of several times.
  public struct Result: Hashable, Sendable, Codable {
    public var configurations: Int
    public var requests: Int
    public var threads: Int
    /// Of all configurations, with tables of kernel times that were empty at first.
    public var seconds: Double
    /// Processor time of all threads in that time. Well below `threads` times `seconds`, something else ran on the machine.
    public var processorSeconds: Double
    /// Configurations that could not be simulated.
    public var failures: Int
    /// Configurations of the part.
    public var part: Int
    /// Time by one thread over time by all.
    public var speedup: Double
    /// Time of threads that take one index after another from a counter, over the time with deques: above 1 where deques are faster.
    public var counterRatio: Double
    /// The same where the last configuration alone has as many requests as half of the others.
    public var unevenCounterRatio: Double
    /// Making a point, its deployment and its requests, without simulating them.
    public var setUpSeconds: Double
    /// Whether one thread and all threads gave the same figures.
    public var isDeterministic: Bool

    public var configurationsPerSecond: Double { Double(configurations) / seconds }
    /// Whether threads waited for more than a tenth of the time.
    var isDisturbed: Bool { processorSeconds < 0.9 * seconds * Double(threads) }
  }

  /// - Returns: nil if `progress` stopped it.
  public func run(progress: (@Sendable (SweepRunner.Progress) -> Bool)? = nil) -> Result? {
    let width = threads ?? ProcessInfo.processInfo.activeProcessorCount
    let runner = SweepRunner(threads: width)
    let before = clock()
    let (whole, seconds) = timed { simulate((0..<configurations).map(point), runner, progress) }
    let processorSeconds = Double(clock() - before) / Double(CLOCKS_PER_SEC)
    guard !whole.wasStopped else { return nil }

    // The tables that the sweep has filled are there for all of these.
    let single = runner.with(threads: 1)
    let indices = part
    let points = indices.map(point)
    let serial = simulate(points, single)
    var uneven = points
    uneven[uneven.count - 1].scenario.workload.numRequests = max(1, points.count / 2) * requests
    let one = fastest { _ = simulate(points, single) }
    let many = fastest { _ = simulate(points, runner) }
    let counted = fastest { countThrough(points, runner) }
    let setUp = fastest { for i in indices { _ = try? single.prepare(point(i)) } }
    return Result(
      configurations: configurations, requests: requests, threads: width, seconds: seconds,
      processorSeconds: processorSeconds, failures: whole.kept.count { $0 == nil }, part: points.count,
      speedup: one / many,
      counterRatio: counted / many,
      unevenCounterRatio: fastest { countThrough(uneven, runner) } / fastest { _ = simulate(uneven, runner) },
      setUpSeconds: setUp / Double(points.count),
      isDeterministic: serial.kept == indices.map { whole.kept[$0] })
  }

  private static let partSize = 200
  private static let repeats = 3

  /// Indices all over the sweep. The distance between them is a prime, or they would meet the same few values of an axis.
  private var part: [Int] {
    let distance = configurations % 7919 == 0 ? 7907 : 7919
    return (0..<min(configurations, Self.partSize)).map { $0 * distance % configurations }
  }

  private func simulate(
    _ points: [SweepPoint], _ runner: SweepRunner,
    _ progress: (@Sendable (SweepRunner.Progress) -> Bool)? = nil
  ) -> SweepRunner.Outcome<Kept> {
    runner.run(points, progress: progress) { _, figures in Kept(figures) }
  }

  /// The plain way: threads take one index after another from a common counter.
  private func countThrough(_ points: [SweepPoint], _ runner: SweepRunner) {
    ParallelLoop.run(count: points.count, threads: runner.threads) { i in
      guard let figures = try? runner.simulate(points[i], StopFlag()) else { return }
      _ = Kept(figures)
    }
  }

  private func timed<Value>(_ body: () -> Value) -> (value: Value, seconds: Double) {
    let start = ContinuousClock.now
    let value = body()
    return (value, (ContinuousClock.now - start).seconds)
  }

  private func fastest(_ body: () -> Void) -> Double {
    RepeatedTimes.measuring(warmUps: 0, repeats: Self.repeats, body).minimum
  }
}

extension BenchmarkSweep.Result {
  var section: BenchmarkReport.Section {
    let cores = String(format: "%.1f of %d cores", processorSeconds / seconds, threads)
    func times(_ ratio: Double) -> String { String(format: "×%.2f", ratio) }
    let measured = [
      ("configurations", NumberText.grouped(configurations)),
      ("requests of each", NumberText.grouped(requests)),
      ("threads", "\(threads)"), ("seconds", NumberText.significant(seconds)),
      ("processor time of all threads, s", NumberText.significant(processorSeconds)),
      ("configurations/s", NumberText.significant(configurationsPerSecond)),
      ("requests/s", BenchmarkText.rate(configurations * requests, seconds)),
      ("speed-up over one thread", times(speedup)), ("counter instead of deques", times(counterRatio)),
      ("the same, last one as dear as half the others", times(unevenCounterRatio)),
      ("set-up of a configuration, µs", NumberText.significant(setUpSeconds * 1e6)),
    ]
    let verdict =
      isDeterministic
      ? "One thread and \(threads) gave equal figures."
      : "One thread and \(threads) gave different figures: a fault of the simulator."
    return .init(
      title: "A sweep",
      table: ReportTable(columns: ["sweep", "measured"], rows: measured.map { [$0.0, $0.1] }),
      notes: [
        "Rates × max_num_seqs × max_num_batched_tokens × skip ratios. Speed-up, the counter (time of threads that count up a common "
          + "index over time with deques) and set-up are of \(NumberText.grouped(part)) of them. " + verdict
      ] + (isDisturbed ? ["Something else ran on the machine: the threads had " + cores + "."] : [])
        + (failures > 0 ? ["\(NumberText.grouped(failures)) could not be simulated."] : []))
  }
}
