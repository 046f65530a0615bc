import Quantities
import Testing

@testable import Workload

/// A workload with everything ordinary but what a test sets.
func workload(
  _ count: Int?, _ arrivals: ArrivalSpec = .open(rate: 5, burstiness: 1),
  prompt: LengthSpec = LengthSpec(.uniform(100, 2000)), output: LengthSpec = LengthSpec(.uniform(1, 200)),
  prefix: PrefixSharing = .none, trace: TraceSpec? = nil, priorities: [WorkloadSpec.PriorityShare] = []
) -> WorkloadSpec {
  WorkloadSpec(
    numRequests: count, arrivals: arrivals, promptTokens: prompt, outputTokens: output, prefix: prefix,
    trace: trace, priorities: priorities)
}

func moments(_ values: [Double]) -> (mean: Double, cv: Double) {
  let mean = values.reduce(0, +) / Double(values.count)
  let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
  return (mean, variance.squareRoot() / mean)
}

func gaps(_ requests: [Request]) -> [Double] {
  zip(requests.dropFirst(), requests).map { ($0.arrival - $1.arrival).value }
}

@Suite struct ArrivalTests {
  @Test("the last of N requests goes out at exactly N/rate", arguments: [0.0058, 0.5, 1, 7, Double.infinity])
  func rescaled(burstiness: Double) throws {
    for (count, rate) in [(1, 5.0), (2, 1e-6), (1000, 3.3), (777, 1e6)] {
      let spec = workload(count, .open(rate: PerSecond(rate), burstiness: burstiness))
      let requests = Array(try spec.stream(seed: 4))
      #expect(requests.count == count)
      #expect(requests.last?.arrival.value == Double(count) / rate)
      #expect(requests.allSatisfy { $0.arrival > 0 || burstiness < 0.1 })
      #expect(gaps(requests).allSatisfy { $0 >= 0 })
    }
  }

  @Test("gaps have a coefficient of variation of 1/√burstiness", arguments: [0.25, 1, 4, 100])
  func variation(burstiness: Double) throws {
    let requests = Array(try workload(20_000, .open(rate: 5, burstiness: burstiness)).stream(seed: 1))
    let (mean, cv) = moments(gaps(requests))
    #expect(abs(mean * 5 - 1) < 0.001)
    #expect(abs(cv * burstiness.squareRoot() - 1) < 0.04)
  }

  @Test("arrivals do not depend on how many gaps are kept", arguments: [0, 1, 12, 100])
  func keptGaps(most: Int) {
    let spec = ArrivalSpec.stages([
      LoadStage(rate: 3, numRequests: 11), LoadStage(rate: 1, burstiness: .infinity, numRequests: 3),
      LoadStage(rate: 9, burstiness: 0.5, numRequests: 40),
    ])
    func times(_ arrivals: ArrivalTimes) -> [ArrivalTimes.Arrival] {
      var arrivals = arrivals
      return (0...54).compactMap { _ in arrivals.next() }
    }
    let expected = times(ArrivalTimes(spec, count: 0, seed: 5))
    #expect(expected.count == 54)
    #expect(times(ArrivalTimes(spec, count: 0, seed: 5, keeping: most)) == expected)
  }

  @Test("gaps do not depend on one another")
  func independence() throws {
    let values = gaps(Array(try workload(20_000).stream(seed: 9)))
    let (mean, cv) = moments(values)
    let products = zip(values, values.dropFirst()).map { ($0 - mean) * ($1 - mean) }
    let correlation = products.reduce(0, +) / Double(products.count) / (mean * cv * mean * cv)
    #expect(abs(correlation) < 4 / Double(values.count).squareRoot())
  }

  @Test("constant spacing is constant; an infinite rate sends all at 0")
  func limits() throws {
    let even = Array(try workload(4, .open(rate: 2, burstiness: .infinity)).stream(seed: 0))
    #expect(even.map(\.arrival.value) == [0.5, 1, 1.5, 2])
    let burst = Array(try workload(3, .open(rate: PerSecond(.infinity), burstiness: 1)).stream(seed: 0))
    #expect(burst.map(\.arrival.value) == [0, 0, 0])
  }

  @Test("gaps so bursty that all underflow still give N requests in N/rate")
  func underflow() throws {
    for seed: UInt64 in 0..<20 {
      let requests = Array(try workload(3, .open(rate: 1, burstiness: 1e-6)).stream(seed: seed))
      #expect(requests.count == 3)
      #expect(requests.allSatisfy { (0...3).contains($0.arrival.value) })
      #expect(requests.last?.arrival.value == 3)
    }
  }

