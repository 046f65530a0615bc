import Quantities

/// Steps of the same decodes and nothing else: their times differ by the contexts alone.
///
/// Made by ``StepCost/decodeSteps(sequences:)``. A time costs a few multiplications: whatever else a step is made of was added up before.
@frozen public struct DecodeSteps: Sendable {
  public let sequences: Int
  /// Seconds of decode attention, all layers together, of the step that was asked for last.
  @inlinable public var attention: Double { lastAttention }
  @usableFromInline var lastAttention = 0.0

  /// See `AttentionStretches`.
  @usableFromInline let lead: Double
  @usableFromInline let scale: Double
  /// The stretch that was asked for last, and its line.
  @usableFromInline var stretch = -1
  @usableFromInline var low = 0.0
  @usableFromInline var rise = 0.0
  /// Launches of attention in a step.
  @usableFromInline let layers: Double
  /// Seconds of all other kernels, and what the host adds to a step's kernels, see `HostTime`.
  @usableFromInline let otherKernels: Double
  @usableFromInline let perStep: Double
  @usableFromInline let before: Double
  @usableFromInline let beside: Double
  @usableFromInline let others: StepTime
  @usableFromInline let kernels: StepKernels

  /// - Parameter host: what a step waits for before its kernels run, and what runs beside them.
  init(
    _ kernels: StepKernels, _ launch: StepLaunch, sequences: Int, perStep: Double,
    _ host: (before: Double, beside: Double)
  ) {
    self.sequences = sequences
    self.kernels = kernels
    lead = AttentionStretches.lead(sequences: sequences)
    scale = AttentionStretches.scale(sequences: sequences)
    layers = kernels.attentionLayers
    others = StepTime(parts: kernels.parts(launch, requests: sequences))
    otherKernels = others.withoutDecodeAttention
    self.perStep = perStep
    (before, beside) = host
  }

  /// Seconds of a step whose sequences read `context` tokens in all: ``StepCost/time(of:)`` of such a batch, to the bit.
  @inlinable
  public mutating func total(context: Int) -> Double {
    let place = (Double(context) + lead) * scale
    let index = Int(place)
    if index != stretch { move(to: index) }
    lastAttention = (low + (place - Double(index)) * rise) * layers
    let seconds = otherKernels + lastAttention
    let step = HostTime.step(kernels: seconds + perStep, before: before, beside: beside)
    // As the sum of a `StepTime` gives it.
    return seconds + (step - seconds)
  }

  @usableFromInline @inline(never)
  mutating func move(to index: Int) {
    (low, rise) = kernels.attentionLine(sequences: sequences, stretch: index)
    stretch = index
  }

  /// What `steps` such steps take by part, from the sums of their ``attention`` and of their totals, in seconds.
  public func busy(steps: Int, attention: Double, total: Double) -> StepTime {
    var time = StepTime(parts: others.parts * Double(steps))
    time[.decodeAttention] = Seconds(attention)
    time[.host] = Seconds(total - (otherKernels * Double(steps) + attention))
    return time
  }
}
