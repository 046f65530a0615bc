public import Figures
import Foundation
import Hardware
public import Measuring
import Metrics
import Quantities

/// What is said of a measurement of this machine, and its figure.
public enum MeasurementReport {
  private static let vendorName = "GEMM by OpenBLAS"

  public static func text(_ outcome: MachineMeasurement.Outcome, folder: String) -> String {
    let device = outcome.device
    func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
    var lines = [
      "\(outcome.machine): \(device.streamingMultiprocessors) threads, peak "
        + "\(device.fp32 ?? 0), memory \(device.memoryBandwidth), last-level cache \(device.l2Cache)",
      "\(outcome.results) kernel results"
        + (outcome.resumed > 0 ? " (\(outcome.resumed) from a measurement that was stopped)" : "")
        + " and \(outcome.steps) steps; half of the results scatter by less than \(percent(outcome.medianSpread)), "
        + "\(percent(outcome.noisyShare)) by too much; \(percent(outcome.disturbedShare)) were taken in another state of the machine",
    ]
    if let ratio = ratioToVendor(outcome) {
      lines.append(
        "GEMM: \(percent(ratio)) of OpenBLAS's rate in the median of the shapes that both were given")
    }
    if let share = decodeBandwidth(outcome) {
      lines.append(
        "decode attention: \(percent(share)) of the measured bandwidth where keys and values are longest")
    }
    lines.append("tables: \(folder)/")
    return lines.joined(separator: "\n") + "\n"
  }

  /// Own over OpenBLAS's rate; nil where there is no shape in common.
  static func ratioToVendor(_ outcome: MachineMeasurement.Outcome) -> Double? {
    let own = outcome.kernels.filter { $0.kernel == "GEMM" }
    let ratios = outcome.kernels.filter { $0.kernel == vendorName }.compactMap { vendor in
      own.first { $0.flops == vendor.flops && $0.bytes == vendor.bytes }.map { vendor.time / $0.time }
    }
    return ratios.isEmpty ? nil : Distribution(ratios).median
  }

  /// Of the quarter of decode launches with the most traffic: their traffic over time and peak bandwidth, in the median.
  static func decodeBandwidth(_ outcome: MachineMeasurement.Outcome) -> Double? {
    let launches = outcome.kernels.filter { $0.kernel == "decode attention" }.sorted { $0.bytes > $1.bytes }
    let shares = launches.prefix((launches.count + 3) / 4).map {
      $0.bytes / $0.time / outcome.device.memoryBandwidth
    }
    return shares.isEmpty ? nil : Distribution(shares).median
  }

  public static func roofline(_ outcome: MachineMeasurement.Outcome) -> Figure {
    let device = outcome.device
    func group(_ name: String) -> Charts.MeasuredKernels {
      Charts.MeasuredKernels(
        name: name,
        launches: outcome.kernels.filter { $0.kernel == name }.map {
          MeasuredLaunch(flops: $0.flops, bytes: $0.bytes, time: $0.time)
        })
    }
    let best = outcome.kernels.filter { $0.kernel == "GEMM" }.map { $0.flops / $0.time }.max() ?? 0
    let peak = device.fp32 ?? 0
    let share = peak > 0 ? String(format: "%.0f %%", 100 * best.value / peak.value) : "–"
    return Charts.machineRoofline(
      ["GEMM", "prefill attention", "decode attention", "element-wise"].map(group), vendor: group(vendorName),
      peak: ComputeCeiling(label: "FP32 \(peak)", rate: peak), bandwidth: device.memoryBandwidth,
      title: "Matrix products reach \(share) of this processor's peak",
      setting: "\(outcome.machine), \(device.streamingMultiprocessors) threads, reference kernels in FP32",
      name: "roofline-local-cpu")
  }
}
