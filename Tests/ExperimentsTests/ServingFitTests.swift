import Foundation
import Hardware
import Metrics
import Quantities
import Serving
import Testing

@testable import Experiments

/// Runs that a simulation with known terms made up: the fit must find the terms again.
@Suite("serving fit") struct ServingFitTests {
  private let manifest = """
    [{"file": "a.csv", "model": "meta-llama/Llama-3.1-8B", "gpu": "H100-SXM-80GB", "tensor_parallel_size": 1,
      "dtype": "bfloat16", "max_num_batched_tokens": 2048, "max_num_seqs": 64, "block_size": 16,
      "num_gpu_blocks": 20000, "vllm": "0.15.1", "enable_prefix_caching": true, "enable_chunked_prefill": true,
      "prompt_pool": null, "max_concurrency": null, "client_capped": false, "failed": 0,
      "stages": [{"rate": 4, "num_requests": 60}]}]
    """

  private func inFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("fit-\(UUID().uuidString)")
      .path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data(manifest.utf8).write(to: URL(filePath: folder + "/manifest.json"))
    return try body(folder)
  }

  private func write(_ folder: String, _ latencies: (Int) -> (ttft: Double, e2e: Double)) throws {
    let rows = (0..<60).map { i in
      let (ttft, e2e) = latencies(i)
      return
        "\(Double(i) * 0.25 + Double(i % 7) * 0.02),\(300 + 40 * (i % 30)),\(40 + i % 20),\(i),1,\(ttft),\(e2e)"
    }
    let text =
      "arrival_s,prompt_tokens,output_tokens,prompt_id,ok,ttft_s,e2e_s\n" + rows.joined(separator: "\n")
    try Data(text.utf8).write(to: URL(filePath: folder + "/a.csv"))
  }

  @Test("terms that made the runs are found again, from other starting values") func recovers() throws {
    try inFolder { folder in
      try write(folder) { _ in (1, 2) }
      var truth = try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
      truth.host.frontEnd = 0.009
      truth.host.perStep = 500e-6
      let replay = try #require(try Validation(folder: folder).replays.first)
      let record = try #require(try replay.simulate(on: truth).first)
      try write(folder) { i in
        (record.requests[i].ttft?.value ?? 0, record.requests[i].e2e?.value ?? 0)
      }
      let base = try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
      let fit = try ServingFit(Validation(folder: folder), base: base)
      let loss = fit.measuredLoss(without: nil)
      #expect(try loss(truth) < 1e-9)
      let terms = ServingFit.measuredTerms.filter {
        ["host.front_end", "host.per_step"].contains($0.name)
      }
      let fitted = try #require(try fit.fit(terms, from: base, loss: loss))
      let (before, after) = (try loss(base), try loss(fitted))
      #expect(after < 0.01 && after < before / 4, "\(after), before \(before)")
      #expect(abs(fitted.host.frontEnd / truth.host.frontEnd - 1) < 0.1, "the prior pulls a little")
      #expect(abs(fitted.host.perStep / truth.host.perStep - 1) < 0.2)
      #expect(try fit.fit(terms, from: base, progress: { _ in false }, loss: loss) == nil, "stopped")
    }
  }

  @Test("a folder without a run on the device is refused") func otherDevice() throws {
    try inFolder { folder in
      try write(folder) { _ in (1, 2) }
      let validation = try Validation(folder: folder)
      let other = try #require(DeviceProfile.calibrated("H200-SXM-141GB"))
      let error = #expect(throws: MeasuredDataError.self) { _ = try ServingFit(validation, base: other) }
      #expect(
        error?.description
          == "no run to fit to: runs on H200-SXM-141GB without failed requests are needed; found are runs on H100-SXM-80GB"
      )
    }
  }
}
