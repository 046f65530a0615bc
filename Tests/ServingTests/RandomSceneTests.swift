import EngineSettings
import Foundation
import Hardware
import Metrics
import Models
import Quantities
import Serving
import Testing
import Workload

/// Protects INV-1 … INV-5, INV-7, INV-9 and INV-10 on scenarios nobody thought of: tiny pools, tiny budgets, shared prefixes,
/// priorities, caps, conversations, both depths of the pipeline.
@Suite("laws on random scenarios") struct RandomSceneTests {
  static func scene(seed: Int) throws -> Scene {
    var random = TestRandom(seed: seed)
    var scene = try Scene(blocks: random.integer(20...200))
    scene.engine.blockSize = random.coin(0.7) ? 16 : 8
    scene.engine.maxNumBatchedTokens = random.integer(8...600)
    scene.engine.maxNumSeqs = random.integer(1...min(32, scene.engine.maxNumBatchedTokens))
    scene.engine.asyncScheduling = random.coin(0.7)
    scene.engine.enablePrefixCaching = random.coin(0.8)
    scene.engine.schedulingPolicy = random.coin(0.3) ? .priority : .fcfs
    scene.engine.longPrefillTokenThreshold = random.coin(0.2) ? random.integer(4...64) : 0
    scene.engine.schedulerReserveFullISL = random.coin(0.3)
    scene.engine.watermark = random.coin(0.2) ? 0.05 : 0
    scene.engine.maxModelLen = 700
    if random.coin(0.2) {
      scene.variant = .init(technique: .swiftKV(layers: .running(4), keyValueGroupSize: 2))
    }
    if random.coin(0.3) { scene.options.maxConcurrency = random.integer(1...12) }
    var arrival = 0.0
    let gap = [0.0, 0.0005, 0.005][random.integer(0...2)]
    for index in 0..<random.integer(1...80) {
      arrival += random.exponential(mean: gap)
      let content: PromptContent =
        switch random.integer(0...3) {
        case 0: .text(UInt64(random.integer(0...3)))
        case 1:
          .segments([
            .init(text: UInt64(random.integer(4...6)), tokens: random.integer(1...80)),
            .init(text: 9, tokens: random.integer(0...40)),
          ])
        default: .unique
        }
      scene.requests.append(
        Request(
          index: index, arrival: Seconds(arrival), promptTokens: random.integer(1...300),
          outputTokens: random.coin(0.1) ? random.integer(300...600) : random.integer(1...60),
          priority: random.integer(-1...1), content: content))
    }
    if random.coin(0.3) { addConversation(&scene, &random) }
    if random.coin(0.4) { scene.device.host.perRequest = 0.3e-3 }
    return scene
  }

  private static func addConversation(_ scene: inout Scene, _ random: inout TestRandom) {
    var first = Request(
      index: scene.requests.count, arrival: scene.requests.last?.arrival ?? 0, promptTokens: 50,
      outputTokens: 20,
      content: .segments([.init(text: 100, tokens: 50)]), outputContent: 101)
    var segments = [PromptContent.Segment(text: 100, tokens: 50), .init(text: 101, tokens: 20)]
    for turn in 1...random.integer(1...3) {
      let text = UInt64(100 + 2 * turn)
      segments.append(.init(text: text, tokens: 30))
      first.followUps.append(
        Request(
          index: first.index + turn, arrival: Seconds(random.exponential(mean: 0.01)),
          promptTokens: segments.reduce(0) { $0 + $1.tokens }, outputTokens: 20, content: .segments(segments),
          outputContent: text + 1))
      segments.append(.init(text: text + 1, tokens: 20))
    }
    scene.requests.append(first)
  }

