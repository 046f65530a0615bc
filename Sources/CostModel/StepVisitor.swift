import EngineSettings
import Hardware
import Models
import Quantities

/// Receives the kernels of a step.
protocol KernelSink {
  mutating func add(
    _ part: StepPart, _ name: @autoclosure () -> String, _ launches: Int,
    _ cost: @autoclosure () -> KernelCost)
  /// Sum of what was added.
  var total: Seconds { get }
  var tally: LaunchTally { get set }
}

struct TimeSink: KernelSink {
  var time = StepTime()
  var tally = LaunchTally()
  var total: Seconds { time.total }

  mutating func add(
    _ part: StepPart, _ name: @autoclosure () -> String, _ launches: Int,
    _ cost: @autoclosure () -> KernelCost
  ) {
    time[part] += cost().time * Double(launches)
  }
}

/// Counts launches, which need no times.
struct LaunchSink: KernelSink {
  var tally = LaunchTally()
  var total: Seconds { .zero }

  mutating func add(
    _ part: StepPart, _ name: @autoclosure () -> String, _ launches: Int,
    _ cost: @autoclosure () -> KernelCost
  ) {}
}

struct ListSink: KernelSink {
  var lines: [KernelLine] = []
  var tally = LaunchTally()
  private var sum = TimeSink()
  var total: Seconds { sum.total }

  mutating func add(
    _ part: StepPart, _ name: @autoclosure () -> String, _ launches: Int,
    _ cost: @autoclosure () -> KernelCost
  ) {
    let cost = cost()
    lines.append(KernelLine(part: part, name: name(), launches: launches, cost: cost))
    sum.add(part, "", launches, cost)
  }
}

/// The kernels of a step, and what the host adds.
///
/// With FP8 weights the compiler fuses the quantisation of a matrix's input into the kernel that makes it: norms and the MLP's
/// activation write 8 bits instead of 16. Attention's output is quantised by a kernel of its own.
extension StepCost {
  func visit<Sink: KernelSink>(_ batch: BatchShape, _ sink: inout Sink) {
    guard !batch.isEmpty else { return }
    let launch = StepLaunch(tokens: batch.tokens, requests: batch.requests, self)
    kernels.visit(batch, launch, &sink)
    let (seconds, launching) = (sink.total.value, sink.tally.time(device.host).value)
    let added = host.step(kernels: seconds, launching: launching, requests: batch.requests) - seconds
    sink.add(
      .host, "scheduling and launch", 1,
      KernelCost(flops: 0, bytes: 0, time: Seconds(added), bound: .latency))
  }
}

extension StepKernels {
  func visit<Sink: KernelSink>(_ batch: BatchShape, _ launch: StepLaunch, _ sink: inout Sink) {
    let workingSet = set.processor?.workingSet(batch) ?? 0
    for kind in kinds {
      visitLayers(kind, kind.tokens == .all ? launch.all : launch.survivors, workingSet, &sink)
      visitAttention(all: kind.tokens == .all, launches: kind.count, batch, workingSet, &sink)
    }
    if selects {
      visitProjection(launch.all, workingSet, &sink)
      visitSelection(requests: batch.requests, &sink)
    }
    visitHead(requests: batch.requests, tokens: batch.tokens, workingSet, &sink)
  }

  private func elementwise(_ work: KernelWork) -> KernelCost { set.elementwise(work) }

