import EngineSettings
import Hardware
import Models
import Quantities

/// Receives the kernels of a step.
protocol KernelSink {
  mutating func add(_ part: StepPart, _ name: @autoclosure () -> String, _ launches: Int, _ cost: KernelCost)
  /// Sum of what was added.
  var total: Seconds { get }
  var tally: LaunchTally { get set }
}

struct TimeSink: KernelSink {
  var time = StepTime()
  var tally = LaunchTally()
  var total: Seconds { time.total }

  mutating func add(_ part: StepPart, _ name: @autoclosure () -> String, _ launches: Int, _ cost: KernelCost)
  {
    time[part] += cost.time * Double(launches)
  }
}

struct ListSink: KernelSink {
  var lines: [KernelLine] = []
  var tally = LaunchTally()
  private var sum = TimeSink()
  var total: Seconds { sum.total }

  mutating func add(_ part: StepPart, _ name: @autoclosure () -> String, _ launches: Int, _ cost: KernelCost)
  {
    lines.append(KernelLine(part: part, name: name(), launches: launches, cost: cost))
    sum.add(part, "", launches, cost)
  }
}

/// The kernels of a step, and what the host adds.
///
/// With FP8 weights the compiler fuses the quantisation of a matrix's input into the kernel that makes it: norms and the MLP's
/// activation write 8 bits instead of 16. Attention's output is quantised by a kernel of its own.
extension StepCost {
  mutating func visit<Sink: KernelSink>(_ batch: BatchShape, _ sink: inout Sink) {
    guard !batch.isEmpty else { return }
    if let processor = kernels.processor { workingSet = processor.workingSet(batch) }
    let launch = StepLaunch(batch, selects: projectedLayers > 0, graphs: graphs, release: release)
    for kind in kinds { visitLayers(kind, batch, kind.tokens == .all ? launch.all : launch.survivors, &sink) }
    if projectedLayers > 0 { visitLayerSkipping(batch, launch.all, &sink) }
    visitHead(batch, &sink)
    sink.add(
      .host, "scheduling and launch", 1,
      KernelCost(flops: 0, bytes: 0, time: hostTime(batch, kernels: sink.total, sink.tally), bound: .latency))
  }

  /// What the host adds to the kernels. Launching overlaps with them, and so does an asynchronous engine's scheduling.
  private func hostTime(_ batch: BatchShape, kernels: Seconds, _ tally: LaunchTally) -> Seconds {
    let host = device.host
    let gpu = kernels + host.perStep
    let scheduling = host.scheduling + host.schedulingPerRequest * Double(batch.requests)
    let launching = tally.time(host)
    let step =
      isAsynchronous ? max(gpu, scheduling + launching) : scheduling + max(gpu, launching)
    return step - kernels
  }

  private func elementwise(_ work: KernelWork) -> KernelCost { kernels.elementwise(work) }

  private mutating func gemm(_ slot: Int, _ rows: Int) -> KernelCost {
    if let processor = kernels.processor {
      let table = tables[slot]
      return processor.gemm.cost(
        m: rows, n: table.n, k: table.k, workingSet: workingSet, slowdown: table.slowdown)
    }
    return tables[slot].cost(rows: rows, kernels.matrices)
  }

  private mutating func visitLayers<Sink: KernelSink>(
    _ kind: LayerKind, _ batch: BatchShape, _ half: StepLaunch.Half, _ sink: inout Sink
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
    func add(_ part: StepPart, _ name: @autoclosure () -> String, _ launches: Int, _ cost: KernelCost) {
      sink.tally.addKernels(launches, launchedAs: half.launch)
      sink.add(part, name() + where_, launches, cost)
    }

    add(.gemm, "\(ownKV ? "qkv" : "q")_proj", n, gemm(ownKV ? slots.queryKeyValue : slots.query, rows))
    add(.gemm, "o_proj", n, gemm(slots.output, rows))
    add(.gemm, "gate_up_proj", n, gemm(slots.gateUp, rows))
    add(.gemm, "down_proj", n, gemm(slots.down, rows))

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
    visitAttention(all: all, launches: n, batch, &sink)
  }

