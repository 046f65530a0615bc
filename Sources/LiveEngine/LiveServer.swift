public import CostModel
public import EngineSettings
import Hardware
import Metrics
public import Models
import Quantities
public import ReferenceKernels
public import Serving
public import Workload

/// A small transformer served on this machine by the simulator's own replica: the same scheduler, block pool, client and record,
/// with steps that are run instead of predicted.
///
/// The engine is synchronous: a request that arrives during a step is seen at its end. There is no front end between client and
/// engine. A step lasts from the end of the one before it, or from the arrival that ended an idle time, to the end of its
/// delivery, so the host's work is part of it.
public struct LiveServer {
  public let engine: EngineConfig
  private let transformer: Transformer
  private let limits: ReplicaLimits

  /// - Parameters: `numGPUBlocks`: blocks of the KV cache under vLLM's name, the null block included;
  ///   `engine`: `max_model_len` defaults to the model's; one step is composed at a time whatever `asyncScheduling` says.
  /// - Precondition: the block size is that of the kernels, `PagedKeyValueCache.blockSize`.
  public init(
    plan: LayerPlan, weights: RandomWeights, engine: EngineConfig, numGPUBlocks: Int, threads: KernelThreads
  ) {
    precondition(
      engine.blockSize == PagedKeyValueCache.blockSize,
      "block_size \(engine.blockSize): the kernels have \(PagedKeyValueCache.blockSize)")
    var engine = engine
    engine.asyncScheduling = false
    self.engine = engine
    limits = ReplicaLimits(
      maxModelLen: engine.maxModelLen ?? plan.model.maxPositionEmbeddings, blockSize: engine.blockSize,
      numGPUBlocks: numGPUBlocks)
    transformer = Transformer(
      plan: plan, weights: weights,
      capacity: StepCapacity(
        tokens: engine.maxNumBatchedTokens, sequences: engine.maxNumSeqs,
        sequenceTokens: limits.maxModelLen, blocks: numGPUBlocks),
      threads: threads)
  }

  /// Serves the requests in real time.
  ///
  /// - Parameters: `seed`: of the prompts' tokens; `progress`: called after every step, and while the engine idles; returning false
  ///   ends the run early, with the rest unfinished.
  /// - Throws: ``InvariantViolation`` if asked to check, or if the engine stalls.
  public func run(
    requests: RequestStream, seed: UInt64, options: Simulation.Options = Simulation.Options(),
    progress: ((Simulation.Progress) -> Bool)? = nil
  ) throws -> LiveRun {
    let model = transformer.plan.model
    let tiling = PrefillTiling(
      queriesPerKeyValueHead: model.numAttentionHeads / model.numKeyValueHeads, headDim: model.headDim,
      elementBytes: transformer.plan.kvPrecision.bytes.value, architecture: .cpu)
    return try run(
      requests: requests, seed: seed, clock: MonotonicClock(), emptyBatch: BatchShape(tiling: tiling),
      options: options, progress: progress)
  }

  /// The same by another clock, whose cost model may want other sums of a batch.
  public func run(
    requests: RequestStream, seed: UInt64, clock: some ServingClock, emptyBatch: BatchShape,
    options: Simulation.Options = Simulation.Options(), progress: ((Simulation.Progress) -> Bool)? = nil
  ) throws -> LiveRun {
    let executor = LiveExecutor(transformer, clock: clock, emptyBatch: emptyBatch, seed: seed)
    var replica = Replica(
      settings: engine, limits: limits, frontEnd: FrontEnd(), executor: executor, requests: requests,
      options: options)
    try replica.run(progress: progress)
    let record = replica.record()
    // A run that was stopped has run a step that it did not deliver.
    var tokens = replica.executor.answers
    for request in record.requests {
      tokens[request.index] = tokens[request.index].map { Array($0.prefix(request.generatedTokens)) }
    }
    return LiveRun(
      record: record, tokens: tokens, tally: replica.executor.tally,
      steps: Array(replica.executor.steps.prefix(record.steps.count)))
  }
}
