import Foundation
import Testing

/// `calibrate fit`, `calibrate check`, and profiles where a scenario or a command names a device.
@Suite struct CalibrationEndToEndTests {
  /// All-reduce over links of 100 GB/s, with one outlier.
  private static let table: String = {
    var lines = ["bytes,gpus,impl,latency_us"]
    for gpus in [2, 4, 8] {
      for power in 8..<30 {
        let bytes = 1 << power
        let ring = bytes > 8 << 20
        let time = (ring ? 50.0 : 5) + Double(bytes) * Double(gpus - 1) / Double(gpus) * 2 / 100e3
        lines.append("\(bytes),\(gpus),\(ring ? "nccl_half" : "vllm_graph"),\(time)")
      }
    }
    return lines.joined(separator: "\r\n") + "\r\n"
  }()

  private static let device = """
    name: My GPU
    architecture: hopper
    bf16: 400 TFLOP/s
    visible_memory: 40 GiB
    memory_bandwidth: 1.5 TB/s
    link_bandwidth: 120 GB/s
    l2_cache: 40 MB
    streaming_multiprocessors: 100

    """

  private func program() throws -> Program {
    let program = try Program()
    try FileManager.default.createDirectory(
      at: program.folder.appending(path: "kernels"), withIntermediateDirectories: true)
    try program.write(Self.table, to: "kernels/allreduce.csv")
    try program.write(Self.device, to: "gpu.yaml")
    return program
  }

  @Test("a profile is fitted, checked, shown and used; the same on any number of threads")
  func whole() throws {
    let program = try program()
    defer { program.remove() }
    let fit = try program.run(
      "calibrate", "fit", "kernels", "--device", "gpu.yaml", "--source", "made up", "--output", "my.yaml",
      "--json", "fit.json", "--threads", "1")
    #expect(fit.status == 0, "\(fit.errors)")
    #expect(fit.output.contains("all_reduce") && fit.output.contains("allreduce.csv, made up"))
    let text = try program.read("my.yaml")
    #expect(
      text.contains(
        "command: swiftkv-sim calibrate fit kernels --device gpu.yaml --source \"made up\" --output my.yaml"))
    #expect(text.contains("not measured; taken over from H100-SXM-80GB, rates scaled with the datasheets"))
    #expect(!text.contains("gemm_fp8"))
    #expect(try program.read("fit.json").contains("\"held_out_points\" : 16"))
    let again = try program.run(
      "calibrate", "fit", "kernels", "--device", "gpu.yaml", "--source", "made up", "--output", "my.yaml",
      "--threads", "3", "-q")
    #expect(again.status == 0 && again.output.isEmpty)
    #expect(try program.read("my.yaml") == text)

    let check = try program.run(
      "calibrate", "check", "--profile", "my.yaml", "--table", "kernels/allreduce.csv", "--json",
      "check.json",
      "--plots", "plots")
    #expect(check.status == 0, "\(check.errors)")
    #expect(check.output.contains("up to 8 MiB") && check.output.contains("above 8 MiB"))
    #expect(try program.read("check.json").contains("\"median_error_percent\""))
    #expect(program.exists("plots/calibration-my-gpu-all-reduce.svg"))

