import Foundation
import Metrics
import Quantities
import Results

/// Runs to store and write.
enum SampleRuns {
  static func description(
    scenario: String = "rag-8b", variant: String = "swiftkv-50", rate: PerSecond? = 6,
    maxConcurrency: Int? = nil
  ) -> RunDescription {
    RunDescription(
      scenarioName: scenario, variantName: variant, modelName: "meta-llama/Llama-3.1-8B-Instruct",
      deviceName: "H100-SXM-80GB", tensorParallelSize: 1, seed: .max, requestRate: rate, burstiness: 1,
      maxConcurrency: maxConcurrency, numPrompts: 3, isProjection: false, skipPercent: 50,
      scenarioText: "name: rag-8b\nseed: 1\n", codeVersion: "0.1.0",
      createdAt: Date(timeIntervalSince1970: 1_772_355_907.25))
  }

  /// Two requests that share steps, the second preempted, and a rejected one.
  static let tiny = RunRecord(
    requests: [
      RequestRecord(
        index: 0, stage: 0, promptTokens: 100, outputTokens: 3, generatedTokens: 3, cachedTokens: 16,
        released: 0.25,
        sent: 0.5, firstToken: 1, finished: 2, outcome: .finished,
        attribution: TTFTAttribution(
          frontEnd: 0.125, queue: 0.0625, ownPrefill: 0.25, preemption: 0, interference: 0.0625),
        deliveries: [.init(first: 0, last: 2)]),
      RequestRecord(
        index: 1, stage: 1, promptTokens: 50, outputTokens: 2, generatedTokens: 2, preemptions: 1,
        released: 0.75,
        sent: 0.75, firstToken: 1.5, finished: 4, outcome: .finished,
        deliveries: [
          .init(first: 1, last: 1), .init(first: 3, last: 3),
        ]),
      RequestRecord(
        index: 2, stage: 1, promptTokens: 9000, outputTokens: 5, released: 1, sent: 1,
        outcome: .rejected(.exceedsMaxModelLen)),
    ],
    steps: [(0.75, 1), (1, 1.5), (1.5, 2), (2, 4)].map { start, end in
      StepRecord(
        composed: Seconds(start), start: Seconds(start), end: Seconds(end), prefillTokens: 50,
        decodeTokens: 1,
        running: 1, waiting: 0, usedBlocks: 10, preemptions: 0)
    },
    interTokenGaps: [.init(value: 0.5, count: 2), .init(value: 2.5, count: 1)],
    totals: RunTotals(
      busy: [.init(kind: "GEMM", time: 1), .init(kind: "prefill attention", time: 0.5)], totalBlocks: 40,
      blockSize: 16, prefixQueryTokens: 160, prefixHitTokens: 16))

  /// A run as it is saved, with its record.
  static func stored() -> (RunDescription, RunFigures, RunRecord?) {
    (description(), RunFigures(record: tiny), tiny)
  }

  /// The figures of a run whose requests and steps were not kept.
  static func streamed(_ record: RunRecord = tiny) -> RunFigures {
    var figures = StreamingFigures(goodputLimits: GoodputLimits(ttft: 0.5))
    record.replay(into: &figures)
    return figures.figures(record.totals)
  }

  static let empty = RunRecord(
    requests: [], steps: [], interTokenGaps: [],
    totals: RunTotals(
      busy: [], totalBlocks: 0, blockSize: 16,
      prefixQueryTokens: 0,
      prefixHitTokens: 0))

  /// Every field filled with random bits where a double may have any, every outcome, preemptions, missing values. No run that
  /// a simulation would make.
  static func random(seed: UInt64) -> RunRecord {
    var random = SplitMix(state: seed)
    var record = empty
    record.steps = (0..<(3 + random.below(40))).map { _ in
      StepRecord(
        composed: random.seconds(), start: random.seconds(), end: random.seconds(),
        prefillTokens: random.below(8192), decodeTokens: random.below(256), running: random.below(256),
        waiting: random.below(9), usedBlocks: random.below(30_000), preemptions: random.below(2))
    }
    record.requests = (0..<random.below(30)).map { index in
      let outcomes: [RequestRecord.Outcome] =
        [.finished, .unfinished] + RequestRecord.Rejection.allCases.map { .rejected($0) }
      let last = random.below(record.steps.count)
      let deliveries = [0...0, 1...1, last...last].prefix(random.below(4)).map {
        RequestRecord.StepRange(first: $0.lowerBound, last: $0.upperBound)
      }
      return RequestRecord(
        index: index, stage: random.below(3), promptTokens: random.below(100_000),
        outputTokens: random.below(999),
        generatedTokens: random.below(999), cachedTokens: random.below(99), preemptions: random.below(3),
        released: random.seconds(), sent: random.seconds(),
        firstToken: random.below(3) == 0 ? nil : random.seconds(),
        finished: random.below(3) == 0 ? nil : random.seconds(),
        outcome: outcomes[random.below(outcomes.count)],
        attribution: random.below(3) == 0
          ? nil
          : TTFTAttribution(
            frontEnd: random.seconds(), queue: random.seconds(), ownPrefill: random.seconds(),
            preemption: random.seconds(), interference: random.seconds()),
        deliveries: deliveries)
    }
    record.interTokenGaps = (0..<random.below(50)).map { _ in
      WeightedSample(value: random.seconds().value, count: random.below(1000))
    }
    record.totals.busy = ["GEMM", "attention", "'; DROP TABLE runs; --"].map {
      BusyTime(kind: $0, time: random.seconds())
    }
    record.totals.totalBlocks = random.below(30_000)
    record.totals.prefixQueryTokens = random.below(1 << 40)
    record.totals.prefixHitTokens = random.below(1 << 40)
    return record
  }
}

/// SplitMix64: reproducible random numbers for tests.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// In 0 ..< bound.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// Any double but NaN and −0, whose sign SQLite drops: whole numbers, zeros, subnormal and huge ones are all likely enough.
  mutating func seconds() -> Seconds {
    switch below(8) {
    case 0: return 0
    case 1: return Seconds(Double(below(1000)))
    case 2: return Seconds(Double(bitPattern: UInt64(below(1 << 20))))
    case 3: return .infinity
    default:
      let any = Double(bitPattern: next())
      return Seconds(any.isNaN ? 1.5 : any)
    }
  }
}

/// Runs `body` with the path of a new folder, and removes the folder.
func withFolder<T>(_ body: (String) throws -> T) throws -> T {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("results-tests-\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}
