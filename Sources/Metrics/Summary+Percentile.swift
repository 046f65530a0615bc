public import Quantities

extension Summary {
  /// A percentile of a latency; 0 if no request has that latency, see ``Distribution``.
  ///
  /// - Parameter percent: 0 ... 100.
  public func percentile(_ percent: Double, of metric: LatencyMetric) -> Seconds {
    Seconds(self[metric].percentile(percent))
  }
}