  private func visitAttention<Sink: KernelSink>(
    all: Bool, launches: Int, _ batch: BatchShape, _ sink: inout Sink
  ) {
    // A survivor of a prompt chunk is one query over the chunk's whole context: a decode, as far as the kernel can see.
    let sequences = all ? batch.decodeSequences : batch.requests
    let context = all ? batch.decodeContext : batch.decodeContext + batch.prefillContext
    if sequences > 0 {
      sink.add(
        .decodeAttention, all ? "decode_attention" : "decode_attention (survivors)", launches,
        kernels.decode(sequences: sequences, context: context, shard, workingSet: workingSet))
    }
    if all, batch.prefillChunks > 0 {
      sink.add(
        .prefillAttention, "prefill_attention", launches,
        kernels.prefill(batch, shard, slowdown: device.serving.slowdown))
    }
  }

  /// Between the last full layer and the first later one: one norm, a K/V projection with rotary embedding per later layer that
  /// keeps a cache, assembly and bulk write of their K/V, and the selection of survivors. Formulas: `docs/swiftkv.md`.
  ///
  /// Projections belong to the graph of the first half; writing the cache and selecting are launched one by one.
  private mutating func visitLayerSkipping<Sink: KernelSink>(
    _ batch: BatchShape, _ half: StepLaunch.Half, _ sink: inout Sink
  ) {
    let layers = projectedLayers
    let (t, e) = (Double(half.rows), Double(batch.requests))
    let width = shard.keyValueWidth
    let hidden = Double(shard.hidden)
    /// Elements of K, or of V, of all projected layers for one token.
    let assembled = Double(width * layers) / 2
    func add(
      _ name: String, _ launches: Int, _ work: KernelWork, launchedAs launch: CUDAGraphs.Launch = .eager
    ) {
      sink.tally.addKernels(launches, launchedAs: launch)
      sink.add(.layerSkipping, name, launches, elementwise(work))
    }
    func copy(_ elements: Double) -> KernelWork { .copy(elements: elements, elementBytes: activation) }
    /// A position or another 64-bit number of each survivor.
    let indices = KernelWork.copy(elements: e, elementBytes: 8)
    add(
      "norm_swiftkv", 1, .rmsNorm(rows: t, hidden: shard.hidden, activation: activation, output: input),
      launchedAs: half.launch)
    sink.tally.addKernels(layers, launchedAs: half.launch)
    sink.add(.layerSkipping, "kv_proj (later layers)", layers, gemm(slots.keyValue, half.rows))
    let rotary = KernelWork.rotaryKey(rows: t, keyValueWidth: width, activation: activation)
    add("rotary_k (later layers)", layers, rotary, launchedAs: half.launch)
    if plan.model.qkNorm { add("k_norm (later layers)", layers, rotary, launchedAs: half.launch) }
    add("concatenate K and V", 2, copy(t * assembled), launchedAs: half.launch)
    add(
      "kv_cache_write (later layers)", 1,
      .keyValueWrite(
        rows: t, keyValueWidth: width * layers, activation: activation,
        keyValue: plan.kvPrecision.bytes.value))
    add("gather hidden and residual", 2, copy(e * hidden))
    add("gather K and V", 2, copy(e * assembled))
    add("gather positions", 1, indices)
    add("attention metadata", 3, indices)
    add("scatter output", 1, copy(e * hidden))
  }

  private mutating func visitHead<Sink: KernelSink>(_ batch: BatchShape, _ sink: inout Sink) {
    let rows = batch.requests
    // On a GPU these two are among the small kernels that `host.perStep` was fitted to.
    if kernels.processor != nil {
      let embedding = KernelWork.copy(
        elements: Double(batch.tokens * shard.hidden), elementBytes: activation)
      sink.add(.head, "embedding", 1, elementwise(embedding))
      sink.add(
        .head, "final_norm", 1,
        elementwise(
          .rmsNorm(rows: Double(rows), hidden: shard.hidden, activation: activation, output: activation)))
    }
    sink.add(.head, "lm_head", 1, gemm(slots.head, rows))
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
