public import Hardware
public import Models
import Quantities

/// The time of an engine step from the shape of its batch, for one model, plan, device and degree of tensor parallelism.
///
/// Reads the `LayerPlan` only: layers of equal kind are counted once at construction. GEMM times depend on the number of rows
/// alone and are tabulated on first use, which is why asking for a time mutates. O(1) per step after that.
public struct StepCost: Sendable {
  public let plan: LayerPlan
  public let tensorParallelSize: Int
  public let device: DeviceProfile
  /// Storage of the layers' matrices; the LM head and the embedding stay in 16 bit.
  public let weightPrecision: Precision

  let shard: Shard
  let kinds: [LayerKind]
  /// Counted once: the plan counts its layers on each call.
  private let kernels: Kernels
  private let projectedLayers: Int
  private let rewritesSurvivors: Bool
  private var tables: [GEMMTable]
  private let slots: Slots

  /// One GPU's share of a layer, in heads and columns.
  struct Shard: Sendable {
    let heads: Int
    let keyValueHeads: Int
    let headDim: Int
    let intermediate: Int
    let hidden: Int
    let vocabulary: Int

    init(_ model: ModelConfig, _ n: Int) {
      heads = model.numAttentionHeads / n
      // With more GPUs than KV heads, heads are replicated.
      keyValueHeads = max(1, model.numKeyValueHeads / n)
      headDim = model.headDim
      intermediate = model.intermediateSize / n
      hidden = model.hiddenSize
      vocabulary = model.vocabSize / n
    }

    var queryWidth: Int { heads * headDim }
    /// K and V of one layer.
    var keyValueWidth: Int { 2 * keyValueHeads * headDim }
  }

  /// Layers that do the same in every step.
  struct LayerKind: Sendable {
    let tokens: LayerPlan.Tokens
    let keyValues: LayerPlan.KeyValueSource
    let count: Int
  }

  /// The device's kernels for this precision of weights and of the KV cache, as they run in serving.
  private struct Kernels: Sendable {
    let decode: DeviceProfile.DecodeAttention
    let prefill: DeviceProfile.PrefillAttention
    let gemm8: DeviceProfile.QuantizedGEMM?

    init(_ device: DeviceProfile, weights: Precision, keyValues: Precision) {
      gemm8 = weights == .fp8 ? device.gemm8 : nil
      switch keyValues {
      case .fp8:
        guard let prefill8 = device.prefill8, let decode8 = device.decode8 else {
          preconditionFailure("\(device.spec.name) has no attention kernels for an FP8 KV cache")
        }
        (prefill, decode) = (prefill8, decode8)
      default:
        prefill = device.prefill16
        var decode16 = device.decode16
        decode16.waveOverhead = device.serving.decodeWaveOverhead
        decode = decode16
      }
      precondition(weights != .fp8 || gemm8 != nil, "\(device.spec.name) has no GEMM in FP8")
    }
  }

  /// Positions of the tabulated matrices.
  private struct Slots: Sendable {
    let queryKeyValue = 0
    let query = 1
    let keyValue = 2
    let output = 3
    let gateUp = 4
    let down = 5
    let head = 6
  }

  /// - Precondition: the device has kernels for these precisions, see ``UnsupportedPrecision``.
  public init(plan: LayerPlan, tensorParallelSize: Int, device: DeviceProfile, weightPrecision: Precision) {
    self.plan = plan
    self.tensorParallelSize = tensorParallelSize
    self.device = device
    self.weightPrecision = weightPrecision
    kernels = Kernels(device, weights: weightPrecision, keyValues: plan.kvPrecision)
    let shard = Shard(plan.model, tensorParallelSize)
    self.shard = shard
    var kinds: [LayerKind] = []
    for layer in plan.layers {
      if let i = kinds.firstIndex(where: { $0.tokens == layer.tokens && $0.keyValues == layer.keyValues }) {
        kinds[i] = LayerKind(tokens: layer.tokens, keyValues: layer.keyValues, count: kinds[i].count + 1)
      } else {
        kinds.append(LayerKind(tokens: layer.tokens, keyValues: layer.keyValues, count: 1))
      }
    }
    self.kinds = kinds
    projectedLayers = plan.projectedLayers
    rewritesSurvivors = plan.rewrittenLayers > 0
    slots = Slots()
    let slow = device.host.slowdown
    func table(_ n: Int, _ k: Int, _ precision: Precision, _ slowdown: Double) -> GEMMTable {
      GEMMTable(n: n, k: k, precision: precision, slowdown: slowdown)
    }
    tables = [
      table(shard.queryWidth + shard.keyValueWidth, shard.hidden, weightPrecision, slow),
      table(shard.queryWidth, shard.hidden, weightPrecision, slow),
      table(shard.keyValueWidth, shard.hidden, weightPrecision, slow),
      table(shard.hidden, shard.queryWidth, weightPrecision, slow),
      table(2 * shard.intermediate, shard.hidden, weightPrecision, slow),
      table(shard.hidden, shard.intermediate, weightPrecision, slow),
      table(shard.vocabulary, shard.hidden, .bfloat16, 1),
    ]
  }