  /// All kernels of layers of one kind but attention: they depend on the number of rows alone.
  ///
  /// - Parameter workingSet: bytes that the step reads, which a processor asks for; likewise below.
  func visitLayers<Sink: KernelSink>(
    _ kind: LayerKind, _ half: StepLaunch.Half, _ workingSet: Double, _ sink: inout Sink
  ) {
    let all = kind.tokens == .all
    let rows = half.rows
    let m = Double(rows)
    let where_ = all ? "" : " (survivors)"
    let ownKV = kind.keyValues == .ownInput
    let n = kind.count
    let isQuantized = weightPrecision == .fp8
    let width = shard.keyValueWidth
    sink.tally.addLayers(n, launchedAs: half.launch)
    func add(
      _ part: StepPart, _ name: @autoclosure () -> String, _ launches: Int,
      _ cost: @autoclosure () -> KernelCost
    ) {
      sink.tally.addKernels(launches, launchedAs: half.launch)
      sink.add(part, name() + where_, launches, cost())
    }

    func gemm(_ matrix: Matrix) -> KernelCost { set.gemm(matrix, rows: rows, workingSet: workingSet) }
    add(.gemm, "\(ownKV ? "qkv" : "q")_proj", n, gemm(ownKV ? matrices.queryKeyValue : matrices.query))
    add(.gemm, "o_proj", n, gemm(matrices.output))
    add(.gemm, "gate_up_proj", n, gemm(matrices.gateUp))
    add(.gemm, "down_proj", n, gemm(matrices.down))

    add(
      .elementwise, "rms_norm", 2 * n,
      elementwise(.rmsNorm(rows: m, hidden: shard.hidden, activation: activation, output: input)))
    let rotary = KernelWork.rotary(
      rows: m, queryWidth: shard.queryWidth, keyValueWidth: ownKV ? width : 0, activation: activation)
    add(.elementwise, "rotary", n, elementwise(rotary))
    if ownKV || rewritesSurvivors {
      add(
        .elementwise, "kv_cache_write", n,
        elementwise(
          .keyValueWrite(
            rows: m, keyValueWidth: width, activation: activation, keyValue: plan.kvPrecision.bytes.value)))
    }
    add(
      .elementwise, "silu_mul", n,
      elementwise(
        .siluMul(rows: m, intermediate: shard.intermediate, activation: activation, output: input)))
    if isQuantized {
      add(
        .elementwise, "quantize attention output", n,
        elementwise(.quantize(elements: m * Double(shard.queryWidth), activation: activation)))
    }
    if plan.model.qkNorm { add(.elementwise, "qk_norm", n, elementwise(rotary)) }
    if tensorParallelSize > 1 {
      add(
        .communication, "all_reduce", 2 * n,
        device.allReduce.cost(bytes: activation * m * Double(shard.hidden), devices: tensorParallelSize))
    }
  }

  private func visitAttention<Sink: KernelSink>(
    all: Bool, launches: Int, _ batch: BatchShape, _ workingSet: Double, _ sink: inout Sink
  ) {
    // A survivor of a prompt chunk is one query over the chunk's whole context: a decode, as far as the kernel can see.
    let sequences = all ? batch.decodeSequences : batch.requests
    let context = all ? batch.decodeContext : batch.decodeContext + batch.prefillContext
    if sequences > 0 {
      sink.add(
        .decodeAttention, all ? "decode_attention" : "decode_attention (survivors)", launches,
        decodeAttention(sequences: sequences, context: context, workingSet))
    }
    if all, batch.prefillChunks > 0 {
      sink.add(
        .prefillAttention, "prefill_attention", launches,
        set.prefill(batch, shard, slowdown: device.serving.slowdown))
    }
  }

  /// On a GPU with the time of ``AttentionStretches``.
  private func decodeAttention(sequences: Int, context: Int, _ workingSet: Double) -> KernelCost {
    var cost = set.decode(
      sequences: sequences, context: Double(context), shard, workingSet: workingSet)
    if isTabulated {
      cost.time = Seconds(decodeAttentionTime(sequences: sequences, context: context))
    }
    return cost
  }

  // Layer skipping, between the last full layer and the first later one: one norm, a K/V projection with rotary embedding per later
  // layer that keeps a cache, assembly and bulk write of their K/V, and the selection of survivors. Formulas: `docs/swiftkv.md`.

