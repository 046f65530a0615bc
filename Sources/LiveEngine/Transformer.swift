import CostModel
public import Models
import Quantities
public import ReferenceKernels

/// A transformer that runs on this machine: one step of a batch at a time, with greedy sampling, over a paged KV cache.
///
/// What a step does follows from the `LayerPlan` alone, and its kernels are those that `StepCost.kernels(of:)` lists for a
/// processor, by name and number. K and V of all of a step's tokens are in a layer's cache before its attention runs, so two
/// sequences of one step can share a block that one of them fills. Activations, weights and caches are allocated once.
public final class Transformer {
  public let plan: LayerPlan
  public let capacity: StepCapacity
  /// What the kernels of the last step did.
  public private(set) var tally = KernelTally()
  /// The token that each sequence of the last step goes on with: the first of the largest logits.
  public private(set) var sampledTokens: [Int32] = []

  let threads: KernelThreads
  let width: ModelWidths
  let weights: TransformerWeights
  let rotation: RotaryTable
  /// By layer; nil where a leader's cache is read.
  let caches: [PagedKeyValueCache?]
  let buffers: StepBuffers
  var lists: AttentionLists
  private var timer = Stopwatch()
  let rewritesSurvivors: Bool
  /// Layers that make K and V of the shared hidden state, and their caches.
  let projecting: [Int]
  let projectedCaches: [PagedKeyValueCache]
  /// 1/√headDim.
  let scale: Float
  /// `rms_norm_eps` and `rope_theta` of Llama 2.
  private static let epsilon: Float = 1e-5
  private static let theta = 10_000.0

  /// - Precondition: Llama's architecture, no biases, a KV cache in 32 bit, and no layer that makes K and V for some tokens only.
  public init(plan: LayerPlan, weights: RandomWeights, capacity: StepCapacity, threads: KernelThreads) {
    let model = plan.model
    precondition(model.architecture == .llama, "\(model.name): the live engine runs Llama models only")
    precondition(
      !(model.qkvBias || model.outputBias || model.mlpBias || model.qkNorm),
      "\(model.name): the live engine has no biases and no QK norm")
    precondition(
      plan.kvPrecision == .float32, "KV cache in \(plan.kvPrecision): the live engine's is float32")
    precondition(
      !plan.layers.contains { $0.tokens == .survivors && $0.keyValues == .ownInput },
      "a layer that only survivors run leaves other tokens without K and V")
    self.plan = plan
    self.capacity = capacity
    self.threads = threads
    width = ModelWidths(model)
    self.weights = TransformerWeights(plan, weights)
    rotation = RotaryTable(positions: capacity.sequenceTokens, headDim: model.headDim, theta: Self.theta)
    caches = plan.layers.map { layer in
      layer.keyValues == .leader
        ? nil
        : PagedKeyValueCache(
          blocks: capacity.blocks, kvHeads: model.numKeyValueHeads, headDim: model.headDim)
    }
    rewritesSurvivors = plan.rewrittenLayers > 0
    projecting = plan.layers.indices.filter { plan.layers[$0].keyValues == .sharedHidden }
    projectedCaches = projecting.compactMap { [caches] in caches[$0] }
    buffers = StepBuffers(width, capacity, laterLayers: projecting.count)
    lists = AttentionLists(capacity)
    scale = 1 / Float(model.headDim).squareRoot()
    sampledTokens.reserveCapacity(capacity.sequences)
  }

  /// Logits of a sequence of the last step, by its position in the input.
  public func logits(of sequence: Int) -> [Float] {
    (0..<width.vocabulary).map { buffers.logits[sequence, $0] }
  }

  /// Runs one step.
  public func run(_ input: StepInput) {
    tally.removeAll()
    sampledTokens.removeAll(keepingCapacity: true)
    guard input.rows > 0 else { return }
    timer.start()
    lists.setAll(input)
    embed(input)
    var pass = Pass(
      rows: input.rows, isOfSurvivors: false, positions: input.positions, slots: input.slots,
      hidden: buffers.hidden.first(input.rows), residual: buffers.residual.first(input.rows))
    for (i, layer) in plan.layers.enumerated() {
      if layer.tokens == .survivors, !pass.isOfSurvivors {
        projectLaterLayers(input)
        pass = select(input)
      }
      run(layer: i, pass)
    }
    finish(input, pass)
  }

  /// The tokens that run a layer.
  struct Pass {
    let rows: Int
    let isOfSurvivors: Bool
    let positions: [Int32]
    let slots: [Int32]
    let hidden: MatrixView<Float>
    let residual: MatrixView<Float>
  }

  /// Adds a kernel's work, and the time since the kernel before it.
  func count(_ kernel: StepKernel, _ work: CountedWork, launches: Int = 1, of pass: Pass? = nil) {
    tally.add(
      kernel, isForSurvivors: pass?.isOfSurvivors ?? false, launches: launches, work, timer.lap())
  }

  func norm(
    _ x: MatrixView<Float>, _ residual: MatrixView<Float>, _ weight: [Float], _ y: MatrixView<Float>
  ) -> CountedWork {
    Kernels.rmsNorm(
      adding: x, to: residual, weight: weight, epsilon: Self.epsilon, into: y, threads: threads)
  }
}

// MARK: Ends

extension Transformer {
  private func embed(_ input: StepInput) {
    let t = input.rows
    // The first norm adds the embedding to an empty residual stream.
    buffers.residual.pointer.update(repeating: 0, count: t * width.hidden)
    count(
      .embedding,
      Kernels.embedding(
        of: input.tokens, table: weights.embedding.view, into: buffers.hidden.first(t), threads: threads))
  }

  private func finish(_ input: StepInput, _ pass: Pass) {
    let e = input.sequences
    let normed = buffers.normed.first(e)
    count(.finalNorm, normLastRows(input, pass))
    if pass.isOfSurvivors {
      let output = buffers.output.first(input.rows)
      count(.outputScatter, Kernels.scatterRows(normed, to: input.lastRows, of: output, threads: threads))
    }
    let logits = buffers.logits.first(e)
    count(.head, Kernels.gemm(normed, weights.head, into: logits, threads: threads))
    for _ in 0..<e { sampledTokens.append(0) }
    count(.logits, Kernels.argmax(logits, into: &sampledTokens, threads: threads))
    count(.sampling, .zero)
  }

  /// The final norm of sequences' last rows, in one call for each stretch of neighbours, so that nothing need be copied.
  private func normLastRows(_ input: StepInput, _ pass: Pass) -> CountedWork {
    let e = input.sequences
    func row(_ sequence: Int) -> Int { pass.isOfSurvivors ? sequence : Int(input.lastRows[sequence]) }
    var work = CountedWork.zero
    var first = 0
    while first < e {
      var next = first + 1
      while next < e, row(next) - row(first) == next - first { next += 1 }
      let rows = row(first)..<row(first) + next - first
      work += norm(
        pass.hidden.part(rows: rows), pass.residual.part(rows: rows), weights.finalNorm,
        buffers.normed.view(rows: first..<next))
      first = next
    }
    return work
  }
}
