import Foundation
import Testing

/// 'swiftkv-sim capacity' as a user runs it.
@Suite struct CapacityEndToEndTests {
  @Test("Tables, JSON and CSV of one search; a second one writes the same bytes")
  func answer() throws {
    let program = try Program()
    defer { program.remove() }
    let arguments = [
      "capacity", "tiny.yaml", "--replications", "2", "--target-rate", "100", "--traffic", "day",
      "--gpu-price", "2.5", "--json", "a.json", "--csv", "a.csv",
    ]
    let outcome = try program.run(arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    for word in [
      "carries", "per replica within ttft_p99 ≤ 2 s", "binds", "$/M input", "for 100 req/s", "14:00",
    ] {
      #expect(outcome.output.contains(word), "\(word) in \(outcome.output)")
    }
    let object = try JSONSerialization.jsonObject(with: Data(try program.read("a.json").utf8))
    let study = try #require((object as? [String: Any])?["study"] as? [String: Any])
    #expect((study["variants"] as? [Any])?.count == 2)
    #expect(try program.read("a.csv").split(whereSeparator: \.isNewline).count == 3)
    let first = try program.read("a.json")
    #expect(try program.run(arguments + ["--threads", "1"]).status == 0)
    #expect(try program.read("a.json") == first)
    let piped = try program.run("capacity", "tiny.yaml", "--replications", "2", "--no-gains", "--json", "-")
    #expect(piped.status == 0 && piped.output.hasPrefix("{"))
  }

  @Test(
    "Bad options end with status 2 and say which",
    arguments: [
      (["--target-rate", "0"], "--target-rate"), (["--target-rate", "nan"], "--target-rate"),
      (["--headroom", "1"], "--headroom"), (["--gpu-price", "-2"], "--gpu-price"),
      (["--traffic", "day"], "needs --target-rate"), (["--traffic", "missing.csv"], "no such file"),
      (["--traffic", ""], "empty"), (["--start-up", "soon"], "--start-up"),
      (["--start-up", "-3 s"], "--start-up"), (["--goodput", "ttft"], "--goodput"),
      (["--goodput-share", "0.9"], "needs --goodput"),
      (["--goodput-share", "1.2", "--goodput", "ttft:500"], "--goodput-share"),
      (["--replications", "1"], "--replications"), (["--tolerance", "0"], "--tolerance"),
      (["--threads", "0"], "--threads"), (["--variant", "swiftkv-"], "--variant"),
      (["--json", ""], "--json"), (["--csv", "-"], "--csv"), (["--json", "tiny.yaml"], "--json"),
      (["--set", "objective=null"], "objective: missing"),
      (["--set", "workload.num_requests=500000"], "workload.num_requests"),
    ])
  func badOptions(options: [String], message: String) throws {
    let program = try Program()
    defer { program.remove() }
    let outcome = try program.run(["capacity", "tiny.yaml"] + options)
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(try program.made().isEmpty)
  }
}
