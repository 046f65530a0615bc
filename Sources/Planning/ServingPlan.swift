public import Hardware

/// How many replicas of a variant serve a rate, what they cost and take.
public struct ServingPlan: Hashable, Sendable, Codable {
  /// The variant's name.
  public var variant: String
  /// Requests a second of all replicas together.
  public var targetRate: Double
  /// Share of a replica's capacity that is kept free, 0 ..< 1.
  public var headroom: Double
  /// What one replica is planned for: the lower end of the capacity's interval, less the headroom.
  public var ratePerReplica: Double
  public var replicas: Int
  public var gpus: Int
  /// What one replica then gets, as a share of its capacity.
  public var utilisation: Double
  /// USD an hour of all GPUs; nil without a price.
  public var perHour: PriceRange?
  /// Of one replica at its share of the rate; nil until it was simulated.
  public var point: LoadPoint?
  public var cost: LoadCost?
  public var energy: LoadEnergy?

  /// Most replicas of a plan: beyond every data centre.
  public static let mostReplicas = 1_000_000

  /// - Returns: nil if the variant carries nothing, or more than ``mostReplicas`` would be needed.
  public init?(
    _ capacity: VariantCapacity, targetRate: Double, headroom: Double, perGPUHour: PriceRange?
  ) {
    let planned = capacity.plannedRate * (1 - headroom)
    guard capacity.isReachable, planned > 0, targetRate / planned <= Double(Self.mostReplicas) else {
      return nil
    }
    variant = capacity.variant
    self.targetRate = targetRate
    self.headroom = headroom
    ratePerReplica = planned
    replicas = Self.replicas(for: targetRate, each: planned)
    gpus = replicas * capacity.gpus
    utilisation = targetRate / Double(replicas) / capacity.rate
    let all = Double(gpus)
    perHour = perGPUHour.map { price in price.map { $0 * all } }
  }

  /// Replicas for a rate if each has so much; at least one.
  static func replicas(for rate: Double, each: Double) -> Int {
    // A rate that is a multiple but for rounding needs no further replica.
    max(1, Int((rate / each - 1e-9).rounded(.up)))
  }
}

extension VariantCapacity {
  /// Requests a second at the capacity: of a closed loop, what is completed.
  public var rate: Double { point.unit == .requestRate ? capacity.value : point.completedRate.value }

  /// The lower end of its interval.
  public var plannedRate: Double {
    max(0, point.unit == .requestRate ? capacity.lower : point.completedRate.lower)
  }
}
