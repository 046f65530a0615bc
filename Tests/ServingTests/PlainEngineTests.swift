import EngineSettings
import Metrics
import Quantities
import Serving
import Testing
import Workload

/// Protects the scheduler's every decision: the engine against a second one, written independently and as plainly as possible.
@Suite("the engine against a plain one") struct PlainEngineTests {
  /// More of what the random scenes have little of: releases' admission rules, no chunked prefill, short answers, ends of
  /// sequences on block boundaries that later turns look up.
  static func scene(seed: Int) throws -> Scene {
    var scene = try RandomSceneTests.scene(seed: seed)
    var random = TestRandom(seed: seed + 1_000_000)
    if random.coin(0.2) { scene.engine.enableChunkedPrefill = false }
    if random.coin(0.2) { scene.engine.watermark = random.unit() / 4 }
    if random.coin(0.2) { scene.engine.blockSize = random.integer(1...5) }
    let isShort = random.coin(0.3)
    for i in scene.requests.indices where isShort { scene.requests[i].outputTokens = random.integer(1...3) }
    if random.coin(0.3) {
      for i in scene.requests.indices where scene.requests[i].followUps.isEmpty {
        if random.coin(0.5) { scene.requests[i].outputContent = UInt64(random.integer(4...6)) }
      }
    }
    return scene
  }

  @Test("every step and every request are the same", arguments: 0..<250) func same(seed: Int) throws {
    let scene = try Self.scene(seed: seed)
    let record = try scene.run()
    var plain = try PlainEngine(scene)
    plain.run()

    let steps = plain.steps
    let differs = zip(record.steps, steps).enumerated().first { $1.0 != $1.1 }
    if let (i, (found, expected)) = differs {
      Issue.record("step \(i): \(found), expected \(expected)")
      return
    }
    #expect(record.steps.count == steps.count)
    for request in record.requests {
      var outcome = PlainEngine.Outcome(sent: request.sent)
      outcome.firstToken = request.firstToken
      outcome.finished = request.finished
      outcome.generated = request.generatedTokens
      outcome.cached = request.cachedTokens
      outcome.preemptions = request.preemptions
      if case .rejected = request.outcome { outcome.isRejected = true }
      #expect(outcome == plain.outcomes[request.index], "request \(request.index)")
    }
    #expect(record.requests.count == plain.outcomes.count)
    #expect(record.prefixQueryTokens == plain.scheduler.queryTokens)
    #expect(record.prefixHitTokens == plain.scheduler.hitTokens)
    #expect(
      record.steps.reduce(0) { $0 + $1.preemptions } == record.requests.reduce(0) { $0 + $1.preemptions })
  }
}
