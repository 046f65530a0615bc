import Calibration
import Foundation
import Quantities
import ReferenceKernels
import Testing

@testable import Measuring

@Suite("measuring this machine") struct MeasuringTests {
  @Test("a timer gives the median of equal samples and their spread") func timer() {
    var timer = KernelTimer()
    (timer.warmUp, timer.leastSample, timer.wanted, timer.most) = (1e-4, 1e-5, 2e-3, 0.05)
    var repetitions: [Int] = []
    let timing = timer.time { i in
      repetitions.append(i)
      usleep(100)
    }
    #expect(timing.median.value >= 100e-6 && timing.median.value < 50e-3)
    #expect(timing.spread >= 0 && timing.samples >= 3)
    #expect(repetitions == Array(0..<repetitions.count))
  }

  @Test("every point of the grid is measured once, in its kernel's domain, and its table can be read")
  func grid() {
    let points = KernelGrid.points
    #expect(Set(points).count == points.count)
    for table in MeasuredTable.allCases {
      let own = points.filter { $0.table == table }
      #expect(own.count >= 20, "\(table)")
      #expect(own.allSatisfy { $0.key.count == table.keyColumns.count })
    }
    for point in points {
      guard case .gemm(_, let n, let k, let bytes) = point.work else { continue }
      #expect(n >= 128 && k >= 128 && bytes >= 4 * n * k)
    }
  }

  @Test("small points of each kind run and count what the kernel's shape says") func bench() {
    var timer = KernelTimer()
    (timer.warmUp, timer.leastSample, timer.wanted, timer.most, timer.leastSamples) = (
      1e-5, 1e-6, 1e-5, 1e-3, 1
    )
    let bench = KernelBench(threads: KernelThreads(count: 1), timer: timer)
    func work(_ work: KernelPoint.Work) -> CountedWork { bench.measure(KernelPoint(work: work)).work }
    #expect(work(.gemm(m: 3, n: 70, k: 9, workingSet: 4096)).flops == 3780)  // 2 · 3 · 70 · 9
    #expect(
      work(.decode(batch: 2, context: 20, heads: 4, keyValueHeads: 2, headDim: 8, workingSet: 0)).flops
        == 5120)
    #expect(
      work(.prefill(batch: 1, new: 5, cached: 3, heads: 4, keyValueHeads: 2, headDim: 8)).flops == 3840)
    for kernel in KernelPoint.ElementwiseKernel.allCases {
      #expect(work(.elementwise(kernel, rows: 3, width: 64)).bytes > 0, "\(kernel)")
    }
  }

  @Test("a journal keeps whole lines of the same measurement, and begins anew for another") func journal()
    throws
  {
    let folder = NSTemporaryDirectory() + "journal-\(UUID())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var first = try MeasurementJournal(folder: folder, signature: "machine A")
    try first.record("gemm,1,2,3", ["4.5", "0.01", "12", "24"])
    let path = folder + "/" + MeasurementJournal.fileName
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("gemm,9,9,9\t7.".utf8))
    try handle.close()
    let again = try MeasurementJournal(folder: folder, signature: "machine A")
    #expect(again["gemm,1,2,3"] == ["4.5", "0.01", "12", "24"] && again["gemm,9,9,9"] == nil)
    let other = try MeasurementJournal(folder: folder, signature: "machine B")
    #expect(other["gemm,1,2,3"] == nil)
    other.remove()
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("states are as far apart as the probe that differs most") func states() {
    #expect(abs(MachineProbe.distance([1, 2, 4], [1, 2, 4])) < 1e-12)
    #expect(abs(MachineProbe.distance([1, 2, 4], [1.1, 2, 3.2]) - 0.25) < 1e-12)
    #expect(MachineProbe.median([[1, 9], [3, 7], [2, 8]]) == [2, 8])
  }

  @Test("a machine too busy to be measured is told so, with what was found and what is allowed") func noise()
  {
    let noisy = MeasurementError.noisy(share: 0.2).description
    #expect(noisy.contains("20 % of the results") && noisy.contains("8 % are allowed"))
    let unsteady = MeasurementError.unsteady(share: 0.5).description
    #expect(unsteady.contains("50 % of the results") && unsteady.contains("8 % are allowed"))
  }

  @Test("steps of the live engine are rows that the table reads back") func steps() throws {
    let run = try #require(StepMeasurement.runs.first)
    let row = StepTable.Row(
      model: run.model, variant: run.variant, decodeSequences: 3, decodeContext: 99, prefillChunks: 1,
      prefillTokens: 7, prefillContext: 9, prefillPairs: 42, time: 123.456e-6)
    let path = NSTemporaryDirectory() + "steps-\(UUID()).csv"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try StepTable(source: "steps.csv", rows: [row]).csv.write(toFile: path, atomically: true, encoding: .utf8)
    let read = try StepTable(path: path).rows
    #expect(read.count == 1 && read[0].decodeContext == 99 && read[0].prefillPairs == 42)
    #expect(abs(read[0].time.value - 123.456e-6) < 1e-12)
  }
}
