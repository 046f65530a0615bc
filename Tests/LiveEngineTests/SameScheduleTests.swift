import EngineSettings
import LiveEngine
import Metrics
import Serving
import Testing
import Workload

/// The live engine and the simulator schedule with the same code: by the same clock they do the same.
@Suite("the live engine against the simulator") struct SameScheduleTests {
  @Test(
    "by a predicted clock every step, request and gap is the same", arguments: LiveScene.variants, [11, 90])
  func schedule(variant: String, budget: Int) throws {
    var scene = LiveScene(variant)
    scene.addSome()
    scene.addSome()
    scene.engine.enablePrefixCaching = true
    scene.engine.maxNumBatchedTokens = budget
    scene.engine.maxNumSeqs = 5
    for blocks in [9, 257] {
      scene.blocks = blocks
      let live = try scene.run().record
      let simulated = try Simulation.run(
        scene.deployment, requests: RequestStream(scene.requests.sorted { $0.arrival < $1.arrival }),
        options: Simulation.Options(checksInvariants: true))
      #expect(live.steps.count > 20)
      #expect(live.steps == simulated.steps)
      #expect(live.interTokenGaps == simulated.interTokenGaps)
      #expect(live.totals.prefixHitTokens == simulated.totals.prefixHitTokens)
      #expect(live.requests.map(\.finished) == simulated.requests.map(\.finished))
      #expect(live.requests.map(\.firstToken) == simulated.requests.map(\.firstToken))
      #expect(live.requests.map(\.deliveries) == simulated.requests.map(\.deliveries))
      #expect(live.requests.map(\.preemptions) == simulated.requests.map(\.preemptions))
      #expect(live.requests.contains { $0.preemptions > 0 } == (blocks == 9))
    }
  }
}
