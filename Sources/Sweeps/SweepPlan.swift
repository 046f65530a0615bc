import EngineSettings
public import Experiments
public import Foundation
import Hardware
import Metrics
import Models
import Quantities
import Randomness
public import Results
import Serving
import Workload

/// All points of a sweep, each of them checked: what there is to simulate.
public struct SweepPlan: Sendable {
  public let file: SweepFile
  /// In the order of the file; the last axis of a grid changes fastest.
  public let points: [Point]
  /// Follows from the name, the parameters and the keys of all points.
  public let id: String
  private let settings: @Sendable (Int) -> [SweepAxis.Setting]

  /// A point: one combination of values.
  public struct Point: Sendable {
    /// In the order of ``SweepFile/parameters``.
    public var parameters: [ParameterValue]
    /// Of the results of its replicates.
    public var keys: [String]
    public var model: String
    public var variant: String
    public var device: String
    public var tensorParallelSize: Int
    /// Of the whole deployment.
    public var gpus: Int
    /// Of the first replicate; those of the others follow from it.
    public var seed: UInt64
    public var isProjection: Bool
    /// Share of layers that prompt tokens skip, 0 ... 100.
    public var skipPercent: Double
    /// Why it cannot exist; nil if it can.
    public var invalid: String?
    /// A guess of what simulating it once costs, in no unit.
    var cost: Double
  }

  /// One simulation.
  public struct Run: Hashable, Sendable {
    public var point: Int
    public var replicate: Int
  }

  /// Makes every point and checks it as a scenario file is checked, and that the model fits.
  ///
  /// - Parameter threads: nil is one per core.
  /// - Throws: ``SweepPlanError`` with all problems, each once with the number of points that have it; not for points that cannot exist, if
  ///   the file says to leave those out, some point can, and the problem is not one of all points.
  public init(_ file: SweepFile, threads: Int? = nil) throws(SweepPlanError) {
    self.file = file
    let (count, settings) = file.sampling.points(of: file.axes)
    // Reads what is made by now; nothing changes it.
    nonisolated(unsafe) let shared = settings
    self.settings = { shared($0) }
    let keys = RunKeys(goodputLimits: file.goodputLimits)
    let examiner = PointExaminer(file: file, keys: keys)
    let settingsOf = self.settings
    // Bodies throw nothing.
    let examined =
      (try? ParallelLoop.map(count: count, threads: threads) { examiner.examine(settingsOf($0)) }) ?? []
    let error = SweepPlanError(examined, of: file)
    if !file.skipsInvalid || error.isHopeless, !error.groups.isEmpty { throw error }
    points = examined.map(\.point)
    id = Self.id(file, examined.map(\.point))
  }

  private static func id(_ file: SweepFile, _ points: [Point]) -> String {
    var hash = SHA256()
    func add(_ text: String) { hash.update(Array(text.utf8) + [0]) }
    add(file.name)
    file.parameters.forEach(add)
    for point in points {
      point.parameters.forEach { add($0.json) }
      point.keys.forEach(add)
    }
    return SHA256.text(hash.finalized().prefix(16))
  }

  /// Simulations of valid points.
  public var runs: [Run] {
    points.indices.filter { points[$0].invalid == nil }.flatMap { point in
      (0..<file.replications).map { Run(point: point, replicate: $0) }
    }
  }

  public func key(of run: Run) -> String { points[run.point].keys[run.replicate] }

  /// The runs of a share. All shares together have every run once; they cost about the same.
  ///
  /// - Parameter shard: nil is everything.
  public func runs(of shard: SweepShard?) -> [Run] {
    guard let shard else { return runs }
    // Neighbours in the file, and replicates above all, cost about the same: of as many as there are shares each gets one. Which one is
    // turned from block to block by a key, which is like chance, or a share might get all of one value of an axis.
    let dealt = runs.sorted {
      (-points[$0.point].cost, $0.point, $0.replicate) < (-points[$1.point].cost, $1.point, $1.replicate)
    }
    let own = dealt.indices.filter { i in
      let block = i - i % shard.count
      let turn = Int(key(of: dealt[block]).prefix(8), radix: 16) ?? 0
      return (i % shard.count + turn) % shard.count == shard.index - 1
    }.map { dealt[$0] }
    return own.sorted { ($0.point, $0.replicate) < ($1.point, $1.replicate) }
  }

  /// What simulating a run needs.
  ///
  /// - Throws: `ScenarioError` if a file that the scenario refers to has changed since.
  public func scenario(of run: Run) throws -> Scenario {
    var scenario = try file.scenario(settings(run.point))
    scenario.seed = ReplicationSeed.seed(scenario.seed, replication: run.replicate)
    return scenario
  }

  /// "variant=baseline, engine.max_num_seqs=64".
  public func title(of point: Int) -> String {
    zip(file.parameters, points[point].parameters).map { "\($0)=\($1.text)" }.joined(separator: ", ")
  }
}

extension SweepPlan {
  /// The sweep's row in a database.
  ///
  /// - Parameter createdAt: the present time.
  public func record(createdAt: Date) -> SweepRecord {
    SweepRecord(
      id: id, name: file.name, createdAt: createdAt, codeVersion: CodeVersion.current, fileText: file.text,
      scenarioText: file.base.effectiveText(), parameters: file.parameters, points: points.count,
      replications: file.replications)
  }

  /// The rows of its points.
  public var pointRecords: [SweepPointRecord] {
    points.enumerated().flatMap { index, point in
      let members = zip(file.parameters, point.parameters).map { name, value in
        "\(OrderedJSON.string(name).text): \(value.json)"
      }
      return point.keys.enumerated().map { replicate, key in
        SweepPointRecord(
          point: index, replicate: replicate, key: key, parameters: "{\(members.joined(separator: ", "))}",
          model: point.model, variant: point.variant, device: point.device,
          tensorParallelSize: point.tensorParallelSize, gpus: point.gpus,
          seed: ReplicationSeed.seed(point.seed, replication: replicate), isProjection: point.isProjection,
          skipPercent: point.skipPercent, invalid: point.invalid)
      }
    }
  }
}
