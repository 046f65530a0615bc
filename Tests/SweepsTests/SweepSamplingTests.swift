import Foundation
import Testing

@testable import Sweeps

/// How points are made of axes.
@Suite struct SweepSamplingTests {
  private func points(_ keys: String, _ axes: String) throws -> [[String]] {
    try SweepFixture.plan(SweepFixture.text(keys, axes: axes)).points.map { $0.parameters.map(\.field) }
  }

  @Test("A grid has every combination, the last axis changing fastest")
  func grid() throws {
    let found = try points("", "  seed: [1, 2]\n  engine.max_num_seqs: [4, 5, 6]")
    #expect(found == [["1", "4"], ["1", "5"], ["1", "6"], ["2", "4"], ["2", "5"], ["2", "6"]])
  }

  @Test("Zip takes the values of all axes together")
  func zip() throws {
    let found = try points(
      "sampling: zip", "  seed: [1, 2, 3]\n  engine.max_num_seqs: {from: 4, to: 8, steps: 3}")
    #expect(found == [["1", "4"], ["2", "6"], ["3", "8"]])
  }

  @Test(
    "Ranges: both ends are exact, whole keys get whole numbers, equal ones are kept once",
    arguments: [
      ("workload.arrivals.request_rate: {from: 1, to: 8, steps: 4, scale: log}", ["1", "2", "4", "8"]),
      ("workload.arrivals.request_rate: {from: 1, to: 2, steps: 3}", ["1", "1.5", "2"]),
      ("workload.arrivals.request_rate: {from: 2, to: 1, steps: 4}", ["2", "1.66667", "1.33333", "1"]),
      ("engine.max_num_seqs: {from: 1, to: 4, steps: 7, scale: log}", ["1", "2", "3", "4"]),
      ("workload.prompt_tokens: {from: 100, to: 1000, steps: 4, scale: log}", ["100", "215", "464", "1000"]),
    ])
  func ranges(axis: String, values: [String]) throws {
    #expect(try points("", "  " + axis).map { $0[0] } == values)
  }

  private static let drawn = """
      variant: [baseline, swiftkv-50]
      workload.arrivals.request_rate: {from: 1, to: 100, scale: log}
      engine.max_num_seqs: {from: 1, to: 200}
    """

  @Test("Random points follow from the seed; more samples keep the first ones, another axis keeps the others")
  func random() throws {
    let ten = try points("sampling: random\nsamples: 10\nseed: 5", Self.drawn)
    #expect(try points("sampling: random\nsamples: 10\nseed: 5", Self.drawn) == ten)
    #expect(try points("sampling: random\nsamples: 10\nseed: 6", Self.drawn) != ten)
    #expect(try Array(points("sampling: random\nsamples: 20\nseed: 5", Self.drawn).prefix(10)) == ten)
    let more = try points("sampling: random\nsamples: 10\nseed: 5", "  seed: [1, 2, 3]\n" + Self.drawn)
    #expect(more.map { Array($0.dropFirst()) } == ten)
    #expect(Set(ten.map { $0[0] }) == ["baseline", "swiftkv-50"])
  }

  @Test("A Latin hypercube has one value in each part of every axis")
  func latinHypercube() throws {
    let found = try points("sampling: latin_hypercube\nsamples: 40\nseed: 5", Self.drawn)
    #expect(found.count { $0[0] == "baseline" } == 20)
    let rates = try found.map { try #require(Double($0[1])) }
    let parts = rates.map { Int((log($0) / log(100) * 40).rounded(.down)) }
    #expect(Set(parts) == Set(0..<40))
    let sequences = try found.map { try #require(Double($0[2])) }.sorted()
    for (part, value) in sequences.enumerated() {
      // Rounded to a whole number.
      #expect(abs(value - (1 + 199 * (Double(part) + 0.5) / 40)) <= 199.0 / 80 + 0.5)
    }
    // Axes are not in step with one another.
    #expect(rates.sorted() != rates && rates.sorted(by: >) != rates)
  }

  @Test("SHA-256 of FIPS 180-4's examples, and of more than one block")
  func hash() {
    #expect(SHA256.hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(SHA256.hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      SHA256.hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    var hash = SHA256()
    for part in [
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn",
      "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
    ] {
      hash.update(Array(part.utf8))
    }
    #expect(
      SHA256.text(hash.finalized()) == "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1")
  }
}
