import Metrics
import Quantities
import Serving
import Workload

extension Simulation {
  /// The figures of a run, without its requests and steps.
  ///
  /// - Parameter requestSink: gets every request when it is closed.
  static func figures(
    _ deployment: Deployment, requests: RequestStream, options: Options, goodputLimits: GoodputLimits,
    requestSink: (@Sendable (RequestRecord) -> Void)?, progress: ((Progress) -> Bool)?
  ) throws -> RunFigures {
    let record = try run(deployment, requests: requests, options: options, progress: progress)
    var figures = StreamingFigures(goodputLimits: goodputLimits, requestSink: requestSink)
    record.replay(into: &figures)
    return figures.figures(record.totals)
  }

  /// Everything of a run.
  ///
  /// - Parameter requestSink: gets every request when it is closed.
  static func record(
    _ deployment: Deployment, requests: RequestStream, options: Options,
    requestSink: (@Sendable (RequestRecord) -> Void)?, progress: ((Progress) -> Bool)?
  ) throws -> RunRecord {
    let record = try run(deployment, requests: requests, options: options, progress: progress)
    if let requestSink {
      var recorder = RunRecorder(requestSink: requestSink)
      record.replay(into: &recorder)
    }
    return record
  }
}
