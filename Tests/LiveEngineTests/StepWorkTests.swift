import CostModel
import LiveEngine
import Models
import Quantities
import ReferenceKernels
import Serving
import Testing

/// Kernels that count what they do must come to what the cost model counts from shapes.
@Suite("counted work of live steps") struct LiveStepWorkTests {
  /// A step's members: cached and new tokens; whether the decode kernel takes them.
  private struct Member {
    var cached: Int
    var new: Int
    var isDecode: Bool
  }

  private static let capacity = StepCapacity(tokens: 300, sequences: 40, sequenceTokens: 256, blocks: 400)

  private static func members(_ random: inout SplitMix64) -> [Member] {
    let count = Int.random(in: 1...12, using: &random)
    return (0..<count).map { _ in
      Bool.random(using: &random)
        ? Member(cached: Int.random(in: 1...90, using: &random), new: 1, isDecode: true)
        : Member(
          cached: Bool.random(using: &random) ? 0 : Int.random(in: 1...60, using: &random),
          new: Int.random(in: 1...24, using: &random), isDecode: false)
    }
  }

  /// The members as a step, each with blocks of its own.
  private static func input(_ members: [Member]) -> StepInput {
    let input = StepInput(capacity)
    var block: Int32 = 1
    for member in members {
      let tokens = (0..<Int32(member.cached + member.new)).map { $0 % 101 }
      let count = Int32((tokens.count + 15) / 16)
      input.add(
        tokens, cached: member.cached, count: member.new, blocks: Array(block..<block + count),
        isDecode: member.isDecode)
      block += count
    }
    return input
  }

  @Test("kernels, launches, FLOPs and bytes are the cost model's, by name", arguments: LiveScene.variants)
  func kernels(variant: String) throws {
    let deployment = try LiveScene(variant).deployment
    var cost = deployment.cost
    let transformer = Transformer(
      plan: deployment.plan, weights: LiveScene.weights, capacity: Self.capacity,
      threads: KernelThreads(count: 1, pinned: false))
    var random = SplitMix64(state: 11)
    for _ in 0..<20 {
      let members = Self.members(&random)
      var batch = cost.emptyBatch
      for member in members {
        if member.isDecode {
          batch.addDecode(context: member.cached + 1)
        } else {
          batch.addPrefill(new: member.new, cached: member.cached)
        }
      }
      transformer.run(Self.input(members))
      let lines = cost.kernels(of: batch).filter { $0.part != .host }
      let counted = transformer.tally.lines
      #expect(Set(counted.map(\.name)) == Set(lines.map(\.name)))
      // Kinds of layers that differ in where K and V come from have lines of their own, of one name.
      for line in counted {
        let predicted = lines.filter { $0.name == line.name }
        #expect(line.launches == predicted.reduce(0) { $0 + $1.launches }, "\(line.name)")
        #expect(line.work.flops == predicted.reduce(0) { $0 + $1.flops }, "FLOPs of \(line.name)")
        #expect(line.kernel.part == predicted.first?.part)
        #expect(line.work.bytes == predicted.reduce(0) { $0 + $1.bytes }, "bytes of \(line.name)")
      }
    }
  }

  @Test("skipped layers do no work: a prompt's FLOPs fall as the plan says")
  func skipping() throws {
    var flops: [String: Double] = [:]
    for variant in ["baseline", "swiftkv-50", "swiftkv-50-across2"] {
      let plan = try LiveScene(variant).deployment.plan
      let transformer = Transformer(
        plan: plan, weights: LiveScene.weights, capacity: Self.capacity,
        threads: KernelThreads(count: 1, pinned: false))
      let input = Self.input([Member(cached: 0, new: 200, isDecode: false)])
      transformer.run(input)
      let matrices: [StepKernel] = [
        .queryKeyValueProjection, .queryProjection, .outputProjection, .gateUpProjection, .downProjection,
        .laterProjection,
      ]
      flops[variant] = matrices.reduce(0) {
        $0 + transformer.tally[$1, isForSurvivors: false].work.flops.value
      }
      #expect(flops[variant] == 200 * plan.linearFLOPsPerPromptToken.value)
    }
    let base = try #require(flops["baseline"])
    #expect(try #require(flops["swiftkv-50"]) < 0.7 * base)
    #expect(try #require(flops["swiftkv-50-across2"]) < (try #require(flops["swiftkv-50"])))
  }
}

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
}
