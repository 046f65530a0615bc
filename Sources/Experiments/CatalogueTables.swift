public import Hardware
public import Models
import Quantities

/// What can be named in a scenario, as tables.
public enum CatalogueTables {
  /// One row a model. KV bytes are those of a 16-bit cache.
  public static func models(_ models: [ModelConfig]) -> ReportTable {
    ReportTable(
      columns: [
        "model", "architecture", "parameters (B)", "layers", "hidden", "heads", "KV heads", "KV bytes/token",
        "max_model_len",
      ],
      rows: models.map { m in
        [
          m.name, m.architecture.rawValue, NumberText.significant(Double(m.totalParameters) / 1e9),
          "\(m.numHiddenLayers)", "\(m.hiddenSize)", "\(m.numAttentionHeads)", "\(m.numKeyValueHeads)",
          NumberText.grouped(Int(m.keyValueBytesPerToken(.bfloat16).value)),
          NumberText.grouped(m.maxPositionEmbeddings),
        ]
      }, textColumns: 2)
  }

  /// One row a device; only calibrated ones can be simulated.
  public static func devices(_ devices: [DeviceSpec], calibrated: Set<String>) -> ReportTable {
    ReportTable(
      columns: [
        "GPU", "simulated", "BF16 TFLOP/s", "FP8 TFLOP/s", "memory (GiB)", "memory GB/s", "NVLink GB/s",
      ],
      rows: devices.map { d in
        [
          d.name, calibrated.contains(d.name) ? "yes" : "not calibrated yet",
          NumberText.significant(d.bf16.value / 1e12),
          d.fp8.map { NumberText.significant($0.value / 1e12) } ?? "–",
          NumberText.significant(d.visibleMemory.gibibytes),
          NumberText.significant(d.memoryBandwidth.value / 1e9),
          NumberText.significant(d.linkBandwidth.value / 1e9),
        ]
      }, textColumns: 2)
  }
}
