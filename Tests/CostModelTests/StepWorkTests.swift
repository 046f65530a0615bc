import CostModel
import Hardware
import Models
import Quantities
import Testing

/// Protects the counted work of a step: FLOPs, weight, KV and all-reduce bytes, worked out by hand from the shapes.
@Suite("counted work of a step") struct StepWorkTests {
  /// A deployment and the members of one batch.
  struct Setting: Sendable {
    let model: String
    let weights: Precision
    let keyValues: Precision
    let tensorParallelSize: Int
    /// (cached, new) of a chunk; (number, cached) of the decodes.
    let chunk: (cached: Int, new: Int)?
    let decodes: (count: Int, cached: Int)

    static let v1 = Setting(
      model: "Llama-3.1-8B", weights: .bfloat16, keyValues: .bfloat16, tensorParallelSize: 1,
      chunk: (0, 2048), decodes: (0, 0))
    static let v2 = Setting(
      model: "Llama-3.1-8B", weights: .bfloat16, keyValues: .bfloat16, tensorParallelSize: 1,
      chunk: (0, 1984),
      decodes: (64, 2127))
    static let v3 = Setting(
      model: "Llama-3.1-8B", weights: .bfloat16, keyValues: .bfloat16, tensorParallelSize: 1, chunk: nil,
      decodes: (64, 2127))
    static let v4 = Setting(
      model: "Llama-3.1-70B", weights: .fp8, keyValues: .bfloat16, tensorParallelSize: 4, chunk: (8192, 8192),
      decodes: (0, 0))
    static let v5 = Setting(
      model: "Llama-3.1-70B", weights: .fp8, keyValues: .fp8, tensorParallelSize: 8, chunk: nil,
      decodes: (256, 4095))
  }

  struct Vector: Sendable {
    let setting: Setting
    let variant: String
    let teraFLOPs, weightGB, writtenMB, readGB, messagesMB: Double

    init(
      _ setting: Setting, _ variant: String, _ teraFLOPs: Double, _ weightGB: Double, _ writtenMB: Double,
      _ readGB: Double,
      _ messagesMB: Double
    ) {
      self.setting = setting
      self.variant = variant
      self.teraFLOPs = teraFLOPs
      self.weightGB = weightGB
      self.writtenMB = writtenMB
      self.readGB = readGB
      self.messagesMB = messagesMB
    }
  }

  static let vectors: [Vector] = [
    Vector(.v1, "baseline", 29.6884, 15.009, 268.435, 0.268, 0),
    Vector(.v1, "swiftkv-50", 15.4017, 15.009, 268.501, 0.268, 0),
    Vector(.v1, "swiftkv-50-across2", 15.1269, 14.875, 201.327, 0.268, 0),
    Vector(.v2, "baseline", 29.7594, 15.009, 268.435, 18.111, 0),
    Vector(.v2, "swiftkv-50", 15.9360, 15.009, 272.695, 18.111, 0),
    Vector(.v2, "swiftkv-50-across2", 15.6611, 14.875, 201.327, 18.111, 0),
    Vector(.v3, "baseline", 1.0320, 15.009, 8.389, 17.851, 0),
    Vector(.v3, "swiftkv-50", 1.0320, 15.009, 12.583, 17.851, 0),
    Vector(.v3, "swiftkv-50-across2", 1.0234, 14.875, 6.291, 17.851, 0),
    Vector(.v4, "baseline", 1385.3975, 17.638, 671.089, 1.342, 21474.84),
    Vector(.v4, "swiftkv-50", 703.7835, 17.638, 671.130, 1.342, 10738.73),
    Vector(.v4, "swiftkv-50-across2", 698.2859, 17.554, 503.316, 1.342, 10738.73),
    Vector(.v5, "baseline", 38.3337, 8.819, 5.243, 21.475, 671.09),
    Vector(.v5, "swiftkv-50", 38.3337, 8.819, 7.864, 21.475, 671.09),
    Vector(.v5, "swiftkv-50-across2", 38.1619, 8.777, 3.932, 21.475, 671.09),
  ]

  @Test("five batches under three systems, every column", arguments: vectors) func vector(_ expected: Vector)
    throws
  {
    let setting = expected.setting
    let cost = try TestDeployment.cost(
      setting.model, expected.variant, tensorParallelSize: setting.tensorParallelSize,
      weights: setting.weights,
      keyValues: setting.keyValues)
    var batch = cost.emptyBatch
    if let chunk = setting.chunk { batch.addPrefill(new: chunk.new, cached: chunk.cached) }
    for _ in 0..<setting.decodes.count { batch.addDecode(context: setting.decodes.cached + 1) }
    let work = cost.work(of: batch)
    // Half a unit of the last digit given.
    #expect(abs(work.flops.value / 1e12 - expected.teraFLOPs) <= 0.5001e-4)
    #expect(abs(work.weightBytes.value / 1e9 - expected.weightGB) <= 0.5001e-3)
    #expect(abs(work.keyValueBytesWritten.value / 1e6 - expected.writtenMB) <= 0.5001e-3)
    #expect(abs(work.keyValueBytesRead.value / 1e9 - expected.readGB) <= 0.5001e-3)
    #expect(abs(work.allReduceBytes.value / 1e6 - expected.messagesMB) <= 0.5001e-2)
  }

  @Test("the matrices' and attention's FLOPs and weights add up to the counted work")
  func kernelsAgree() throws {
    for variant in ["baseline", "swiftkv-50", "swiftkv-50-across2"] {
      for n in [1, 4] {
        var cost = try TestDeployment.cost("Llama-3.1-8B", variant, tensorParallelSize: n)
        var batch = cost.emptyBatch
        batch.addPrefill(new: 700, cached: 300)
        for _ in 0..<9 { batch.addDecode(context: 900) }
        let perDevice = cost.kernels(of: batch).filter {
          ![.communication, .elementwise].contains($0.part) && $0.name != "logits_gather"
            && ($0.part != .layerSkipping || $0.name.hasPrefix("kv_proj"))
        }
        .reduce(FLOPs.zero) { $0 + $1.flops }
        let counted = cost.work(of: batch).flops
        #expect(abs(perDevice * Double(n) / counted - 1) < 1e-12, "\(variant), \(n) GPUs")
      }
    }
  }
}