  /// The part of layer skipping that every token runs. Projections belong to the graph of the first half; the cache's write is
  /// launched by itself.
  func visitProjection<Sink: KernelSink>(
    _ half: StepLaunch.Half, _ workingSet: Double, _ sink: inout Sink
  ) {
    let layers = projectedLayers
    let t = Double(half.rows)
    let width = shard.keyValueWidth
    func add(_ name: String, _ launches: Int, _ work: KernelWork, launchedAs launch: StepLaunch.Launch) {
      sink.tally.addKernels(launches, launchedAs: launch)
      sink.add(.layerSkipping, name, launches, elementwise(work))
    }
    add(
      "norm_swiftkv", 1, .rmsNorm(rows: t, hidden: shard.hidden, activation: activation, output: input),
      launchedAs: half.launch)
    sink.tally.addKernels(layers, launchedAs: half.launch)
    sink.add(
      .layerSkipping, "kv_proj (later layers)", layers,
      set.gemm(matrices.keyValue, rows: half.rows, workingSet: workingSet))
    let rotary = KernelWork.rotaryKey(rows: t, keyValueWidth: width, activation: activation)
    add("rotary_k (later layers)", layers, rotary, launchedAs: half.launch)
    if plan.model.qkNorm { add("k_norm (later layers)", layers, rotary, launchedAs: half.launch) }
    add(
      "concatenate K and V", 2, .copy(elements: t * assembledElements, elementBytes: activation),
      launchedAs: half.launch)
    add(
      "kv_cache_write (later layers)", 1,
      .keyValueWrite(
        rows: t, keyValueWidth: width * layers, activation: activation,
        keyValue: plan.kvPrecision.bytes.value), launchedAs: .eager)
  }

  /// Elements of K, or of V, of all projected layers for one token.
  private var assembledElements: Double { Double(shard.keyValueWidth * projectedLayers) / 2 }

  /// The selection of survivors, one a request, launched kernel by kernel.
  func visitSelection<Sink: KernelSink>(requests: Int, _ sink: inout Sink) {
    let e = Double(requests)
    let hidden = Double(shard.hidden)
    func add(_ name: String, _ launches: Int, _ work: KernelWork) {
      sink.tally.addKernels(launches, launchedAs: .eager)
      sink.add(.layerSkipping, name, launches, elementwise(work))
    }
    func copy(_ elements: Double) -> KernelWork { .copy(elements: elements, elementBytes: activation) }
    /// A position or another 64-bit number of each survivor.
    let indices = KernelWork.copy(elements: e, elementBytes: 8)
    add("gather hidden and residual", 2, copy(e * hidden))
    add("gather K and V", 2, copy(e * assembledElements))
    add("gather positions", 1, indices)
    add("attention metadata", 3, indices)
    add("scatter output", 1, copy(e * hidden))
  }

  /// - Parameters: `requests`: rows of the LM head; `tokens`: rows of the embedding, of which a processor's time is counted.
  func visitHead<Sink: KernelSink>(
    requests rows: Int, tokens: Int, _ workingSet: Double, _ sink: inout Sink
  ) {
    // On a GPU these two are among the small kernels that `host.perStep` was fitted to.
    if set.processor != nil {
      let embedding = KernelWork.copy(
        elements: Double(tokens * shard.hidden), elementBytes: activation)
      sink.add(.head, "embedding", 1, elementwise(embedding))
      sink.add(
        .head, "final_norm", 1,
        elementwise(
          .rmsNorm(rows: Double(rows), hidden: shard.hidden, activation: activation, output: activation)))
    }
    sink.add(.head, "lm_head", 1, set.gemm(matrices.head, rows: rows, workingSet: workingSet))
    sink.add(
      .head, "logits", 1,
      elementwise(.logits(rows: rows, vocabulary: plan.model.vocabSize, activation: activation)))
    sink.add(
      .head, "sampling", 1, KernelCost(flops: 0, bytes: 0, time: device.host.sampling, bound: .latency))
    if tensorParallelSize > 1 {
      sink.add(
        .head, "logits_gather", 1,
        device.allReduce.cost(
          bytes: activation * Double(rows * shard.vocabulary), devices: tensorParallelSize))
    }
  }
}
