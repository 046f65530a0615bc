import Foundation
import Testing

/// What can go wrong before anything is measured: measuring itself takes a quiet machine and an optimised build.
@Suite("measuring and serving for real, from the command line") struct LiveEndToEndTests {
  @Test("bad live options are all named, with what is allowed") func options() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run(
      "validate", "--live", "--profile", "H100-SXM-80GB", "--model", "llama-3.1-8b", "--variant",
      "fast,baseline,baseline", "--loads", "0,nan,50,50", "--repeats", "0", "--duration", "nan")
    #expect(result.status == 2 && result.output.isEmpty)
    for text in [
      "--profile: H100-SXM-80GB is a GPU; a processor's profile is needed", "--model: found 'llama-3.1-8b'",
      "--variant: 'fast': unknown variant", "--variant: 'baseline' stands twice", "--loads: found '0'",
      "--loads: found 'nan'", "--repeats: found 0; allowed are 1 to 100", "--duration: found nan",
    ] {
      #expect(result.errors.contains(text), "\(text) in \(result.errors)")
    }
  }

  @Test("options of one way of validating are refused in the other") func mixed() throws {
    let program = try Program()
    defer { program.remove() }
    let wrong = [
      ["validate", "--loads", "20"], ["validate", "--live", "folder"], ["validate", "--plots", "x"],
      ["validate", "--live", "--report", "x.md"], ["calibrate", "measure"],
      ["calibrate", "measure", "x", "--threads", "0"],
    ]
    for arguments in wrong {
      let process = try program.start(arguments)
      process.process.waitUntilExit()
      let result = try process.outcome()
      #expect(result.status == 2 && !result.errors.isEmpty && result.output.isEmpty, "\(arguments)")
    }
    #expect(try program.made().isEmpty)
  }
}
