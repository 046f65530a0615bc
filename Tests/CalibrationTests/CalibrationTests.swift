import Foundation
import Hardware
import InputFiles
import Quantities
import Testing

@testable import Calibration

@Suite("whole calibrations") struct CalibrationTests {
  private static func h100() throws -> DeviceProfile {
    try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
  }

  /// All-reduce times by the H100's formula, half as fast.
  private static func slowLinks() throws -> KernelTable {
    let profile = try h100()
    let rows = try [2, 4, 8].flatMap { devices in
      try (8..<30).map { size -> KernelTable.Row in
        let shape = KernelShape.allReduce(bytes: 3 << size, devices: devices)
        return .init(shape: shape, time: try #require(profile.time(of: .allReduce, shape)) * 2)
      }
    }
    return KernelTable(kernel: .allReduce, source: "links.csv", rows: rows)
  }

  @Test("a fitted kernel states points and errors; what has no table is carried over and says so")
  func whole() throws {
    var device = try Self.h100().spec
    device.name = "Half"
    device.memoryBandwidth = device.memoryBandwidth / 2
    device.fp8 = nil
    let calibration = Calibration(
      device: device, base: try Self.h100(), tables: [try Self.slowLinks()], origin: "made here")
    let fits = try calibration.tables.map { try KernelFit(table: $0, device: device).fitted() }
    let profile = try calibration.profile(fits, command: "fit")
    #expect(profile.command == "fit")
    #expect(profile.allReduce.fit.source == "links.csv, made here")
    #expect(profile.allReduce.fit.points == 50 && profile.allReduce.fit.heldOutPoints == 16)
    #expect(profile.allReduce.fit.medianErrorPercent ?? 9 < 1)
    let base = try Self.h100()
    #expect(profile.allReduce.ringBandwidth8 / base.allReduce.ringBandwidth8 < 0.52)
    #expect(abs(profile.decode16.bandwidth / base.decode16.bandwidth - 0.5) < 1e-4)
    #expect(profile.decode16.launch == base.decode16.launch)
    #expect(profile.decode16.fit.medianErrorPercent == nil)
    #expect(
      profile.decode16.fit.source
        == "not measured; taken over from H100-SXM-80GB, rates scaled with the datasheets")
    #expect(profile.gemm8 == nil && profile.prefill8 == nil && profile.decode8 == nil)
    // As the file has it: written and read it is the same.
    #expect(try DeviceProfile(yaml: profile.yaml, file: "x") == profile)
  }

  @Test("a device's own profile as base keeps what is not fitted as it is, sources included")
  func sameDevice() throws {
    let base = try Self.h100()
    let same = try Calibration(device: base.spec, base: base, tables: []).profile([], command: base.command)
    #expect(same == base)
  }

  @Test(
    "what no row depends on stays at its start, or moves with the coefficient it follows; the form names it")
  func undetermined() throws {
    let base = try Self.h100()
    let shapes = [1, 4, 16, 64].flatMap { batch in
      [16, 100, 333, 1000, 3000, 9000].flatMap { new in
        [1, 8].map { heads in
          KernelShape.prefill(
            batch: batch, new: new, cached: 0, heads: 8 * heads, keyValueHeads: heads, headDim: 128)
        }
      }
    }
    let table = KernelTable(
      kernel: .prefill16, source: "t",
      rows: try shapes.map { .init(shape: $0, time: try #require(base.time(of: .prefill16, $0))) })
    let found = try KernelFit(table: table, device: base.spec).fitted().prefill16
    #expect(found.fit.form?.contains("block_time_64, block_time_192, block_time_256") == true)
    #expect(abs(found.blockTime256 / found.blockTime128 - 2) < 1e-9)
    #expect(abs(found.blockTime128 / base.prefill16.blockTime128 - 1) < 0.1)
  }

  @Test("a check gives each shape one regime, and the errors of those inside the domain")
  func check() throws {
    var profile = try Self.h100()
    let shapes = [(1, 128, 128), (100, 4096, 4096), (1000, 4096, 4096), (8, 32, 512)].map {
      KernelShape.gemm(m: $0.0, n: $0.1, k: $0.2)
    }
    let table = KernelTable(
      kernel: .gemm16, source: "t.csv",
      rows: try shapes.map { .init(shape: $0, time: try #require(profile.time(of: .gemm16, $0)) * 1.25) })
    let check = TableCheck(profile, [table])
    let kernel = try #require(check.kernels.first)
    #expect(kernel.errors?.points == 3)
    #expect(kernel.regimes.map(\.regime) == ["m ≤ 64", "64 < m ≤ 512", "m > 512", "outside the fit"])
    #expect(kernel.regimes.allSatisfy { $0.errors.points == 1 })
    let median = try #require(kernel.errors?.medianPercent)
    #expect(abs(median - 20) < 1e-9 && abs((kernel.errors?.biasPercent ?? 0) + 20) < 1e-9)
    profile.gemm8 = nil
    let other = KernelTable(kernel: .gemm8, source: "t.csv", rows: table.rows)
    #expect(TableCheck(profile, [other]).kernels.isEmpty)
  }

  @Test("every shape of a kernel is in exactly one regime", arguments: KernelName.allCases)
  func regimes(kernel: KernelName) {
    let sizes = [1, 2, 16, 64, 65, 128, 256, 257, 512, 513, 1024, 4096, 4097, 100_000]
    for a in sizes {
      for b in sizes {
        let shape: KernelShape =
          switch kernel {
          case .gemm16, .gemm8: .gemm(m: a, n: b, k: b)
          case .gemm32: .processorGEMM(m: a, n: b, k: b, workingSet: a * b)
          case .prefill16, .prefill8, .prefill32:
            .prefill(batch: 1, new: a, cached: 0, heads: 8, keyValueHeads: 8, headDim: min(b, 1024))
          case .decode32:
            .processorDecode(
              batch: b, context: a, heads: 8, keyValueHeads: 8, headDim: min(b, 1024), workingSet: a * b)
          case .decode16, .decode8:
            .decode(batch: b, context: a, heads: 8, keyValueHeads: 8, headDim: min(b, 1024))
          case .allReduce: .allReduce(bytes: a * b, devices: 2)
          case .elementwise, .elementwise32: .elementwise(flops: b, bytes: a * b)
          }
        #expect(KernelRegime.all(of: kernel).count { $0.contains(shape) } == 1, "\(shape)")
      }
    }
  }
}
