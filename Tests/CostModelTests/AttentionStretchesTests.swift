import Hardware
import Models
import Quantities
import Testing

@testable import CostModel

/// How far decode attention by stretches of 16 tokens is from the kernel's formula.
@Suite("decode attention by stretches") struct AttentionStretchesTests {
  static let sequences = [1, 2, 3, 5, 8, 13, 17, 32, 48, 100, 256, 1024]

  struct Case: Sendable {
    let model: String
    var tensorParallelSize = 1
    var keyValues = Precision.bfloat16
    var device = "H100-SXM-80GB"

    func kernels() throws -> StepKernels {
      StepKernels(
        plan: try TestDeployment.plan(model, "baseline", keyValues: keyValues),
        tensorParallelSize: tensorParallelSize, device: try #require(DeviceProfile.calibrated(device)),
        weightPrecision: .bfloat16)
    }
  }

  static let cases = [
    Case(model: "Llama-3.1-8B"), Case(model: "Llama-3.1-8B", keyValues: .fp8),
    Case(model: "Llama-3.1-70B", tensorParallelSize: 4), Case(model: "Llama-2-7b"),
    Case(model: "Llama-3.2-1B", keyValues: .fp8), Case(model: "Llama-3.1-8B", device: "A100-SXM-80GB"),
  ]

  @Test("within 0.2 % of the formula at any context, and 0.02 % on average", arguments: cases)
  func error(example: Case) throws {
    let kernels = try example.kernels()
    for b in Self.sequences {
      var generator = SplitMix64(state: UInt64(b))
      var errors: [Double] = []
      // Every mean context of a whole number, and random ones in between.
      for mean in 1...4096 { errors.append(error(kernels, b, mean * b)) }
      for _ in 0..<4096 { errors.append(error(kernels, b, generator.size(131_072 * b))) }
      let mean = errors.reduce(0, +) / Double(errors.count)
      #expect(try #require(errors.max()) < 0.002, "\(b) sequences")
      #expect(mean < 0.0002, "\(b) sequences")
    }
  }

  /// `context`: of all sequences together.
  private func error(_ kernels: StepKernels, _ sequences: Int, _ context: Int) -> Double {
    let exact = kernels.attentionTime(sequences, Double(context))
    return abs(kernels.decodeAttentionTime(sequences: sequences, context: context) / exact - 1)
  }

  @Test(
    "the formula's time at the first and the last context of each stretch, on either side of a block's border"
  )
  func ends() throws {
    let kernels = try Self.cases[0].kernels()
    for b in Self.sequences {
      for stretch in 0..<40 {
        // Sequences of 16 n − 1 tokens end a stretch; one more token begins the next.
        let last = b * (16 * stretch + 15)
        for context in [last, last + 1] { #expect(error(kernels, b, context) < 1e-12, "\(context) of \(b)") }
      }
    }
  }

  @Test(
    "random steps move by less than 0.0001 % on average, and 0.002 % at most",
    arguments: ["baseline", "swiftkv-50"])
  func steps(variant: String) throws {
    var cost = try TestDeployment.cost("Llama-3.1-8B", variant)
    let kernels = cost.kernels
    var errors: [Double] = []
    for seed in 0..<1000 {
      var generator = SplitMix64(state: UInt64(seed))
      let batch = RandomBatch(&generator).shape(for: cost)
      func change(_ sequences: Int, _ context: Int) -> Double {
        guard sequences > 0 else { return 0 }
        return kernels.decodeAttentionTime(sequences: sequences, context: context)
          - kernels.attentionTime(sequences, Double(context))
      }
      let later = kernels.attentionLayers - kernels.fullAttentionLayers
      let moved =
        change(batch.decodeSequences, batch.decodeContext) * kernels.fullAttentionLayers
        + (later > 0 ? change(batch.requests, batch.decodeContext + batch.prefillContext) * later : 0)
      errors.append(abs(moved / cost.time(of: batch).total.value))
    }
    #expect(errors.reduce(0, +) / Double(errors.count) < 1e-6)
    #expect(try #require(errors.max()) < 2e-5)
  }
}
