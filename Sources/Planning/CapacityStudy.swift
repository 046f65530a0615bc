/// How much load each variant of a scenario carries under an objective.
public struct CapacityStudy: Hashable, Sendable, Codable {
  /// The scenario's name, model, device and GPUs of one replica.
  public var scenario: String
  public var model: String
  public var device: String
  public var gpus: Int
  public var seed: UInt64
  public var unit: LoadUnit
  public var objective: CapacityObjective
  public var window: LoadWindow
  /// Of one run.
  public var requestsPerRun: Int
  /// Mean tokens of a request's prompt and answer, those found in the prefix cache included.
  public var meanPromptTokens: Double
  public var meanOutputTokens: Double
  public var settings: Settings
  /// In the order asked for; ratios are to the first.
  public var variants: [VariantCapacity]

  /// How precise, and how much may be spent on it.
  public struct Settings: Hashable, Sendable, Codable {
    /// Runs are added until the interval's half-width ÷ capacity is at most this.
    public var tolerance: Double
    /// Independent runs, at least and at most.
    public var replications: ClosedRange<Int>
    /// Of the intervals, 0.95 for example.
    public var level: Double
    /// Whether to look for the resource that binds.
    public var relaxes: Bool

    public init(
      tolerance: Double = 0.02, replications: ClosedRange<Int> = 8...16, level: Double = 0.95,
      relaxes: Bool = true
    ) {
      self.tolerance = tolerance
      self.replications = replications
      self.level = level
      self.relaxes = relaxes
    }
  }

  /// The variant of a name.
  public subscript(variant: String) -> VariantCapacity? { variants.first { $0.variant == variant } }
}
