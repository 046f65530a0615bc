import Foundation
import Hardware
import Quantities
import Testing

@testable import Calibration

@Suite("fits") struct KernelFitTests {
  private static func h100() throws -> DeviceProfile {
    try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
  }

  /// A table that the formula itself made.
  private static func synthetic(_ kernel: KernelName, _ shapes: [KernelShape]) throws -> KernelTable {
    let profile = try h100()
    return KernelTable(
      kernel: kernel, source: "made",
      rows: try shapes.map { .init(shape: $0, time: try #require(profile.time(of: kernel, $0))) })
  }

  @Test("coefficients that made a table are found again")
  func recovery() throws {
    let device = try Self.h100()
    let shapes = [2, 4, 8].flatMap { devices in
      (8..<30).map { KernelShape.allReduce(bytes: 3 << ($0 - 1), devices: devices) }
    }
    let table = try Self.synthetic(.allReduce, shapes)
    let found = try KernelFit(table: table, device: device.spec).fitted()
    for coefficient in DeviceProfile.AllReduce.coefficients
    where !coefficient.name.hasSuffix("latency") && !coefficient.name.hasSuffix("per_device") {
      let ratio = coefficient.get(found.allReduce) / coefficient.get(device.allReduce)
      #expect(abs(ratio - 1) < 0.02, "\(coefficient.name): \(ratio)")
    }
    for row in table.rows {
      let time = try #require(found.time(of: .allReduce, row.shape))
      #expect(abs(time / row.time - 1) < 0.02)
    }
  }

  @Test("a table with too few shapes, or a kernel that the device cannot run, is refused")
  func refusal() throws {
    let device = try Self.h100()
    let few = try Self.synthetic(.allReduce, [.allReduce(bytes: 1024, devices: 2)])
    let error = #expect(throws: FitError.self) { try KernelFit(table: few, device: device.spec).fitted() }
    #expect(error?.description.hasPrefix("made: 1 shapes of all_reduce to fit to (2, 4 and 8 GPUs;") == true)
    var spec = device.spec
    spec.fp8 = nil
    let shapes = (1...200).map { KernelShape.gemm(m: $0, n: 1024, k: 1024) }
    let gemm = try Self.synthetic(.gemm8, shapes)
    let missing = #expect(throws: FitError.self) { try KernelFit(table: gemm, device: spec).fitted() }
    #expect(
      missing?.description
        == "H100-SXM-80GB lacks a figure that gemm_fp8 needs, such as a peak in its precision")
  }
}