  /// An empty batch to fill for ``time(of:)``.
  public var emptyBatch: BatchShape {
    BatchShape(queriesPerKeyValueHead: max(1, shard.heads / shard.keyValueHeads))
  }

  /// The time of one step. An empty batch takes none.
  public mutating func time(of batch: BatchShape) -> StepTime {
    var sink = TimeSink()
    visit(batch, &sink)
    return sink.time
  }

  /// Every kernel of one step, in order, with what bounds it. Their times add up to ``time(of:)``.
  public mutating func kernels(of batch: BatchShape) -> [KernelLine] {
    var sink = ListSink()
    visit(batch, &sink)
    return sink.lines
  }
}

/// Receives the kernels of a step.
protocol KernelSink {
  mutating func add(_ part: StepPart, _ name: @autoclosure () -> String, _ launches: Int, _ cost: KernelCost)
}

private struct TimeSink: KernelSink {
  var time = StepTime()
  mutating func add(_ part: StepPart, _ name: @autoclosure () -> String, _ launches: Int, _ cost: KernelCost)
  {
    time[part] += cost.time * Double(launches)
  }
}

private struct ListSink: KernelSink {
  var lines: [KernelLine] = []
  mutating func add(_ part: StepPart, _ name: @autoclosure () -> String, _ launches: Int, _ cost: KernelCost)
  {
    lines.append(KernelLine(part: part, name: name(), launches: launches, cost: cost))
  }
}

/// The kernels of a step.
extension StepCost {
  private mutating func visit<Sink: KernelSink>(_ batch: BatchShape, _ sink: inout Sink) {
    guard !batch.isEmpty else { return }
    for kind in kinds { visitLayers(kind, batch, &sink) }
    if projectedLayers > 0 { visitLayerSkipping(batch, &sink) }
    visitHead(batch, &sink)
    sink.add(
      .host, "scheduling and launch", 1,
      KernelCost(flops: 0, bytes: 0, time: device.host.perStep, bound: .latency))
  }

  private mutating func gemm(_ slot: Int, _ rows: Int) -> KernelCost {
    tables[slot].cost(rows: rows, device.gemm16, kernels.gemm8)
  }

  private mutating func visitLayers<Sink: KernelSink>(
    _ kind: LayerKind, _ batch: BatchShape, _ sink: inout Sink
  ) {
    let all = kind.tokens == .all
    let rows = all ? batch.tokens : batch.requests
    let m = Double(rows)
    let where_ = all ? "" : " (survivors)"
    let ownKV = kind.keyValues == .ownInput
    let n = kind.count
    let projected = shard.queryWidth + (ownKV ? shard.keyValueWidth : 0)

    sink.add(
      .gemm, "\(ownKV ? "qkv" : "q")_proj\(where_)", n, gemm(ownKV ? slots.queryKeyValue : slots.query, rows))
    sink.add(.gemm, "o_proj\(where_)", n, gemm(slots.output, rows))
    sink.add(.gemm, "gate_up_proj\(where_)", n, gemm(slots.gateUp, rows))
    sink.add(.gemm, "down_proj\(where_)", n, gemm(slots.down, rows))

    let elementwise = device.elementwise
    sink.add(.elementwise, "rms_norm\(where_)", 2 * n, elementwise.cost(bytes: 8 * m * Double(shard.hidden)))
    sink.add(.elementwise, "rotary\(where_)", n, elementwise.cost(bytes: 4 * m * Double(projected)))
    if ownKV || rewritesSurvivors {
      sink.add(
        .elementwise, "kv_cache_write\(where_)", n,
        elementwise.cost(bytes: 4 * m * Double(shard.keyValueWidth)))
    }
    sink.add(
      .elementwise, "silu_mul\(where_)", n, elementwise.cost(bytes: 6 * m * Double(shard.intermediate)))
    if plan.model.qkNorm {
      sink.add(.elementwise, "qk_norm\(where_)", n, elementwise.cost(bytes: 4 * m * Double(projected)))
    }
    if tensorParallelSize > 1 {
      sink.add(
        .communication, "all_reduce\(where_)", 2 * n,
        device.allReduce.cost(bytes: 2 * m * Double(shard.hidden), devices: tensorParallelSize))
    }
    visitAttention(all: all, launches: n, batch, &sink)
  }

