public import Experiments
public import Metrics
import Quantities

/// A file that describes a sweep: a scenario, and which of its keys take which values. `docs/sweeps.md` is the reference.
///
/// Trees of YAML nodes are classes in part, so the compiler cannot tell that threads may share them. Nothing here changes one once it is
/// read.
public struct SweepFile: @unchecked Sendable {
  /// Names the results.
  public let name: String
  /// The file as the user named it.
  public let path: String
  public let axes: [SweepAxis]
  public let sampling: SweepSampling
  /// Simulations of each point, each with a seed of its own.
  public let replications: Int
  /// Limits that a request must keep to count towards goodput.
  public let goodputLimits: GoodputLimits
  /// Whether points that cannot exist are left out instead of ending the sweep.
  public let skipsInvalid: Bool
  /// The file's text, with the changes that options made.
  public let text: String
  /// The files that describe it: itself, and the scenario's if that is another.
  public let files: [String]
  /// The scenario that points change.
  let base: ScenarioDocument
  /// What paths of files in the scenario are relative to.
  let baseFolder: String

  /// Names of what the points change, in the order of the file.
  public var parameters: [String] { axes.flatMap(\.paths) }

  /// Changes from the command line.
  public struct Changes: Hashable, Sendable {
    /// Of the scenario, as `engine.max_num_seqs=512`, applied in order.
    public var overrides: [String]
    /// Of the scenario.
    public var seed: UInt64?
    public var replications: Int?
    /// Leaves points out that cannot exist, whatever the file says.
    public var skipsInvalid: Bool

    public init(
      overrides: [String] = [], seed: UInt64? = nil, replications: Int? = nil, skipsInvalid: Bool = false
    ) {
      self.overrides = overrides
      self.seed = seed
      self.replications = replications
      self.skipsInvalid = skipsInvalid
    }
  }

  /// Reads a sweep file, YAML or JSON, and the scenario that it names.
  ///
  /// - Throws: `ScenarioError` with every problem of the file at once. Whether its points can be simulated is found by ``SweepPlan``.
  public static func load(path: String, changes: Changes = Changes()) throws(ScenarioError) -> SweepFile {
    let text = try ScenarioFile.text(at: path, holding: "sweep")
    return try parse(text: text, path: path, changes: changes)
  }

  /// Reads a sweep's text.
  ///
  /// - Parameter path: what messages call the text; paths in it are relative to its folder.
  public static func parse(
    text: String, path: String, changes: Changes = Changes()
  ) throws(ScenarioError) -> SweepFile {
    let document = try ScenarioDocument(
      text: text, file: path, holding: "sweep", keys: "scenario and axes")
    var reader = SweepFileReader(document: document, path: path, changes: changes)
    return try reader.file()
  }
}

extension SweepFile {
  /// The scenario at a point.
  ///
  /// - Parameter settings: of each axis.
  func scenario(_ settings: [SweepAxis.Setting]) throws(ScenarioError) -> Scenario {
    var document = base
    for setting in settings {
      for override in setting.overrides { try document.apply(override) }
    }
    var reader = ScenarioReader(document: document, directory: baseFolder)
    return try reader.scenario(keepsSource: false)
  }
}
