import Foundation
import Testing

/// Commands that simulate nothing.
@Suite struct CatalogueEndToEndTests {
  @Test("Help names every command, shows examples, and goes to standard output")
  func help() throws {
    let program = try Program()
    defer { program.remove() }
    let help = try program.run("--help")
    #expect(help.status == 0)
    #expect(help.errors.isEmpty)
    for command in ["run", "compare", "inspect", "models", "devices", "plot", "runs"] {
      #expect(help.output.contains("  \(command) "))
      let own = try program.run(command, "--help")
      #expect(own.status == 0)
      #expect(own.output.contains("swiftkv-sim \(command)"), "\(command) --help has no example")
    }
    #expect(help.output.contains("--generate-completion-script"))
  }

  @Test("The version is one line and nothing else")
  func version() throws {
    let program = try Program()
    defer { program.remove() }
    let version = try program.run("--version")
    #expect(version.status == 0)
    #expect(version.output.wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil)
  }

  @Test("Completion scripts offer variants and files", arguments: ["bash", "zsh", "fish"])
  func completion(shell: String) throws {
    let program = try Program()
    defer { program.remove() }
    let script = try program.run("--generate-completion-script", shell)
    #expect(script.status == 0)
    #expect(script.output.contains("swiftkv-50-across2-fp8kv"))
    #expect(script.output.contains("yaml"))
  }

  @Test("models lists what a scenario can name, and searches")
  func models() throws {
    let program = try Program()
    defer { program.remove() }
    let all = try program.run("models")
    #expect(all.status == 0)
    #expect(all.output.contains("meta-llama/Llama-3.1-8B-Instruct"))
    let found = try program.run("models", "LLAMA-3.1-8b-inst")
    #expect(found.output.contains("8.030"))
    #expect(found.output.contains("131,072"))
    let none = try program.run("models", "gpt-9")
    #expect(none.status == 2)
    #expect(none.errors.contains("gpt-9"))
  }

  @Test("devices says which GPUs can be simulated")
  func devices() throws {
    let program = try Program()
    defer { program.remove() }
    let devices = try program.run("devices")
    #expect(devices.status == 0)
    let lines = devices.output.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("H100-SXM-80GB") && $0.contains("yes") })
    #expect(lines.contains { $0.hasPrefix("A100-SXM-40GB") && $0.contains("not calibrated") })
  }

  @Test("inspect shows plan, memory and kernels without simulating or storing anything")
  func inspect() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run(
      "inspect", "tiny.yaml", "--variant", "baseline,swiftkv-50,swiftkv-50-across2", "--kernels", "prefill")
    #expect(result.status == 0, "\(result.errors)")
    for text in ["13.96", "7.248", "131,072", "98,304", "kv_proj (later layers)", "projections"] {
      #expect(result.output.contains(text), "\(text) is missing")
    }
    #expect(try program.made().isEmpty)
  }

  @Test(
    "Wrong usage has status 2, a message on standard error, and nothing on standard output",
    arguments: [
      ["run"], ["compare"], ["fly"], ["run", "tiny.yaml", "--seed", "x"],
      ["run", "tiny.yaml", "--threads", "0"],
      ["run", "tiny.yaml", "--goodput", "ttft"], ["run", "tiny.yaml", "--goodput", "itl:3"],
      ["run", "tiny.yaml", "--goodput", "ttft:nan"], ["run", "tiny.yaml", "--percentile-metrics", "ttfx"],
      ["run", "tiny.yaml", "--metric-percentiles", "101"],
      ["run", "tiny.yaml", "--db", ""], ["run", "missing.yaml"],
      ["compare", "tiny.yaml", "--variant", "swiftkv-200"],
      ["compare", "tiny.yaml", "--variant", "baseline,baseline"], ["run", "tiny.yaml", "--variant", "a,b"],
      ["inspect", "tiny.yaml", "--kernels", "some"], ["runs", "show", "x"], ["plot", "--format", "gif"],
      ["plot", "tiny.yaml", "--figure", "no-such"], ["plot", "--figure", "pareto"],
      ["plot", "tiny.yaml", "--run", "1"], ["plot", "tiny.yaml", "tiny.yaml"], ["plot", "missing.yaml"],
      ["plot", "tiny.yaml", "--replications", "1"],
    ])
  func wrongUsage(arguments: [String]) throws {
    let program = try Program()
    defer { program.remove() }
    let started = try program.start(arguments)
    started.process.waitUntilExit()
    let result = try started.outcome()
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    #expect(!result.errors.isEmpty)
    #expect(try program.made().isEmpty, "something was written")
  }

  @Test("Every problem of a scenario is reported at once, and before anything is made")
  func wrongScenario() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run("run", "wrong.yaml", "--set", "engine.block_size=big")
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    for text in [
      "max_num_seq", "max_num_seqs", "gpu_memory_utilization", "num_requests", "request_rate",
      "output_tokens",
      "block_size",
    ] {
      #expect(result.errors.contains(text), "\(text) is not mentioned in:\n\(result.errors)")
    }
    #expect(try program.made().isEmpty)
  }

  @Test("Stored runs of a database that is not there: told so, and none is made")
  func noDatabase() throws {
    let program = try Program()
    defer { program.remove() }
    for command in [["runs"], ["runs", "show", "1"], ["plot"]] {
      let started = try program.start(command)
      started.process.waitUntilExit()
      let result = try started.outcome()
      #expect(result.status == 2)
      #expect(result.errors.contains("results/swiftkv.sqlite"))
    }
    #expect(try program.made().isEmpty)
  }
}
