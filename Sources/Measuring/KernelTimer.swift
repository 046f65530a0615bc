import Metrics
public import Quantities

/// Times one piece of work: warm-up, then samples of equal numbers of repetitions until they are enough.
public struct KernelTimer: Hashable, Sendable {
  /// Work that is done before the first sample, so that caches, page tables and clocks are as they will be.
  var warmUp: Seconds = 2e-3
  /// A sample repeats work so short that reading the clock would be seen in it.
  var leastSample: Seconds = 40e-6
  var leastSamples = 9
  /// Samples go on until so much time has passed, and end after `most` whatever their number.
  var wanted: Seconds = 30e-3
  var most: Seconds = 200e-3

  public init() {}

  public struct Timing: Hashable, Sendable {
    /// Median of the samples, of one repetition.
    public var median: Seconds
    /// Distance of the quartiles over the median.
    public var spread: Double
    public var samples: Int

    public init(median: Seconds, spread: Double, samples: Int) {
      self.median = median
      self.spread = spread
      self.samples = samples
    }
  }

  /// - Parameter work: does it once; given the number of the repetition, so that it can take other operands each time.
  public func time(_ work: (Int) -> Void) -> Timing {
    let clock = ContinuousClock()
    var repetition = 0
    func run(_ count: Int) -> Double {
      let start = clock.now
      for _ in 0..<count {
        work(repetition)
        repetition += 1
      }
      return (clock.now - start) / .seconds(1)
    }
    var spent = run(1)
    while spent < warmUp.value { spent += run(1) }
    let single = spent / Double(repetition)
    let count = max(1, Int((leastSample.value / max(single, 1e-9)).rounded(.up)))
    var samples: [Double] = []
    var total = 0.0
    while (total < wanted.value || samples.count < leastSamples) && (total < most.value || samples.count < 3)
    {
      let time = run(count)
      total += time
      samples.append(time / Double(count))
    }
    let times = Distribution(samples)
    let spread = times.median > 0 ? (times.percentile(75) - times.percentile(25)) / times.median : 0
    return Timing(median: Seconds(times.median), spread: spread, samples: times.count)
  }
}
