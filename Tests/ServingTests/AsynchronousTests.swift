import EngineSettings
import Hardware
import Metrics
import Quantities
import Serving
import Testing
import Workload

/// What asynchronous scheduling changes besides the depth of the pipeline.
@Suite("asynchronous scheduling") struct AsynchronousTests {
  @Test("with nothing to schedule beside a step, arrivals during it share the next one") func arrivalsMeet()
    throws
  {
    var scene = try Scene()
    scene.add(prompt: 2000, output: 1)
    let step = try #require(try scene.run().steps.first)
    for share in [0.3, 0.6] {
      let visible = step.start.value + share * (step.end - step.start).value
      scene.add(at: visible - scene.device.host.frontEnd.value, prompt: 100, output: 1)
    }
    scene.requests.sort { $0.arrival < $1.arrival }
    let steps = try scene.run().steps
    #expect(steps.map(\.prefillTokens) == [2000, 200])
    #expect(steps[1].composed == steps[0].end && steps[1].start == steps[0].end)
  }

  @Test("a block that the last but one token completes is found later", arguments: [true, false])
  func lastBlock(isAsync: Bool) throws {
    var scene = try Scene()
    scene.engine.asyncScheduling = isAsync
    // KV of 48 tokens is computed: the last token has none.
    var first = Request(
      index: 0, arrival: 0, promptTokens: 40, outputTokens: 9, content: .text(1), outputContent: 2)
    first.followUps = [
      Request(
        index: 1, arrival: 1, promptTokens: 60, outputTokens: 1,
        content: .segments([
          .init(text: 1, tokens: 40), .init(text: 2, tokens: 9), .init(text: 3, tokens: 11),
        ]))
    ]
    scene.requests = [first]
    #expect(try scene.run().requests[1].cachedTokens == 48)
  }

  @Test("preempted with its first token in flight, a request keeps its own prefill in the parts of TTFT")
  func firstTokenInFlight() throws {
    // 4 blocks: step 0 computes the first prompt, step 1 a token of it and all of the second; step 2 needs a block more.
    var scene = try Scene(blocks: 5)
    scene.engine.enablePrefixCaching = false
    scene.engine.maxNumBatchedTokens = 31
    scene.add(prompt: 31, output: 20)
    scene.add(prompt: 30, output: 2)
    let record = try scene.run()
    let second = record.requests[1]
    #expect(second.preemptions == 1 && second.generatedTokens == 2)
    let parts = try #require(second.attribution)
    #expect(parts.ownPrefill > 0 && parts.preemption == 0)
  }
}
