import Foundation
import Hardware
import Testing

@testable import Calibration

/// The shipped profiles against the tables they were fitted to. Runs only where `SWIFTKV_DATA` names the folder with the data,
/// which is not part of the project.
@Suite("validation: kernel tables", .enabled(if: MeasuredTables.folder != nil, "SWIFTKV_DATA is not set"))
struct MeasuredTableTests {
  /// Largest errors in percent that a kernel may have on shapes kept out, a little above what was found.
  struct Bound: Sendable {
    let device: String
    let file: String
    let kernel: KernelName
    let median, p90: Double
  }

  static let bounds: [Bound] = [
    ("h100_gemm_bf16", .gemm16, 5, 13), ("h100_gemm_fp8", .gemm8, 6.5, 20),
    ("h100_attention_prefill", .prefill16, 5, 13), ("h100_attention_prefill", .prefill8, 6.5, 20),
    ("h100_attention_decode", .decode16, 5, 13), ("h100_attention_decode", .decode8, 6.5, 20),
    ("h100_allreduce", .allReduce, 5, 13), ("h200_gemm_bf16", .gemm16, 5, 13),
    ("h200_gemm_fp8", .gemm8, 6.5, 20), ("h200_attention_prefill", .prefill16, 5, 13),
    ("h200_attention_prefill", .prefill8, 6.5, 20), ("h200_attention_decode", .decode16, 5, 13),
    ("h200_attention_decode", .decode8, 6.5, 20), ("a100_gemm_bf16", .gemm16, 5.5, 16),
    ("a100_attention_prefill", .prefill16, 5, 13),
  ].map { file, kernel, median, p90 in
    let device =
      file.hasPrefix("a") ? "A100-SXM-80GB" : file.hasPrefix("h1") ? "H100-SXM-80GB" : "H200-SXM-141GB"
    return Bound(device: device, file: file, kernel: kernel, median: median, p90: p90)
  }

  @Test("errors on shapes kept out are within the targets and those that the file states", arguments: bounds)
  func heldOut(bound: Bound) throws {
    let path = try #require(MeasuredTables.folder) + "/\(bound.file).csv"
    let profile = try #require(DeviceProfile.calibrated(bound.device))
    let table = try #require(try TableFile.read(path: path).first { $0.kernel == bound.kernel })
    // Scattered order: the first ones are a random sample.
    let sample = Array(table.split.heldOut.prefix(1500))
    let errors = try #require(ErrorSummary(profile.pairs(bound.kernel, sample)))
    let stated = try #require(profile.fit(of: bound.kernel))
    #expect(stated.medianErrorPercent ?? .infinity <= bound.median)
    #expect(stated.p90ErrorPercent ?? .infinity <= bound.p90)
    #expect(abs(errors.medianPercent - (stated.medianErrorPercent ?? 0)) <= 0.6, "\(errors)")
    #expect(abs(errors.p90Percent - (stated.p90ErrorPercent ?? 0)) <= 1.5, "\(errors)")
  }
}

enum MeasuredTables {
  static let folder = ProcessInfo.processInfo.environment["SWIFTKV_DATA"].map { $0 + "/kernels" }
}