  @Test("stages follow one another, each exactly as long as its own N/rate")
  func stages() throws {
    let spec = workload(
      nil,
      .stages([
        LoadStage(rate: 10, duration: 20), LoadStage(rate: 3, burstiness: 0.5, numRequests: 30),
        LoadStage(rate: 4, burstiness: .infinity, duration: 0.9),
      ]))
    let requests = Array(try spec.stream(seed: 5))
    // 0.9 s at 4/s are 3.6 requests, rounded to 4, which take 1 s.
    #expect((0...2).map { stage in requests.count { $0.stage == stage } } == [200, 30, 4])
    #expect((0...2).map { stage in requests.last { $0.stage == stage }?.arrival.value } == [20, 30, 31])
    #expect(requests.map(\.index) == Array(0..<234))
    #expect(gaps(requests).allSatisfy { $0 >= 0 })
    // Fewer requests are the first ones, not a rescaled run.
    #expect(Array(try workload(210, spec.arrivals).stream(seed: 5)) == Array(requests.prefix(210)))
  }

  @Test("an infinite rate within stages sends the stage at its start")
  func infiniteStage() throws {
    let stages = [
      LoadStage(rate: 10, numRequests: 10), LoadStage(rate: PerSecond(.infinity), numRequests: 2),
    ]
    let requests = Array(try workload(nil, .stages(stages)).stream(seed: 5))
    #expect(requests.suffix(3).map(\.arrival.value) == [1, 1, 1])
  }

  @Test("gaps from a table follow it: as drawn without a rate, rescaled with one")
  func gapTable() throws {
    let table = QuantileTable(points: [
      .init(percent: 0, value: 0), .init(percent: 50, value: 0.1), .init(percent: 100, value: 2),
    ])
    let drawn = Array(try workload(40_000, .gapQuantiles(table, rate: nil)).stream(seed: 2))
    let sorted = gaps(drawn).sorted()
    #expect(abs(sorted[10_000] - 0.05) < 0.002)
    #expect(abs(sorted[30_000] - 1.05) < 0.03)
    #expect(abs(moments(sorted).mean / table.mean - 1) < 0.02)
    #expect(abs(moments(sorted).cv / table.coefficientOfVariation - 1) < 0.02)

    let scaled = Array(try workload(40_000, .gapQuantiles(table, rate: 8)).stream(seed: 2))
    #expect(scaled.last?.arrival == 5000)
    #expect(abs(moments(gaps(scaled)).cv / moments(sorted).cv - 1) < 1e-6)
  }
}

@Suite struct RequestStreamTests {
  private static let everything = workload(
    500, .open(rate: 4, burstiness: 0.7), prompt: LengthSpec(.lognormal(median: 600, p90: 1600), max: 4000),
    prefix: .groups(count: 5, tokens: 64),
    priorities: [.init(priority: 0, share: 1), .init(priority: 5, share: 3)])

  @Test("equal seeds give equal streams, other seeds others; reading a copy changes nothing")
  func determinism() throws {
    let stream = try Self.everything.stream(seed: 3)
    let requests = Array(stream)
    #expect(requests.count == stream.count)
    #expect(requests == Array(try Self.everything.stream(seed: 3)))
    #expect(requests == Array(stream))
    #expect(requests != Array(try Self.everything.stream(seed: 4)))
    #expect(requests == Array(RequestStream(requests)))
  }

  @Test("changing one part of the workload leaves the draws of all others")
  func substreams() throws {
    let base = Array(try Self.everything.stream(seed: 3))
    var spec = Self.everything
    spec.promptTokens = LengthSpec(.uniform(1, 9))
    let shorter = Array(try spec.stream(seed: 3))
    #expect(shorter.map(\.arrival) == base.map(\.arrival))
    #expect(shorter.map(\.outputTokens) == base.map(\.outputTokens))
    #expect(shorter.map(\.content) == base.map(\.content))
    #expect(shorter.map(\.priority) == base.map(\.priority))
    #expect(shorter.map(\.promptTokens) != base.map(\.promptTokens))

    spec = Self.everything
    spec.arrivals = .open(rate: 90, burstiness: 3)
    spec.priorities = []
    let faster = Array(try spec.stream(seed: 3))
    #expect(faster.map(\.promptTokens) == base.map(\.promptTokens))
    #expect(faster.map(\.outputTokens) == base.map(\.outputTokens))
    #expect(faster.map(\.content) == base.map(\.content))
  }

  @Test("the same requests come first, however many follow; only the time scale moves")
  func prefixOfLongerRun() throws {
    let base = Array(try Self.everything.stream(seed: 3))
    var spec = Self.everything
    spec.numRequests = 5000
    let longer = Array(try spec.stream(seed: 3).prefix(500))
    #expect(longer.map(\.promptTokens) == base.map(\.promptTokens))
    #expect(longer.map(\.outputTokens) == base.map(\.outputTokens))
    #expect(longer.map(\.content) == base.map(\.content))
    let factor = longer[0].arrival / base[0].arrival
    #expect(zip(longer, base).allSatisfy { abs($0.arrival / $1.arrival / factor - 1) < 1e-12 })
  }

  @Test("priorities come in proportion to their shares")
  func priorities() throws {
    var spec = Self.everything
    spec.numRequests = 20_000
    let low = try spec.stream(seed: 3).count { $0.priority == 5 }
    #expect(abs(Double(low) / 20_000 - 0.75) < 0.0123)  // four standard errors
    spec.priorities = [.init(priority: 2, share: 0.001)]
    #expect(try spec.stream(seed: 3).allSatisfy { $0.priority == 2 })
  }
}
