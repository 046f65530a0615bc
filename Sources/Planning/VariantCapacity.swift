public import Metrics

/// The largest load that one variant carries, and what it looks like there.
public struct VariantCapacity: Hashable, Sendable, Codable {
  /// The variant's name.
  public var variant: String
  /// No public serving code runs it.
  public var isProjection: Bool
  /// GPUs of one replica.
  public var gpus: Int
  /// Requests a second (or requests in flight, by the study's unit); 0 if the objective is met at no load.
  public var capacity: EstimatedFigure
  /// If all latencies were longer by the model's expected error, and shorter: what the capacity would be. nil if that error is unknown.
  public var modelRange: ModelRange?
  /// Against the study's first variant on the same requests: capacity ÷ capacity. nil for the first one, and where one has none.
  public var ratio: EstimatedFigure?
  /// What breaks just above.
  public var bindingLimit: BindingLimit
  /// What would raise it; empty if that was not asked for or nothing is carried.
  public var relaxations: [Relaxation]
  /// The resource that holds it back, decided from ``relaxations``.
  public var bindingResource: BindingResource?
  /// Figures at the capacity; at the lowest load that was tried if the objective is met nowhere.
  public var point: LoadPoint
  /// Requests of mean length whose KV fits at once.
  public var kvLimitedConcurrency: Double
  /// Independent runs that the estimate is made of.
  public var replications: Int
  /// Loads that were tried for it, and all runs and requests that were simulated on the way.
  public var probes: Int
  public var simulatedRuns: Int
  public var simulatedRequests: Int
  /// Whether the interval is as narrow as was asked for.
  public var isPrecise: Bool

  /// Whether any load is carried.
  public var isReachable: Bool { capacity.value > 0 }

  /// Capacities with latencies longer, and shorter, by the expected error.
  public struct ModelRange: Hashable, Sendable, Codable {
    public var lower: Double
    public var upper: Double
    /// What was assumed, "TTFT ±8.1 %, TPOT ±5.0 %".
    public var assumption: String

    public init(lower: Double, upper: Double, assumption: String) {
      self.lower = lower
      self.upper = upper
      self.assumption = assumption
    }
  }

  /// The part of the objective that gives way first.
  public enum BindingLimit: Hashable, Sendable {
    /// A limit on a statistic.
    case latency(Objective.Limit)
    /// Too few requests keep their own limits.
    case goodShare
    /// The queue grows before anything else happens.
    case saturation
    /// The search ended at its upper end, with everything kept.
    case none
  }

  /// A capacity with one resource made larger and all else equal.
  public struct Relaxation: Hashable, Sendable, Codable {
    public var resource: BindingResource
    /// "twice the KV blocks".
    public var change: String
    /// Capacity ÷ capacity without the change, on the same requests.
    public var gain: EstimatedFigure

    public init(resource: BindingResource, change: String, gain: EstimatedFigure) {
      self.resource = resource
      self.change = change
      self.gain = gain
    }
  }

  public enum BindingResource: String, Hashable, Sendable, Codable, CaseIterable {
    case kvMemory = "kv_memory"
    case batchLimit = "max_num_seqs"
    case tokenBudget = "max_num_batched_tokens"
    case apiServer = "api_server"
    case compute
    case memoryBandwidth = "memory_bandwidth"
    /// Compute and memory bandwidth, neither clearly more than the other.
    case gpu

    public var label: String {
      switch self {
      case .kvMemory: "KV memory"
      case .batchLimit: "the batch limit (max_num_seqs)"
      case .tokenBudget: "the token budget (max_num_batched_tokens)"
      case .apiServer: "the API server"
      case .compute: "GPU compute"
      case .memoryBandwidth: "GPU memory bandwidth"
      case .gpu: "the GPU itself, compute and memory bandwidth alike"
      }
    }
  }
}
