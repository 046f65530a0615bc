import Quantities
import ReferenceKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Prints the rates of the reference kernels beside OpenBLAS and the machine's ceilings.
///
/// Samples of the things compared are interleaved, so that a machine that is busy for a while is busy for all of them; the median
/// of the samples is shown.
///
///     kernel-rates [all | ceilings | gemm [m ...] | growth | attention | rows]
///
/// One thread is timed in the process's CPU time, which another program's turn does not count in.
@main struct Rates {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    let which = arguments.first ?? "all"
    if which == "all" || which == "ceilings" { ceilings() }
    if which == "all" || which == "gemm" { gemm(rows: arguments.dropFirst().compactMap { Int($0) }) }
    if which == "all" || which == "growth" { growth() }
    if which == "all" || which == "attention" { attention() }
    if which == "all" || which == "rows" { rows() }
  }

  static func ceilings() {
    let c = MachineCeilings.measured()
    print("processor \(c.processor), \(c.cores) cores, \(c.instructionSet); OpenBLAS for \(c.vendorCoreName)")
    for i in 0..<c.cores {
      print("\(i + 1) threads: peak \(c.peakFLOPs[i]), read \(c.readBandwidth[i])")
    }
  }

  /// Median seconds of each of several things, run in turn.
  static func medians(samples: Int = 15, target: Double = 0.004, clock: clockid_t, _ runs: [() -> Void])
    -> [Double]
  {
    func now() -> Double {
      var t = timespec()
      clock_gettime(clock, &t)
      return Double(t.tv_sec) + Double(t.tv_nsec) * 1e-9
    }
    let repeats = runs.map { run in
      run()
      let start = now()
      run()
      return max(1, Int(target / max(now() - start, 1e-9)))
    }
    var times = [[Double]](repeating: [], count: runs.count)
    for _ in 0..<samples {
      for (i, run) in runs.enumerated() {
        let start = now()
        for _ in 0..<repeats[i] { run() }
        times[i].append((now() - start) / Double(repeats[i]))
      }
    }
    return times.map { $0.sorted()[$0.count / 2] }
  }

  static func filled(_ rows: Int, _ columns: Int) -> Matrix<Float> {
    let m = Matrix<Float>(rows: rows, columns: columns)
    for i in 0..<rows * columns { m.pointer[i] = Float((i &* 7919) % 251) / 251 - 0.5 }
    return m
  }

  static let shapes = [(1024, 512), (512, 512), (3072, 512), (512, 1536), (8192, 512), (2048, 1024)]

  /// `rows`: the values of m; a wide range of them when empty.
  static func gemm(rows: [Int]) {
    let standard = [1, 2, 4, 7, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]
    print("GEMM, GFLOP/s: own, OpenBLAS (\(VendorGEMM.coreName)), own BF16; ratio own/OpenBLAS")
    let one = KernelThreads(count: 1)
    VendorGEMM.setThreads(1)
    for (n, k) in shapes {
      let w = filled(n, k)
      let packed = PackedWeights(w.view)
      let half = Matrix<BFloat16>(rows: n, columns: k)
      for i in 0..<n * k { half.pointer[i] = BFloat16(w.pointer[i]) }
      let packedHalf = PackedWeights(half.view)
      for m in rows.isEmpty ? standard : rows {
        let a = filled(m, k)
        let c = Matrix<Float>(rows: m, columns: n)
        let halfA = Matrix<BFloat16>(rows: m, columns: k)
        for i in 0..<m * k { halfA.pointer[i] = BFloat16(a.pointer[i]) }
        let halfC = Matrix<BFloat16>(rows: m, columns: n)
        let t = medians(
          samples: 9, clock: CLOCK_PROCESS_CPUTIME_ID,
          [
            { Kernels.gemm(a.view, packed, into: c.view, threads: one) },
            { VendorGEMM.gemm(a.view, w.view, into: c.view) },
            { Kernels.gemm(halfA.view, packedHalf, into: halfC.view, threads: one) },
          ])
        let g = t.map { 2 * Double(m * n * k) / $0 / 1e9 }
        print("n \(n) k \(k) m \(m):", text(g[0]), text(g[1]), text(g[2]), " ratio", text(g[0] / g[1], 2))
      }
    }
  }

  /// Time against m, one thread, and the same with two: how regularly it grows.
  static func growth() {
    print("GEMM n 1024 k 512, µs by m: one thread (CPU time), two threads (wall)")
    let one = KernelThreads(count: 1)
    let two = KernelThreads(count: 2)
    let packed = PackedWeights(filled(1024, 512).view)
    for m in Array(1...33) + [48, 49, 64, 65, 100, 128, 200, 256] {
      let a = filled(m, 512)
      let c = Matrix<Float>(rows: m, columns: 1024)
      let t1 = medians(
        clock: CLOCK_PROCESS_CPUTIME_ID, [{ Kernels.gemm(a.view, packed, into: c.view, threads: one) }])
      let t2 = medians(clock: CLOCK_MONOTONIC, [{ Kernels.gemm(a.view, packed, into: c.view, threads: two) }])
      print("m \(m):", text(t1[0] * 1e6), text(t2[0] * 1e6))
    }
  }

  static func attention() {
    print(
      "attention: decode GB/s of counted bytes, of those read by a probe at the same time; prefill GFLOP/s of counted FLOPs"
    )
    let data = filled(100_000, 1000)
    for count in 1...2 {
      let threads = KernelThreads(count: count)
      let clock = count == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC
      for (heads, kvHeads, dim) in [(8, 2, 64), (16, 4, 64), (8, 8, 64), (8, 4, 32), (32, 8, 128)] {
        for format in [PagedKeyValueCache.Format.float32, .e4m3(keyScale: 0.01, valueScale: 0.01)] {
          let element = format == .float32 ? 4 : 1
          // Some 400 MB of keys and values: far beyond L3.
          let tokens = 400_000_000 / (2 * kvHeads * dim * element)
          let context = 2048
          let sequences = max(1, tokens / context)
          let blocks = sequences * context / 16
          let cache = PagedKeyValueCache(blocks: blocks, kvHeads: kvHeads, headDim: dim, format: format)
          let table = (0..<blocks).map { Int32(($0 &* 7919) % blocks) }
          let chunk = filled(16, kvHeads * dim)
          for b in 0..<blocks {
            Kernels.kvCacheWrite(
              k: chunk.view, v: chunk.view, slots: (0..<16).map { Int32(b * 16 + $0) }, into: cache,
              threads: threads)
          }
          let q = filled(max(sequences, 512), heads * dim)
          let o = Matrix<Float>(rows: q.rows, columns: heads * dim)
          table.withUnsafeBufferPointer { table in
            guard let start = table.baseAddress else { return }
            let decoding = (0..<sequences).map {
              AttentionSequence(
                firstRow: $0, newTokens: 1, cachedTokens: context - 1, blockTable: start + $0 * context / 16)
            }
            var work = CountedWork.zero
            var bytesRead = CountedWork.zero
            let t = medians(
              samples: 7, clock: clock,
              [
                {
                  work = Kernels.decodeAttention(
                    q.view, decoding, cache: cache, scale: 0.1, into: o.view, threads: threads)
                }, { bytesRead = MachineCeilings.read(data.view, threads: threads) },
              ])
            let decode = work.bytes.value / t[0] / 1e9
            let read = bytesRead.bytes.value / t[1] / 1e9
            var rates: [Double] = []
            for (n, cached) in [(256, 0), (512, 0), (64, 960), (256, 1792)] {
              var done = CountedWork.zero
              let it = [AttentionSequence(firstRow: 0, newTokens: n, cachedTokens: cached, blockTable: start)]
              let t = medians(
                samples: 7, clock: clock,
                [
                  {
                    done = Kernels.prefillAttention(
                      q.view, it, cache: cache, scale: 0.1, into: o.view, threads: threads)
                  }
                ])[0]
              rates.append(done.flops.value / t / 1e9)
            }
            print(
              "\(count) threads, \(heads)/\(kvHeads) heads of \(dim), \(element) bytes: decode",
              text(decode), "of", text(read), " prefill 256, 512, 960+64, 1792+256:",
              rates.map { text($0) }.joined(separator: " "))
          }
        }
      }
    }
  }

  static func rows() {
    print("row kernels, one thread, GB/s of counted bytes: m 1, 16, 256")
    let threads = KernelThreads(count: 1)
    let h = 512
    let weight = [Float](repeating: 1, count: h)
    let table = RotaryTable(positions: 4096, headDim: 64, theta: 10_000)
    let names = ["rms_norm", "silu_mul", "rotary", "kv_cache_write", "gather_rows", "argmax", "quantize"]
    for (i, name) in names.enumerated() {
      var rates: [String] = []
      for m in [1, 16, 256] {
        let x = filled(m, h)
        let r = filled(m, h)
        let y = filled(m, h)
        let gateUp = filled(m, 4096)
        let half = filled(m, 2048)
        let q = filled(m, 256)
        let k = filled(m, 128)
        let v = filled(m, 128)
        let codes = Matrix<Float8E4M3>(rows: m, columns: h)
        let positions = (0..<m).map { Int32($0) }
        let cache = PagedKeyValueCache(blocks: 64, kvHeads: 2, headDim: 64)
        var tokens = [Int32](repeating: 0, count: m)
        var work = CountedWork.zero
        let run: () -> Void = {
          work =
            switch i {
            case 0:
              Kernels.rmsNorm(
                adding: x.view, to: r.view, weight: weight, epsilon: 1e-5, into: y.view, threads: threads)
            case 1: Kernels.siluMul(gateUp.view, into: half.view, threads: threads)
            case 2:
              Kernels.rotary(
                x.view, positions: positions, table: table, q: q.view, k: k.view, v: v.view, threads: threads)
            case 3:
              Kernels.kvCacheWrite(k: k.view, v: v.view, slots: positions, into: cache, threads: threads)
            case 4: Kernels.gatherRows(of: x.view, at: positions, into: y.view, threads: threads)
            case 5: Kernels.argmax(gateUp.view, into: &tokens, threads: threads)
            default: Kernels.quantize(x.view, scale: 0.1, into: codes.view, threads: threads)
            }
        }
        let t = medians(clock: CLOCK_PROCESS_CPUTIME_ID, [run])[0]
        rates.append("\(text(work.bytes.value / t / 1e9)) (\(text(t * 1e6, 2)) µs)")
      }
      print("\(name):", rates.joined(separator: "  "))
    }
  }

  static func text(_ x: Double, _ digits: Int = 1) -> String {
    let scale = digits == 1 ? 10.0 : 100.0
    return String((x * scale).rounded() / scale)
  }
}
