import CostModel
import EngineSettings
import Hardware
import Metrics
import Models
import Quantities
import Serving
import Testing
import Workload

/// Each rule of vLLM V1's scheduler in the smallest scene that shows it.
@Suite("scheduling rules") struct SchedulingRuleTests {
  @Test("alone, a request waits for the front end and its own step only") func alone() throws {
    var scene = try Scene()
    scene.add(prompt: 200, output: 3)
    let record = try scene.run()
    var cost = try scene.deployment.cost
    var prefill = cost.emptyBatch
    prefill.addPrefill(new: 200, cached: 0)
    let first = scene.device.host.frontEnd + cost.time(of: prefill).total
    #expect(record.requests[0].firstToken == first + scene.device.host.perOutputToken)
    var decode = cost.emptyBatch
    decode.addDecode(context: 201)
    #expect(abs(record.steps[1].end.value - (first + cost.time(of: decode).total).value) < 1e-15)
    #expect(record.steps.count == 3)
    let interference = try #require(record.requests[0].attribution).interference
    #expect(interference < 1e-15)
  }

  @Test(
    "asynchronous: an arrival during step k runs in k + 2, synchronous: in k + 1", arguments: [true, false])
  func pipeline(isAsync: Bool) throws {
    var scene = try Scene()
    scene.engine.asyncScheduling = isAsync
    scene.add(prompt: 500, output: 20)
    let alone = try scene.run()
    // Visible in the middle of the fourth step.
    let middle = (alone.steps[3].start.value + alone.steps[3].end.value) / 2
    scene.add(at: middle - scene.device.host.frontEnd.value, prompt: 300, output: 1)
    let record = try scene.run()
    let prefills = record.steps.indices.filter { record.steps[$0].prefillTokens > 0 }
    #expect(prefills == [0, isAsync ? 5 : 4])
  }

  @Test("running sequences come first, the budget cuts one waiting prompt") func budget() throws {
    var scene = try Scene()
    scene.engine.maxNumBatchedTokens = 100
    scene.engine.maxNumSeqs = 10
    scene.engine.asyncScheduling = false
    scene.add(prompt: 60, output: 3)
    scene.add(prompt: 60, output: 3)
    scene.add(prompt: 60, output: 3)
    let steps = try scene.run().steps
    // 60 + 40; then a decode, the rest of the second (20) and all of the third (60); then decodes.
    #expect(steps.map(\.prefillTokens) == [100, 80, 0, 0])
    #expect(steps.map(\.decodeTokens) == [0, 1, 3, 2])
    #expect(steps.map(\.waiting) == [1, 0, 0, 0])
  }

  @Test("max_num_seqs bounds the running list") func maxNumSeqs() throws {
    var scene = try Scene()
    scene.engine.maxNumSeqs = 2
    for _ in 0..<5 { scene.add(prompt: 20, output: 4) }
    let record = try scene.run()
    #expect(record.steps.map(\.running).max() == 2)
    #expect(record.steps[0].waiting == 3)
  }

  @Test("without chunked prefill a prompt is never cut") func unchunked() throws {
    var scene = try Scene()
    scene.engine.enableChunkedPrefill = false
    scene.engine.maxNumBatchedTokens = 100
    scene.add(prompt: 60)
    scene.add(prompt: 60)
    scene.add(prompt: 101)
    let record = try scene.run()
    #expect(record.steps.map(\.prefillTokens) == [60, 60])
    #expect(record.requests[2].outcome == .rejected(.exceedsTokenBudget))
  }

  @Test("long_prefill_token_threshold lets several prompts share a step") func threshold() throws {
    var scene = try Scene()
    scene.engine.maxNumBatchedTokens = 100
    scene.engine.longPrefillTokenThreshold = 40
    scene.engine.asyncScheduling = false
    scene.add(prompt: 80)
    scene.add(prompt: 80)
    let steps = try scene.run().steps
    #expect(steps.map(\.prefillTokens) == [80, 80])
    #expect(steps.map(\.running) == [2, 2])
  }

