import CostModel
import EngineSettings
import LiveEngine
import Metrics
import Quantities
import Testing
import Workload

/// What a request answers must depend on its prompt alone, however the engine came to compute it.
@Suite("the same tokens, however they are scheduled") struct SameTokensTests {
  /// The answers of all requests computed in few large steps.
  private static func expected(_ variant: String) throws -> (LiveScene, LiveRun) {
    var scene = LiveScene(variant)
    scene.addSome()
    return (scene, try scene.run())
  }

  @Test(
    "answers are complete, differ between requests and say more than one thing", arguments: LiveScene.variants
  )
  func answers(variant: String) throws {
    let (scene, run) = try Self.expected(variant)
    for request in scene.requests { #expect(run.tokens[request.index]?.count == request.outputTokens) }
    #expect(Set(run.tokens.values).count >= scene.requests.count - 1)
    #expect(Set(run.tokens.values.joined()).count >= 12)
  }

  @Test(
    "whatever the token budget, the number of sequences and the longest chunk", arguments: LiveScene.variants)
  func budgets(variant: String) throws {
    let (scene, run) = try Self.expected(variant)
    for budget in [1, 7, 64] {
      let other = try scene.with { $0.engine.maxNumBatchedTokens = budget }.run()
      #expect(other.tokens == run.tokens, "max_num_batched_tokens \(budget)")
      #expect(other.steps.count > run.steps.count)
    }
    for sequences in [1, 3] {
      let other = try scene.with { $0.engine.maxNumSeqs = sequences }.run()
      #expect(other.tokens == run.tokens, "max_num_seqs \(sequences)")
    }
    let chunked = try scene.with { $0.engine.longPrefillTokenThreshold = 5 }.run()
    #expect(chunked.tokens == run.tokens)
    let whole = try scene.with { scene in
      scene.engine.enableChunkedPrefill = false
      scene.engine.maxNumBatchedTokens = 100
    }.run()
    #expect(whole.tokens == run.tokens)
  }

  @Test("whatever else is in the batch, and in which order requests come", arguments: LiveScene.variants)
  func arrivals(variant: String) throws {
    let (scene, run) = try Self.expected(variant)
    let alone = try scene.with { scene in
      for i in scene.requests.indices { scene.requests[i].arrival = Seconds(Double(i)) }
    }.run()
    #expect(alone.record.steps.allSatisfy { $0.running == 1 })
    #expect(alone.tokens == run.tokens)
    let reversed = try scene.with { scene in
      for i in scene.requests.indices { scene.requests[i].arrival = Seconds(2e-4 * Double(7 - i)) }
    }.run()
    #expect(reversed.tokens == run.tokens)
  }

  @Test("also when sequences are preempted and computed again", arguments: LiveScene.variants, [13, 64])
  func preemption(variant: String, budget: Int) throws {
    var scene = LiveScene(variant)
    for (prompt, output) in [(15, 24), (31, 20), (28, 22), (14, 25), (47, 18)] {
      scene.add(prompt: prompt, output: output)
    }
    let run = try scene.run()
    #expect(run.record.requests.allSatisfy { $0.preemptions == 0 })
    for caches in [false, true] {
      let tight = try scene.with { scene in
        scene.blocks = 9
        scene.engine.maxNumBatchedTokens = budget
        scene.engine.enablePrefixCaching = caches
      }.run()
      #expect(tight.record.requests.contains { $0.preemptions > 0 })
      #expect(tight.tokens == run.tokens)
    }
  }

  @Test("also from the prefix cache", arguments: LiveScene.variants, [29, 512])
  func prefixCaching(variant: String, budget: Int) throws {
    let (scene, run) = try Self.expected(variant)
    let cached = try scene.with { scene in
      scene.engine.enablePrefixCaching = true
      scene.engine.maxNumBatchedTokens = budget
    }.run()
    #expect(cached.record.totals.prefixHitTokens >= 64)
    #expect(cached.tokens == run.tokens)
    // Two requests of one step share a block that the first of them fills in that step.
    let together = try scene.with { scene in
      scene.engine.enablePrefixCaching = true
      for i in scene.requests.indices { scene.requests[i].arrival = 0 }
    }.run()
    #expect(together.record.totals.prefixHitTokens >= 64)
    #expect(together.steps.first?.batch.prefillChunks == scene.requests.count)
    #expect(together.tokens == run.tokens)
  }

  @Test("on one thread and on two", arguments: LiveScene.variants)
  func threads(variant: String) throws {
    let (scene, run) = try Self.expected(variant)
    let two = try scene.with { $0.threads = 2 }.run()
    #expect(two.tokens == run.tokens)
    #expect(two.tally.work == run.tally.work)
  }

  @Test("a later turn repeats the answer before it, and finds it in the cache")
  func followUp() throws {
    var scene = LiveScene("swiftkv-50")
    scene.engine.enablePrefixCaching = true
    scene.add(prompt: 40, output: 25, content: .text(1), outputContent: 2)
    var turn = scene.requests[0]
    turn.index = 1
    turn.arrival = 1e-3
    turn.promptTokens = 80
    turn.content = .segments([.init(text: 1, tokens: 40), .init(text: 2, tokens: 25)])
    turn.outputContent = nil
    scene.requests[0].followUps = [turn]
    let run = try scene.run()
    #expect(run.record.requests[1].cachedTokens == 64)
    let uncached = try scene.with { $0.engine.enablePrefixCaching = false }.run()
    #expect(uncached.record.requests[1].cachedTokens == 0)
    #expect(uncached.tokens == run.tokens)
  }
}