  @Test("every law at once", arguments: 0..<240) func laws(seed: Int) throws {
    let scene = try Self.scene(seed: seed)
    // INV-3 and INV-4 are checked inside, after every step.
    let record = try scene.run()
    let count = RequestStream(scene.requests).count

    #expect(record.requests.map(\.index) == Array(0..<count), "INV-2: each request ends exactly once")
    for request in record.requests {
      if case .rejected = request.outcome {
        #expect(request.generatedTokens == 0)
        continue
      }
      #expect(request.outcome == .finished)
      #expect(request.generatedTokens == request.outputTokens, "INV-2: tokens out = tokens asked")
      #expect(request.deliveries.reduce(0) { $0 + $1.last - $1.first + 1 } == request.outputTokens)
      let parts = try #require(request.attribution)
      #expect(parts.total == request.ttft, "the parts of TTFT add up exactly")
      for part in [parts.frontEnd, parts.queue, parts.ownPrefill, parts.preemption, parts.interference] {
        #expect(part >= 0)
      }
      let finished = try #require(request.finished)
      let first = try #require(request.firstToken)
      #expect(request.released <= request.sent && request.sent < first && first <= finished, "INV-1")
    }
    for (step, next) in zip(record.steps, record.steps.dropFirst()) {
      #expect(step.composed <= step.start && step.start < step.end && step.end <= next.start, "INV-1")
    }
    if let cap = scene.options.maxConcurrency { try checkCap(record, cap) }
    try checkWorkConservation(record, frontEnd: scene.device.host.frontEnd)
    try checkLittle(record)
    #expect(try scene.run() == record, "INV-5: the same scene twice")
  }

  func checkCap(_ record: RunRecord, _ cap: Int) throws {
    var changes: [(time: Double, delta: Int)] = []
    for request in record.requests where request.outcome == .finished {
      changes.append((request.sent.value, 1))
      changes.append((try #require(request.finished).value, -1))
    }
    var inFlight = 0
    for change in changes.sorted(by: { ($0.time, $0.delta) < ($1.time, $1.delta) }) {
      inFlight += change.delta
      #expect(inFlight <= cap)
    }
  }

  /// INV-7: while the GPU stands still, nobody who reached the scheduler is unserved.
  func checkWorkConservation(_ record: RunRecord, frontEnd: Seconds) throws {
    for (step, next) in zip(record.steps, record.steps.dropFirst()) where next.start > step.end {
      let stranded = record.requests.filter {
        guard let own = $0.attribution, let firstToken = $0.firstToken,
          let first = $0.deliveries.first?.first, let last = $0.deliveries.last?.last
        else { return false }
        let visible = $0.sent + own.frontEnd - (firstToken - record.steps[first].end)
        #expect(visible > $0.sent + frontEnd - 1e-12)
        return visible < next.start - 1e-12 && record.steps[last].end > step.end
      }
      #expect(stranded.isEmpty, "idle from \(step.end.value) to \(next.start.value)")
    }
  }

  /// INV-9, counted two ways: the area under the number in system against Σ time in system.
  func checkLittle(_ record: RunRecord) throws {
    let served = record.requests.filter { $0.outcome == .finished }
    guard !served.isEmpty else { return }
    var changes: [(time: Double, delta: Int)] = []
    for request in served {
      changes.append((request.sent.value, 1))
      changes.append((try #require(request.finished).value, -1))
    }
    changes.sort { ($0.time, $0.delta) < ($1.time, $1.delta) }
    var (area, inSystem, last) = (0.0, 0, 0.0)
    for change in changes {
      area += Double(inSystem) * (change.time - last)
      inSystem += change.delta
      last = change.time
    }
    let summary = Summary(record: record)
    let meanInSystem = summary.requestThroughput.value * summary.e2e.mean
    #expect(abs(area / last - meanInSystem) <= 1e-9 * meanInSystem)
    #expect(abs(summary.engine.meanInSystem - meanInSystem) <= 1e-9 * meanInSystem)
  }

  @Test("INV-10: SwiftKV that skips nothing is the baseline", arguments: 0..<20) func nothingSkipped(
    seed: Int
  ) throws {
    var scene = try Self.scene(seed: seed)
    scene.variant = .baseline
    let baseline = try scene.run()
    scene.variant = .init(technique: .swiftKV(layers: .skipping(0), keyValueGroupSize: 1))
    #expect(try scene.run() == baseline)
  }

  @Test("the variety is there: the scenes preempt, hit prefixes and reject") func variety() throws {
    var (preempted, hits, rejected) = (0, 0, 0)
    for seed in 0..<60 {
      let record = try Self.scene(seed: seed).run()
      preempted += record.requests.reduce(0) { $0 + $1.preemptions }
      hits += record.totals.prefixHitTokens
      rejected += record.requests.count {
        if case .rejected = $0.outcome { true } else { false }
      }
    }
    #expect(preempted > 100 && hits > 1000 && rejected > 20, "\(preempted), \(hits), \(rejected)")
  }
}
