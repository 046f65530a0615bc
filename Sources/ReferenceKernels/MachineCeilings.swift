internal import CReferenceKernels
public import Quantities

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What this machine can do at most: the rates that kernels are compared with.
public struct MachineCeilings: Sendable {
  public let processor: String
  /// Cores that this process may use.
  public let cores: Int
  public let instructionSet: InstructionSet
  public let vendorCoreName: String
  /// FP32 multiply-adds in registers with one thread, two threads, … up to one a core.
  public let peakFLOPs: [FLOPsPerSecond]
  /// Reads of memory far beyond the caches with one thread, two threads, … up to one a core.
  public let readBandwidth: [BytesPerSecond]

  /// Bytes read by the bandwidth probe: several times the largest L3 of a core complex (32 MiB here, 260 MiB on some servers).
  static let probeBytes = 1 << 30

  /// Measures them; takes about two seconds a core. The best of several samples: other programs only slow a probe down.
  public static func measured() -> MachineCeilings {
    let cores = KernelThreads.cores
    let data = alignedStorage(count: probeBytes / MemoryLayout<Float>.size, of: Float.self)
    defer { free(data) }
    var flops: [FLOPsPerSecond] = []
    var bandwidth: [BytesPerSecond] = []
    for count in 1...cores {
      let threads = KernelThreads(count: count)
      flops.append(
        best(samples: 20) {
          CountedWork(rk_probe_flops(threads.group, 200_000))
        } rate: { work, time in
          work.flops / time
        })
      bandwidth.append(
        best(samples: 6) {
          CountedWork(rk_probe_read(threads.group, data, probeBytes / MemoryLayout<Float>.size))
        } rate: { work, time in
          work.bytes / time
        })
    }
    return MachineCeilings(
      processor: processorName(), cores: cores, instructionSet: .best, vendorCoreName: VendorGEMM.coreName,
      peakFLOPs: flops, readBandwidth: bandwidth)
  }

  /// Reads a matrix of dense rows once, shared by all threads, and does next to nothing else: a sample of read bandwidth to time beside
  /// a kernel, which a machine shared with others needs.
  @discardableResult
  public static func read(_ data: MatrixView<Float>, threads: KernelThreads) -> CountedWork {
    precondition(data.stride == data.columns, "the rows are not dense")
    return CountedWork(rk_probe_read(threads.group, data.pointer, data.rows * data.columns))
  }

  private static func best<Rate: Comparable>(
    samples: Int, _ run: () -> CountedWork, rate: (CountedWork, Seconds) -> Rate
  ) -> Rate {
    let clock = ContinuousClock()
    func sample() -> Rate {
      var work = CountedWork.zero
      let time = clock.measure { work = run() }
      return rate(work, Seconds(time / .seconds(1)))
    }
    var largest = sample()
    for _ in 1..<samples { largest = max(largest, sample()) }
    return largest
  }

  /// The processor's name as the system gives it.
  public static func processorName() -> String {
    guard let file = fopen("/proc/cpuinfo", "r") else { return "unknown processor" }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 4096)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") {
        return text[text.index(after: colon)...].split(whereSeparator: \.isWhitespace).joined(separator: " ")
      }
    }
    return "unknown processor"
  }
}
