import CostModel
import Models
import Quantities
import Serving
import Workload

/// Runs a replica's batches on a transformer: the engine behind ``LiveServer``.
struct LiveExecutor<Clock: ServingClock>: StepExecutor {
  let stepsPerReport = 1
  let emptyBatch: BatchShape
  private let transformer: Transformer
  private let input: StepInput
  private var clock: Clock
  private var prompts: PromptTokens
  /// Prompt and answer so far, by slot.
  private var sequences: [Conversation] = []
  /// Answers by request.
  private(set) var answers: [Int: [Int32]] = [:]
  private(set) var tally = KernelTally()
  private(set) var steps: [LiveRun.Step] = []

  private struct Conversation {
    let request: Request
    var tokens: [Int32]
  }

  init(_ transformer: Transformer, clock: Clock, emptyBatch: BatchShape, seed: UInt64) {
    self.transformer = transformer
    self.clock = clock
    self.emptyBatch = emptyBatch
    input = StepInput(transformer.capacity)
    prompts = PromptTokens(seed: seed, vocabulary: transformer.plan.model.vocabSize)
    self.clock.start()
  }

  mutating func admit(_ request: Request, slot: Int32) {
    let conversation = Conversation(request: request, tokens: prompts.tokens(of: request))
    while sequences.count <= Int(slot) { sequences.append(conversation) }
    sequences[Int(slot)] = conversation
  }

  mutating func execute(
    _ batch: borrowing Batch, of scheduled: [Serving.Sequence], from start: Seconds
  ) -> StepTime {
    input.removeAll()
    for entry in batch.entries {
      input.add(
        sequences[Int(entry.slot)].tokens, cached: entry.cached, count: entry.tokens,
        blocks: scheduled[Int(entry.slot)].blocks, isDecode: entry.isDecode)
    }
    transformer.run(input)
    for (i, entry) in batch.entries.enumerated() where entry.samples {
      receive(transformer.sampledTokens[i], slot: Int(entry.slot))
    }
    tally += transformer.tally
    let time = clock.stepTime(of: batch.shape, from: start, kernels: transformer.tally.stepTime)
    steps.append(LiveRun.Step(batch: batch.shape, time: time))
    return time
  }

  private mutating func receive(_ token: Int32, slot: Int) {
    sequences[slot].tokens.append(token)
    let conversation = sequences[slot]
    answers[conversation.request.index, default: []].append(token)
    let prompt = conversation.request.promptTokens
    guard conversation.tokens.count == prompt + conversation.request.outputTokens else { return }
    if let text = conversation.request.outputContent {
      prompts.setAnswer(conversation.tokens[prompt...], text: text)
    }
  }

  /// Nothing runs alone here: the chunk's share of the batch's tokens.
  func timeAlone(_ chunk: Batch.Entry, in batch: BatchShape, taking time: StepTime) -> Seconds {
    time.total * (Double(chunk.tokens) / Double(batch.tokens))
  }

  func wait(until time: Seconds) -> Bool { clock.wait(until: time) }
}