  private func visitAttention<Sink: KernelSink>(
    all: Bool, launches: Int, _ batch: BatchShape, _ sink: inout Sink
  ) {
    let bytes = plan.kvPrecision.bytes.value
    // A survivor of a prompt chunk is one query over the chunk's whole context: a decode, as far as the kernel can see.
    let sequences = all ? batch.decodeSequences : batch.requests
    let context = all ? batch.decodeContext : batch.decodeContext + batch.prefillContext
    if sequences > 0 {
      sink.add(
        .decodeAttention, all ? "decode_attention" : "decode_attention (survivors)", launches,
        kernels.decode.cost(
          sequences: sequences, context: Double(context) / Double(sequences), heads: shard.heads,
          keyValueHeads: shard.keyValueHeads, headDim: shard.headDim, elementBytes: bytes))
    }
    if all, batch.prefillChunks > 0 {
      let work = PrefillWork(
        batch, heads: shard.heads, keyValueHeads: shard.keyValueHeads, headDim: shard.headDim,
        elementBytes: bytes)
      sink.add(
        .prefillAttention, "prefill_attention", launches,
        kernels.prefill.cost(of: work, slowdown: device.host.slowdown, launched: batch.decodeSequences == 0))
    }
  }

  /// Between the last full layer and the first later one: one norm, a K/V projection with rotary embedding per later layer that
  /// keeps a cache, assembly and bulk write of their K/V, and the selection of survivors. Formulas: `docs/swiftkv.md`.
  private mutating func visitLayerSkipping<Sink: KernelSink>(_ batch: BatchShape, _ sink: inout Sink) {
    let layers = projectedLayers
    let (t, e) = (Double(batch.tokens), Double(batch.requests))
    let width = Double(shard.keyValueWidth)
    let hidden = Double(shard.hidden)
    /// 16-bit K and V of all projected layers for one token.
    let assembled = 2 * width * Double(layers)
    let elementwise = device.elementwise
    func add(_ name: String, _ launches: Int, bytes: Double) {
      sink.add(.layerSkipping, name, launches, elementwise.cost(bytes: bytes))
    }
    add("norm_swiftkv", 1, bytes: 8 * t * hidden)
    sink.add(.layerSkipping, "kv_proj (later layers)", layers, gemm(slots.keyValue, batch.tokens))
    add("rotary_k (later layers)", layers, bytes: 2 * t * width)
    if plan.model.qkNorm { add("k_norm (later layers)", layers, bytes: 2 * t * width) }
    add("concatenate K and V", 2, bytes: t * assembled)
    add(
      "kv_cache_write (later layers)", 1,
      bytes: t * (assembled + plan.kvPrecision.bytes.value * width * Double(layers)))
    add("gather hidden and residual", 2, bytes: 4 * e * hidden)
    add("gather K and V", 2, bytes: e * assembled)
    add("gather positions", 1, bytes: 16 * e)
    add("attention metadata", 3, bytes: 16 * e)
    add("scatter output", 1, bytes: 4 * e * hidden)
  }

  private mutating func visitHead<Sink: KernelSink>(_ batch: BatchShape, _ sink: inout Sink) {
    let rows = Double(batch.requests)
    sink.add(.head, "lm_head", 1, gemm(slots.head, batch.requests))
    sink.add(.head, "logits", 1, device.elementwise.cost(bytes: 6 * rows * Double(plan.model.vocabSize)))
    sink.add(
      .head, "sampling", 1, KernelCost(flops: 0, bytes: 0, time: device.host.sampling, bound: .latency))
    if tensorParallelSize > 1 {
      sink.add(
        .head, "logits_gather", 1,
        device.allReduce.cost(bytes: 2 * rows * Double(shard.vocabulary), devices: tensorParallelSize))
    }
  }
}

/// Costs of one weight matrix by number of rows, filled on first use.
private struct GEMMTable: Sendable {
  let n: Int
  let k: Int
  let precision: Precision
  let slowdown: Double
  private var costs: [KernelCost?] = []

  init(n: Int, k: Int, precision: Precision, slowdown: Double) {
    self.n = n
    self.k = k
    self.precision = precision
    self.slowdown = slowdown
  }

  mutating func cost(
    rows: Int, _ gemm16: DeviceProfile.GEMM, _ gemm8: DeviceProfile.QuantizedGEMM?
  ) -> KernelCost {
    if rows < costs.count, let known = costs[rows] { return known }
    let cost: KernelCost
    if precision == .fp8, let gemm8 {
      cost = gemm8.cost(m: rows, n: n, k: k, slowdown: slowdown)
    } else {
      cost = gemm16.cost(m: rows, n: n, k: k, slowdown: slowdown)
    }
    if rows >= costs.count {
      costs.append(contentsOf: repeatElement(nil, count: max(rows + 1, 2 * costs.count) - costs.count))
    }
    costs[rows] = cost
    return cost
  }
}