  @Test("too few blocks: the last admitted makes way, keeps its tokens, and resumes first") func preemption()
    throws
  {
    var scene = try Scene(blocks: 11)
    scene.engine.asyncScheduling = false
    scene.engine.enablePrefixCaching = false
    scene.engine.maxModelLen = 128
    for _ in 0..<3 { scene.add(prompt: 30, output: 40) }
    let record = try scene.run()
    // At 49 tokens each of the three asks for a fourth block, and ten blocks are two too few.
    #expect(record.requests.map { $0.preemptions } == [0, 0, 1])
    #expect(record.requests.allSatisfy { $0.generatedTokens == 40 })
    let step = try #require(record.steps.first { $0.preemptions > 0 })
    #expect(step.waiting == 1 && step.prefillTokens == 0, "a step that preempts admits nobody")
    // Recomputed: prompt and the tokens generated so far.
    let recomputed = record.steps.map(\.prefillTokens).filter { $0 > 0 }
    #expect(recomputed.count == 2 && recomputed[1] == 30 + record.requests[2].deliveries[0].last + 1)
  }

  @Test("a preempted sequence finds its own blocks again") func resumeFromCache() throws {
    func recomputed(caching: Bool) throws -> Int {
      var scene = try Scene(blocks: 40)
      scene.engine.enablePrefixCaching = caching
      scene.engine.maxModelLen = 600
      scene.add(prompt: 300, output: 100)
      scene.add(prompt: 290, output: 100)
      let record = try scene.run()
      #expect(record.requests.map(\.preemptions).max() == 1)
      return record.steps.reduce(0) { $0 + $1.prefillTokens } - 590
    }
    let (without, with) = (try recomputed(caching: false), try recomputed(caching: true))
    #expect(without > 290)
    #expect(with < without, "\(with) tokens recomputed with caching, \(without) without")
  }

  @Test("priority: urgent requests overtake and the least urgent is preempted") func priority() throws {
    var scene = try Scene()
    scene.engine.schedulingPolicy = .priority
    scene.engine.maxNumSeqs = 1
    scene.add(prompt: 20, output: 5)
    scene.add(prompt: 20, output: 5, priority: 1)
    scene.add(prompt: 20, output: 5, priority: -1)
    let record = try scene.run()
    let finished = record.requests.map { $0.finished ?? 0 }
    // All are visible before the first step is composed.
    #expect(finished[2] < finished[0] && finished[0] < finished[1])

    var tight = try Scene(blocks: 7)
    tight.engine.schedulingPolicy = .priority
    tight.engine.maxModelLen = 96
    tight.engine.enablePrefixCaching = false
    tight.add(prompt: 30, output: 30, priority: 5)
    tight.add(at: 1e-6, prompt: 30, output: 30, priority: 0)
    let preemptions = try tight.run().requests.map(\.preemptions)
    #expect(preemptions[0] > 0 && preemptions[1] == 0, "first come does not protect: \(preemptions)")
  }

  @Test(
    "a prompt seen before hits all full blocks but keeps one token to compute",
    arguments: [(64, 48), (65, 64), (16, 0), (17, 16), (15, 0)])
  func prefixHit(prompt: Int, hit: Int) throws {
    var scene = try Scene()
    scene.add(prompt: prompt, content: .text(7))
    scene.add(at: 1, prompt: prompt, content: .text(7))
    scene.add(at: 2, prompt: prompt, content: .text(8))
    let record = try scene.run()
    #expect(record.requests.map(\.cachedTokens) == [0, hit, 0])
    #expect(record.steps.map(\.prefillTokens) == [prompt, prompt - hit, prompt])
    #expect(record.totals.prefixQueryTokens == 3 * prompt && record.totals.prefixHitTokens == hit)
  }

