import EngineSettings
import Hardware
import Models
import Quantities

/// What was computed of a deployment's steps: sums of kernels that depend on a number of rows alone, and stretches of decode attention.
struct StepTables: Sendable {
  typealias Parts = StepTime.InlineParts

  /// By rows of the layers that every token runs: their kernels without attention, and layer skipping's projections.
  let layers = LazyTable<Parts>()
  /// By rows of the layers that only survivors run.
  let survivors = LazyTable<Parts>()
  /// By requests: the head, and the selection of survivors.
  let requests = LazyTable<Parts>()
  /// By sequences.
  let attention = LazyTable<AttentionStretches.Row>()
}

/// The time of a step on a GPU from tables: a few look-ups, attention, and what the host adds. It means what the visitor in
/// `StepVisitor.swift` means, which fills the tables and which tests hold it against.
extension StepCost {
  func tabulatedTime(of batch: BatchShape) -> StepTime {
    guard !batch.isEmpty else { return StepTime() }
    let requests = batch.requests
    let launch = StepLaunch(tokens: batch.tokens, requests: requests, self)
    var time = StepTime(parts: kernels.parts(launch, requests: requests))
    let attention = kernels.decodeAttentionTime(batch)
    time.parts[StepPart.decodeAttention.rawValue] = attention
    if batch.prefillChunks > 0 {
      time.parts[StepPart.prefillAttention.rawValue] = kernels.prefillAttentionTime(batch)
    }
    let seconds = time.withoutDecodeAttention + attention
    let step = host.step(kernels: seconds, launching: launchTimes.time(launch), requests: requests)
    time.parts[StepPart.host.rawValue] = step - seconds
    return time
  }
}

extension StepKernels {
  /// Seconds of prefill attention of all layers.
  @inline(__always)
  func prefillAttentionTime(_ batch: BatchShape) -> Double {
    prefill.time(batch, launched: batch.decodeSequences == 0).seconds * fullAttentionLayers
  }

  /// Seconds of decode attention of all layers. A survivor of a prompt chunk counts as a decode over the chunk's whole context.
  @inline(__always)
  func decodeAttentionTime(_ batch: BatchShape) -> Double {
    let (sequences, context) = (batch.decodeSequences, batch.decodeContext)
    if batch.prefillChunks == 0 {
      return decodeAttentionTime(sequences: sequences, context: context) * attentionLayers
    }
    var seconds = 0.0
    if sequences > 0 {
      seconds = decodeAttentionTime(sequences: sequences, context: context) * fullAttentionLayers
    }
    if attentionLayers > fullAttentionLayers {
      seconds +=
        decodeAttentionTime(sequences: batch.requests, context: context + batch.prefillContext)
        * (attentionLayers - fullAttentionLayers)
    }
    return seconds
  }

  /// Everything that depends on numbers of rows alone.
  @inline(__always)
  func parts(_ launch: StepLaunch, requests: Int) -> StepTables.Parts {
    var sum =
      tables.layers[launch.all.rows]?.pointee
      ?? compute(tables.layers, launch.all.rows) { visitHalf(survivors: false, .init(eagerRows: $0), &$1) }
    if selects {
      sum +=
        tables.survivors[launch.survivors.rows]?.pointee
        ?? compute(tables.survivors, launch.survivors.rows) {
          visitHalf(survivors: true, .init(eagerRows: $0), &$1)
        }
    }
    return sum
      + (tables.requests[requests]?.pointee
        ?? compute(tables.requests, requests) { requests, sink in
          if selects { visitSelection(requests: requests, &sink) }
          visitHead(requests: requests, tokens: requests, 0, &sink)
        })
  }

  /// The sum of kernels that a number of rows or requests stands for, which is kept.
  @inline(never)
  private func compute(
    _ table: LazyTable<StepTables.Parts>, _ key: Int, _ visit: (Int, inout TimeSink) -> Void
  ) -> StepTables.Parts {
    var sink = TimeSink()
    visit(key, &sink)
    table.keep(sink.time.parts, for: key)
    return sink.time.parts
  }

  /// The layers of one half of a step, without attention. Where nothing is selected there is one half.
  private func visitHalf<Sink: KernelSink>(survivors: Bool, _ half: StepLaunch.Half, _ sink: inout Sink) {
    for kind in kinds where survivors == (selects && kind.tokens == .survivors) {
      visitLayers(kind, half, 0, &sink)
    }
    if selects, !survivors { visitProjection(half, 0, &sink) }
  }

  /// Counted by the visitor as well.
  func launchTimes() -> StepLaunch.Times {
    func time(survivors: Bool, _ launch: StepLaunch.Launch) -> Double {
      var sink = LaunchSink()
      visitHalf(survivors: survivors, StepLaunch.Half(launch: launch, rows: 1), &sink)
      if survivors { visitSelection(requests: 1, &sink) }
      return sink.tally.time(device.host).value
    }
    func times(survivors: Bool) -> StepLaunch.Times.ByLaunch {
      .init(
        full: time(survivors: survivors, .full), piecewise: time(survivors: survivors, .piecewise),
        eager: time(survivors: survivors, .eager))
    }
    return StepLaunch.Times(
      all: times(survivors: false), survivors: selects ? times(survivors: true) : .init())
  }
}
