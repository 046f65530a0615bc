import Quantities
import Testing

@testable import Workload

/// The arrival process of `vllm bench serve`: gamma gaps, rescaled to an exact end.
@Suite("arrivals") struct ArrivalTests {
  private func times(_ arrivals: ArrivalSpec, _ n: Int?, seed: UInt64 = 1) throws -> [Double] {
    let spec = WorkloadSpec(
      numRequests: n, arrivals: arrivals, promptTokens: LengthSpec(.constant(10)),
      outputTokens: LengthSpec(.constant(1)))
    return try spec.stream(seed: seed).map(\.arrival.value)
  }

  private func variation(_ times: [Double]) -> Double {
    let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
    let mean = gaps.reduce(0, +) / Double(gaps.count)
    return (gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)).squareRoot() / mean
  }

  @Test(
    "the last of N goes out at exactly N/rate, the first after one gap",
    arguments: [0.01, 0.3, 1, 7, .infinity])
  func rescaled(burstiness: Double) throws {
    for n in [1, 2, 977] {
      let times = try times(.open(rate: 6, burstiness: burstiness), n)
      #expect(times.count == n)
      #expect(times.last == Double(n) / 6)
      #expect(zip(times.dropFirst(), times).allSatisfy { $0 >= $1 } && (times.first ?? -1) >= 0)
    }
  }

  @Test("burstiness k gives gaps with a coefficient of variation of 1/√k", arguments: [0.25, 1, 4])
  func burstiness(k: Double) throws {
    let cv = variation(try times(.open(rate: 5, burstiness: k), 40_000))
    #expect(abs(cv * k.squareRoot() - 1) < 0.04, "\(cv)")
  }

  @Test("constant spacing, and everything at once") func degenerate() throws {
    #expect(try times(.open(rate: 4, burstiness: .infinity), 4) == [0.25, 0.5, 0.75, 1])
    #expect(try times(.open(rate: PerSecond(.infinity), burstiness: 1), 3) == [0, 0, 0])
  }

  @Test("stages follow each other, each with its own exact length") func stages() throws {
    let spec = WorkloadSpec(
      numRequests: nil,
      arrivals: .stages([.init(rate: 2, duration: 10), .init(rate: 5, burstiness: .infinity, numRequests: 5)]
      ),
      promptTokens: LengthSpec(.constant(10)), outputTokens: LengthSpec(.constant(1)))
    let requests = try Array(spec.stream(seed: 4))
    #expect(requests.map(\.stage) == Array(repeating: 0, count: 20) + Array(repeating: 1, count: 5))
    #expect(requests[19].arrival == 10)
    let second = requests[20...].map { $0.arrival.value - 10 }
    for (time, expected) in zip(second, [0.2, 0.4, 0.6, 0.8, 1]) { #expect(abs(time - expected) < 1e-12) }
  }

  @Test("gaps from a quantile table keep their distribution and take a new mean") func quantiles() throws {
    let table = QuantileTable(points: [
      .init(percent: 0, value: 0), .init(percent: 50, value: 1), .init(percent: 100, value: 9),
    ])
    #expect(table.mean == 2.75)
    let drawn = try times(.gapQuantiles(table, rate: nil), 20_000)
    #expect(abs((drawn.last ?? 0) / 20_000 - 2.75) < 0.05)
    let scaled = try times(.gapQuantiles(table, rate: 10), 20_000)
    #expect(scaled.last == 2000)
    #expect(abs(variation(scaled) - variation(drawn)) < 1e-9)
  }

  @Test("the same seed gives the same stream, another one another; a copy goes its own way") func seeds()
    throws
  {
    let process = ArrivalSpec.open(rate: 3, burstiness: 0.5)
    #expect(try times(process, 50) == times(process, 50))
    #expect(try times(process, 50) != times(process, 50, seed: 2))
    let spec = WorkloadSpec(
      numRequests: 20, arrivals: process, promptTokens: LengthSpec(.uniform(1, 9)),
      outputTokens: LengthSpec(.constant(1)))
    var stream = try spec.stream(seed: 1)
    _ = stream.next()
    let copy = stream
    #expect(Array(copy) == Array(stream) && Array(copy).count == 19 && stream.count == 20)
  }

  @Test("changing lengths, prefixes or priorities leaves the arrivals, bit for bit") func independence()
    throws
  {
    let plain = WorkloadSpec(
      numRequests: 200, arrivals: .open(rate: 3, burstiness: 0.5), promptTokens: LengthSpec(.uniform(1, 900)),
      outputTokens: LengthSpec(.constant(5)))
    var changed = plain
    changed.outputTokens = LengthSpec(.lognormal(median: 100, p90: 900))
    changed.prefix = .groups(count: 4, tokens: 10)
    changed.priorities = [.init(priority: 0, share: 1), .init(priority: 5, share: 1)]
    let (a, b) = (try Array(plain.stream(seed: 9)), try Array(changed.stream(seed: 9)))
    #expect(a.map(\.arrival) == b.map(\.arrival))
    #expect(a.map(\.promptTokens) == b.map { $0.promptTokens - 10 })
    #expect(Set(b.map(\.priority)) == [0, 5])
  }
}