  @Test("a second request hits blocks of one whose prefill is still under way") func hitInSameStep() throws {
    var scene = try Scene()
    scene.add(prompt: 100, content: .text(1))
    scene.add(prompt: 100, content: .text(1))
    let record = try scene.run()
    #expect(record.requests[1].cachedTokens == 96)
    #expect(record.steps[0].prefillTokens == 104)
    #expect(record.steps[0].usedBlocks == 8, "six shared blocks count once")
  }

  @Test("the least recently released prompt is evicted first, its end before its beginning") func eviction()
    throws
  {
    // Eight usable blocks; each prompt takes four.
    var scene = try Scene(blocks: 9)
    scene.engine.maxModelLen = 120
    scene.add(at: 0, prompt: 64, content: .text(1))
    scene.add(at: 1, prompt: 64, content: .text(2))
    scene.add(at: 2, prompt: 32, content: .text(3))
    scene.add(at: 3, prompt: 64, content: .text(1))
    let record = try scene.run()
    // Text 3 took the last two blocks of text 1; its first two are still there.
    #expect(record.requests[3].cachedTokens == 32)
  }

  @Test("a turn of a conversation hits the turns before it, answers included") func conversation() throws {
    var scene = try Scene()
    var first = Request(
      index: 0, arrival: 0, promptTokens: 100, outputTokens: 60,
      content: .segments([.init(text: 1, tokens: 100)]),
      outputContent: 2)
    first.followUps = [
      Request(
        index: 1, arrival: 0.5, promptTokens: 200, outputTokens: 5,
        content: .segments([
          .init(text: 1, tokens: 100), .init(text: 2, tokens: 60), .init(text: 3, tokens: 40),
        ]))
    ]
    scene.requests = [first]
    let record = try scene.run()
    let finished = try #require(record.requests[0].finished)
    #expect(record.requests[1].sent == finished + 0.5)
    // 159 tokens were computed; the block that ends at 144 is the last full one.
    #expect(record.requests[1].cachedTokens == 144)
  }

  @Test("a client cap sends when a place is free, in order of release") func clientCap() throws {
    var scene = try Scene()
    scene.options.maxConcurrency = 1
    for i in 0..<4 { scene.add(at: Double(i) * 1e-4, prompt: 50, output: 2) }
    let requests = try scene.run().requests
    for (one, next) in zip(requests, requests.dropFirst()) {
      #expect(next.sent == one.finished)
      #expect(next.released < next.sent)
    }
  }

  @Test("requests that can never run are refused with the reason, and the rest goes on") func rejections()
    throws
  {
    var scene = try Scene(blocks: 9)
    scene.engine.maxModelLen = 1000
    scene.add(prompt: 990, output: 11)
    scene.add(prompt: 120, output: 10)
    scene.add(prompt: 120, output: 9)
    let record = try scene.run()
    #expect(
      record.requests.map(\.outcome) == [
        .rejected(.exceedsMaxModelLen), .rejected(.exceedsKVCache), .finished,
      ])
  }

  @Test("a horizon cuts the run; what was begun is unfinished and counted") func horizon() throws {
    var scene = try Scene()
    for i in 0..<10 { scene.add(at: Double(i) * 0.01, prompt: 100, output: 50) }
    scene.options.horizon = 0.05
    let record = try scene.run()
    #expect(record.requests.count == 10)
    #expect(record.requests.allSatisfy { $0.outcome == .unfinished || ($0.finished ?? 1) <= 0.05 })
    #expect(record.steps.allSatisfy { $0.end <= 0.05 })
  }

  @Test("progress can stop a run; finished requests are kept") func interruption() throws {
    var scene = try Scene()
    for _ in 0..<64 { scene.add(prompt: 10, output: 3000) }
    scene.engine.maxNumSeqs = 1
    let record = try Simulation.run(
      scene.deployment, requests: RequestStream(scene.requests), progress: { $0.finished < 2 })
    let finished = record.requests.count { $0.outcome == .finished }
    #expect(finished >= 2 && finished < 64)
    #expect(record.requests.count == 64)
  }
}
