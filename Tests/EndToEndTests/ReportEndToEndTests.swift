import Foundation
import Testing

/// `swiftkv-sim report` as a user runs it.
@Suite struct ReportEndToEndTests {
  @Test("A page is one file, the same bytes each time, and the command in it makes it again")
  func page() throws {
    let program = try Program()
    defer { program.remove() }
    let options = ["--variant", "baseline,swiftkv-50", "--set", "workload.output_tokens=8"]
    let result = try program.run(["report", "tiny.yaml"] + options)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.isEmpty && result.errors.contains("report: report.html"))
    #expect(try program.made() == ["report.html"])
    let page = try program.read("report.html")
    #expect(page.hasPrefix("<!doctype html>") && page.hasSuffix("</html>\n"))
    #expect(page.contains("1970-01-01 00:00 UTC"))

    // What stands in the page, done as it says: the scenario saved, the command run.
    func code(_ label: String) throws -> String {
      let text = try #require(page.firstRange(of: "<pre aria-label=\"\(label)\" role=\"region\"><code>"))
      let rest = page[text.upperBound...]
      let end = try #require(rest.firstRange(of: "</code>"))
      return String(rest[..<end.lowerBound]).replacing("&gt;", with: ">").replacing("&lt;", with: "<")
        .replacing(
          "&#39;", with: "'"
        )
        .replacing("&quot;", with: "\"").replacing("&amp;", with: "&")
    }
    let words = try code("Command").split(separator: " ").dropFirst().map(String.init)
    try program.write(code("Scenario"), to: words[1])
    let again = try program.run(words + ["--output", "again.html", "--threads", "1", "--quiet"])
    #expect(again.status == 0 && again.errors.isEmpty, "\(again.errors)")
    #expect(try program.read("again.html") == page)
  }

  @Test("What cannot be asked or written is said before anything is simulated, and leaves no file")
  func badInput() throws {
    let program = try Program()
    defer { program.remove() }
    func expect(
      _ status: Int32, _ message: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws {
      let result = try program.run(["report"] + arguments, environment: environment)
      #expect(result.status == status, "\(arguments)")
      #expect(result.errors.contains(message), "\(result.errors)")
    }
    try expect(2, "objective: none given", ["tiny.yaml", "--set", "objective=null"])
    try expect(2, "did you mean max_num_seqs", ["wrong.yaml"])
    try expect(2, "unknown variant", ["tiny.yaml", "--variant", "swiftly"])
    try expect(2, "is read by this run", ["tiny.yaml", "--output", "tiny.yaml"])
    try expect(2, "the name is empty", ["tiny.yaml", "--output", ""])
    try expect(2, "does not fit", ["tiny.yaml", "--set", "model=meta-llama/Llama-3.1-70B-Instruct"])
    try expect(1, "there is no folder 'missing'", ["tiny.yaml", "--output", "missing/page.html"])
    try expect(1, "it is a folder", ["tiny.yaml", "--output", "."])
    try expect(1, "gnuplot-nox", ["tiny.yaml"], environment: ["PATH": "/nonexistent"])
    #expect(try program.made().isEmpty)
  }

  @Test("Ctrl-C leaves the page that was there")
  func interrupted() throws {
    let program = try Program()
    defer { program.remove() }
    try program.write("old", to: "report.html")
    let started = try program.start([
      "report", "tiny.yaml", "--threads", "1", "--set", "workload.num_requests=200000",
    ])
    // It watches for the signal from before the first simulation on; the folder shows nothing of it.
    usleep(1_500_000)
    kill(started.process.processIdentifier, SIGINT)
    started.process.waitUntilExit()
    let result = try started.outcome()
    #expect(started.process.terminationReason == .exit)
    #expect(result.status == 130)
    #expect(result.errors.contains("interrupted: no page was written"))
    #expect(try program.read("report.html") == "old")
    #expect(try program.made() == ["report.html"])
  }
}
