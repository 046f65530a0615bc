import Foundation
import Hardware
import Quantities
import ReferenceKernels

/// The machine that is measured.
struct MachineDescription {
  let name: String
  let threads: Int
  let instructionSet: String
  private let memory: Bytes
  private let lastLevelCache: Bytes

  init(threads group: KernelThreads) {
    threads = group.count
    instructionSet = group.instructionSet.rawValue
    name = MachineCeilings.processorName()
    memory = Bytes(Double(ProcessInfo.processInfo.physicalMemory))
    lastLevelCache = Self.largestCache() ?? Bytes(32e6)
  }

  /// What two measurements that can be put together have in common: machine, threads, code and grid.
  var signature: String {
    let grid = KernelGrid.points.map { $0.key.joined(separator: ",") }.joined(separator: ";")
    // FNV-1a: the same on every run.
    let hash = grid.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return "\(name), \(threads) threads, \(instructionSet), grid \(String(hash, radix: 16))"
  }

  func device(_ ceilings: MachineCeilings) -> DeviceSpec {
    DeviceSpec(
      name: "local-cpu", architecture: .cpu, bf16: 0, fp8: nil, fp32: ceilings.peakFLOPs[threads - 1],
      visibleMemory: memory, memoryBandwidth: ceilings.readBandwidth[threads - 1], linkBandwidth: 0,
      streamingMultiprocessors: threads,
      l2Cache: lastLevelCache)
  }

  /// Of the first core, by Linux's description.
  private static func largestCache() -> Bytes? {
    let sizes = (0..<8).compactMap { index -> Double? in
      let path = "/sys/devices/system/cpu/cpu0/cache/index\(index)/size"
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
      let digits = text.prefix { $0.isNumber }
      guard let count = Double(digits) else { return nil }
      let unit = text.dropFirst(digits.count).first
      let factor: Double = unit == "K" ? 1024 : unit == "M" ? 1_048_576 : 1
      return count * factor
    }
    return sizes.max().map { Bytes($0) }
  }
}
