package import CostModel
package import Metrics
package import Models
package import Serving
package import Workload

extension Scenario {
  /// One replica of the scenario under a variant.
  ///
  /// - Parameter cache: tables of kernel times to share; nil for its own.
  /// - Throws: what keeps the variant, the model and the device from going together, see ``Deployment``.
  package func deployment(of variant: Variant, sharing cache: TableCache? = nil) throws -> Deployment {
    try Deployment(
      model: model, variant: variant, device: device, tensorParallelSize: tensorParallelSize, engine: engine,
      sharing: cache)
  }

  /// Serves requests and measures as the scenario says.
  ///
  /// - Parameters:
  ///   - keepsRecord: returns every request and step as well. A measurement that needs them to be exact makes a record anyway.
  ///   - requestSink, progress: see `Simulation`.
  package func simulate(
    _ fleet: Fleet, _ requests: RequestStream, keepsRecord: Bool = false,
    checksInvariants: Bool = false, goodputLimits: GoodputLimits = GoodputLimits(),
    requestSink: (@Sendable (RequestRecord) -> Void)? = nil,
    progress: @escaping (Simulation.Progress) -> Bool
  ) throws -> (figures: RunFigures, record: RunRecord?) {
    let options = Simulation.Options(
      maxConcurrency: workload.maxConcurrency, checksInvariants: checksInvariants)
    guard keepsRecord || measurement.needsRecord else {
      let figures = try Simulation.figures(
        fleet, requests: requests, options: options, goodputLimits: goodputLimits,
        requestSink: requestSink, progress: progress)
      return (figures, nil)
    }
    let record = try Simulation.run(
      fleet, requests: requests, options: options, requestSink: requestSink, progress: progress)
    return (RunFigures(record: record, window: measurement, goodputLimits: goodputLimits), record)
  }
}
