import Hardware
import Metrics
import Models
import Quantities
import Serving
import Workload

/// A measured run and the simulation of the same requests under the same settings.
struct MeasuredReplay: Sendable {
  private(set) var run: ValidationManifest.Run
  private(set) var measured: MeasuredRun
  let model: ModelConfig
  /// The device's shipped profile.
  let device: DeviceProfile
  /// Stage of each request, by index.
  private var stageOf: [Int]

  /// Poisson plans of a client-capped run, averaged: its sending times were answers to earlier requests, so they cannot be
  /// replayed.
  private var plans: [UInt64] = [1, 2, 3]

  /// - Throws: ``MeasuredDataError`` if the file is damaged or does not match its manifest.
  init(_ run: ValidationManifest.Run, folder: String) throws(MeasuredDataError) {
    self.run = run
    let path = folder + "/" + run.file
    do {
      measured = try MeasuredRun.read(path: path)
    } catch {
      throw MeasuredDataError(problems: ["\(error)"])
    }
    let planned = run.stages.reduce(0) { $0 + $1.numRequests }
    guard planned == measured.rows.count else {
      throw MeasuredDataError(
        problems: [
          "\(path): found \(measured.rows.count) requests; its stages in manifest.json have \(planned)"
        ])
    }
    stageOf = run.stages.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element.numRequests) }
    guard let model = ModelConfig.named(run.model), let device = DeviceProfile.calibrated(run.gpu) else {
      throw MeasuredDataError(problems: ["\(path): \(run.model) on \(run.gpu) cannot be simulated"])
    }
    (self.model, self.device) = (model, device)
    do {
      _ = try deployment(on: device)
    } catch {
      throw MeasuredDataError(problems: ["\(path): \(error)"])
    }
  }

  private func deployment(on device: DeviceProfile) throws -> Deployment {
    try Deployment(
      model: model, variant: .baseline, device: device, tensorParallelSize: run.tensorParallelSize,
      engine: run.engine)
  }

  /// Simulates the run: once at the measured sending times, or, where the client's cap made those times, under three Poisson
  /// plans with the cap.
  func simulate(on device: DeviceProfile) throws -> [RunRecord] {
    let deployment = try deployment(on: device)
    let plans = run.clientCapped ? try plans.map(poissonPlan) : [measured.rows.map(\.arrival)]
    return try plans.map { arrivals in
      let requests = measured.rows.indices.map { request($0, at: arrivals[$0]) }
      return try Simulation.run(
        deployment, requests: RequestStream(requests), options: .init(maxConcurrency: run.maxConcurrency))
    }
  }

  private func request(_ i: Int, at arrival: Seconds) -> Request {
    let row = measured.rows[i]
    var content = PromptContent.unique
    if run.promptPool != nil, let id = row.promptID { content = .text(id) }
    return Request(
      index: i, arrival: arrival, promptTokens: max(1, row.promptTokens),
      outputTokens: max(1, row.outputTokens),
      content: content, stage: stageOf[i])
  }

  private func poissonPlan(seed: UInt64) throws -> [Seconds] {
    let spec = WorkloadSpec(
      numRequests: nil,
      arrivals: .stages(run.stages.map { .init(rate: PerSecond($0.rate), numRequests: $0.numRequests) }),
      promptTokens: LengthSpec(.constant(1)), outputTokens: LengthSpec(.constant(1)))
    return try spec.stream(seed: seed).map(\.arrival)
  }

  /// The first `count` requests of each stage, under one plan: enough for a fit, which simulates a run hundreds of times.
  func shortened(to count: Int) -> MeasuredReplay {
    var short = self
    let rows = run.stages.indices.flatMap { stage in
      stageOf.indices.filter { stageOf[$0] == stage }.prefix(count)
    }
    short.measured.rows = rows.map { measured.rows[$0] }
    short.stageOf = rows.map { stageOf[$0] }
    for i in run.stages.indices { short.run.stages[i].numRequests = min(count, run.stages[i].numRequests) }
    short.plans = [1]
    return short
  }

  /// Indices of a stage's requests that were answered.
  func answered(stage: Int) -> [Int] {
    measured.rows.indices.filter { stageOf[$0] == stage && measured.rows[$0].ok }
  }
}