    let shown = try program.run("devices", "my.yaml")
    #expect(shown.output.hasPrefix(text))
    let used = try program.run("inspect", "tiny.yaml", "--set", "hardware.gpu=my.yaml")
    #expect(used.status == 0, "\(used.errors)")
    #expect(used.output.contains("My GPU"))
  }

  @Test(
    "a scenario takes the path of a profile, relative to its own folder; what is wrong in it is said with its line"
  )
  func scenario() throws {
    let program = try program()
    defer { program.remove() }
    let h100 = try program.run("devices", "H100-SXM-80GB").output
    let profile = try #require(h100.components(separatedBy: "\n\nkernel").first)
    try program.write(
      profile.replacing("name: H100-SXM-80GB", with: "name: Mine") + "\n", to: "kernels/mine.yaml")
    let tiny = try #require(Program.scenarios["tiny.yaml"])
    try program.write(tiny.replacing("H100-SXM-80GB", with: "mine.yaml"), to: "kernels/tiny.yaml")
    let good = try program.run("inspect", "kernels/tiny.yaml")
    #expect(good.status == 0, "\(good.errors)")
    #expect(good.output.contains("1 × Mine"))
    try program.write(profile.replacing("989 TFLOP/s", with: "989 GB/s"), to: "kernels/mine.yaml")
    let bad = try program.run("inspect", "kernels/tiny.yaml")
    #expect(bad.status == 2)
    #expect(
      bad.errors.contains("hardware.gpu: kernels/mine.yaml:9: device.bf16: found '989 GB/s': unknown unit"))
  }

  @Test("FP8 on a device without it is an error that says what is allowed")
  func precision() throws {
    let program = try program()
    defer { program.remove() }
    let result = try program.run(
      "run", "tiny.yaml", "--set", "hardware.gpu=A100-SXM-80GB", "--set", "engine.quantization=fp8", "--set",
      "engine.kv_cache_dtype=fp8")
    #expect(result.status == 2)
    #expect(result.errors.contains("A100-SXM-80GB has no calibrated FP8 GEMM; allowed are 16-bit weights"))
    #expect(result.errors.contains("allowed for kv_cache_dtype are auto, bfloat16, float16"))
    #expect(try program.run("inspect", "tiny.yaml", "--set", "hardware.gpu=A100-SXM-80GB").status == 0)
  }

  @Test(
    "wrong usage and bad input have status 2 and write nothing",
    arguments: [
      (["fit", "nowhere", "--device", "gpu.yaml", "--output", "o.yaml"], "nowhere: no such folder"),
      (
        ["fit", ".", "--device", "gpu.yaml", "--output", "o.yaml"],
        "no kernel tables; looked for gemm_bf16.csv"
      ),
      (["fit", "kernels", "--device", "H100", "--output", "o.yaml"], "did you mean H100-SXM-80GB?"),
      (["fit", "kernels", "--device", "no.yaml", "--output", "o.yaml"], "no.yaml: no such file"),
      (
        ["fit", "kernels", "--device", "gpu.yaml", "--base", "H300", "--output", "o.yaml"],
        "--base: 'H300' is not known"
      ),
      (
        ["fit", "kernels", "--device", "gpu.yaml", "--prefix", "x_", "--output", "o.yaml"],
        "looked for x_gemm_bf16.csv"
      ),
      (["fit", "kernels", "--device", "gpu.yaml", "--output", "gpu.yaml"], "'gpu.yaml' is read by this run"),
      (
        ["fit", "kernels", "--device", "gpu.yaml", "--output", "o.yaml", "--json", "o.yaml"],
        "is the file of --output, too"
      ),
      (["fit", "kernels", "--device", "gpu.yaml"], "--output"),
      (
        ["check", "--profile", "tiny.yaml", "--table", "kernels/allreduce.csv"],
        "tiny.yaml:1: name: unknown key"
      ),
      (["check", "--profile", "H100-SXM-80GB", "--table", "tiny.yaml"], "no known kernel table"),
      (["check", "--profile", "H100-SXM-80GB", "--table", "none.csv"], "none.csv: no such file"),
      (
        ["check", "--profile", "H100-SXM-80GB", "--table", "t.csv", "--kernel", "gemm"],
        "none of gemm_bf16, gemm_fp8"
      ),
    ])
  func wrong(arguments: [String], message: String) throws {
    let program = try program()
    defer { program.remove() }
    let started = try program.start(["calibrate"] + arguments)
    started.process.waitUntilExit()
    let result = try started.outcome()
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(try program.made() == ["gpu.yaml", "kernels"])
    #expect(try program.read("gpu.yaml") == Self.device)
  }

  @Test("a folder that cannot be written ends the fit at once")
  func unwritable() throws {
    let program = try program()
    defer { program.remove() }
    let result = try program.run(
      "calibrate", "fit", "kernels", "--device", "gpu.yaml", "--output", "no/o.yaml")
    #expect(result.status == 1)
    #expect(result.errors.contains("there is no folder 'no'"))
  }
}
