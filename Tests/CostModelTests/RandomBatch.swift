import CostModel
import Foundation

/// SplitMix64: the same batches on every machine.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Log-uniform in 1 ... `limit`, so that small and large sizes are equally likely.
  mutating func size(_ limit: Int) -> Int {
    min(limit, max(1, Int(pow(Double(limit), Double.random(in: 0...1, using: &self)))))
  }
}

/// A batch with its members, so that one of them can be changed.
struct RandomBatch {
  var chunks: [(cached: Int, new: Int)] = []
  var contexts: [Int] = []

  init(_ generator: inout SplitMix64) {
    if Int.random(in: 0...3, using: &generator) > 0 {
      for _ in 0..<generator.size(512) { contexts.append(generator.size(32768) + 1) }
    }
    for _ in 0..<Int.random(in: contexts.isEmpty ? 1...3 : 0...3, using: &generator) {
      chunks.append(
        (cached: Bool.random(using: &generator) ? 0 : generator.size(32768), new: generator.size(4096)))
    }
  }

  func shape(for cost: StepCost) -> BatchShape {
    var batch = cost.emptyBatch
    for chunk in chunks { batch.addPrefill(new: chunk.new, cached: chunk.cached) }
    for context in contexts { batch.addDecode(context: context) }
    return batch
  }

  /// With one member changed or added.
  func with(_ change: (inout RandomBatch) -> Void) -> RandomBatch {
    var other = self
    change(&other)
    return other
  }
}
