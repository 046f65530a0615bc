public import Metrics
import Quantities

/// What became of a replica under one load.
public struct PlottedLoad: Hashable, Sendable {
  /// In the unit of the figure; of rates what is offered, not what is completed.
  public var offered: Double
  /// Whether the queue grew for as long as the load lasted, so that latencies depend on how long that was.
  public var isSaturated: Bool
  public var latencies: [Latency]
  /// Requests a second that kept every limit of the objective.
  public var goodput: PlottedEstimate?
  /// Share of the requests that did, in 0 ... 1.
  public var attainment: PlottedEstimate?
  /// Means of the requests' times to first token by cause.
  public var attribution: TTFTAttribution?

  public struct Latency: Hashable, Sendable {
    public var metric: LatencyMetric
    /// Of the percentile, in 0 ... 100.
    public var percent: Double
    /// In seconds.
    public var value: PlottedEstimate

    public init(_ metric: LatencyMetric, percent: Double, _ value: PlottedEstimate) {
      self.metric = metric
      self.percent = percent
      self.value = value
    }
  }

  public init(
    offered: Double, isSaturated: Bool = false, latencies: [Latency], goodput: PlottedEstimate? = nil,
    attainment: PlottedEstimate? = nil, attribution: TTFTAttribution? = nil
  ) {
    self.offered = offered
    self.isSaturated = isSaturated
    self.latencies = latencies
    self.goodput = goodput
    self.attainment = attainment
    self.attribution = attribution
  }

  /// In seconds; nil if it is not known.
  func latency(_ metric: LatencyMetric, _ percent: Double) -> PlottedEstimate? {
    latencies.first { $0.metric == metric && $0.percent == percent && $0.value.value.isFinite }?.value
  }
}

/// What is turned up to load a replica.
public enum PlottedLoadUnit: Hashable, Sendable {
  /// Requests a second.
  case requestRate
  /// Requests in flight, of clients that wait for their answers.
  case concurrency

  var axis: String { self == .requestRate ? "load offered (requests/s)" : "requests in flight" }
  /// "5.1 requests/s", and shorter "5.1/s".
  func text(_ load: Double) -> String {
    "\(Finding.number(load)) \(self == .requestRate ? "requests/s" : "requests in flight")"
  }
  func shortText(_ load: Double) -> String { Finding.number(load) + (self == .requestRate ? "/s" : "") }
}

/// A variant under rising load.
public struct PlottedLoadCurve: Hashable, Sendable {
  public var variant: PlottedVariant
  /// In order of their rates.
  public var loads: [PlottedLoad]
  /// The largest load within the objective; nil if there is none, or no objective.
  public var capacity: PlottedEstimate?

  public init(_ variant: PlottedVariant, loads: [PlottedLoad], capacity: PlottedEstimate? = nil) {
    self.variant = variant
    self.loads = loads.sorted { $0.offered < $1.offered }
    self.capacity = capacity.flatMap { $0.value.isFinite ? $0 : nil }
  }
}
