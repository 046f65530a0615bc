import Foundation
import InputFiles
import Testing

@testable import Hardware

/// Bad input: each message is asserted as the user reads it.
@Suite("profile files: what is wrong") struct ProfileProblemTests {
  /// Problems of a shipped file after some replacements.
  private func problems(_ replacements: (String, String)...) throws -> [String] {
    var text = try shippedText("H100-SXM-80GB")
    for (old, new) in replacements {
      let range = try #require(text.range(of: old), "no '\(old)' in the file")
      text.replaceSubrange(range, with: new)
    }
    return problems(text)
  }

  private func problems(_ text: String) -> [String] {
    do throws(InputError) {
      _ = try DeviceProfile(yaml: text, file: "p.yaml")
      return []
    } catch {
      return error.problems.map { $0.description.replacing(#/p\.yaml:\d+/#, with: "p.yaml:N") }
    }
  }

  @Test("values: no unit, another unit, no number, nan, infinite, negative, zero where a rate is needed")
  func values() throws {
    func value(_ text: String) throws -> [String] { try problems((#"bf16: 989 TFLOP/s"#, "bf16: \(text)")) }
    let wanted = "a number with a unit is needed, as in 882.3 TFLOP/s"
    let start = "p.yaml:N: device.bf16: found "
    #expect(try value("989") == [start + "'989'; \(wanted)"])
    #expect(
      try value("many") == [
        start + "'many' is not a number with a unit (PFLOP/s, TFLOP/s, GFLOP/s, MFLOP/s, FLOP/s); \(wanted)"
      ])
    #expect(try value("3 GB").first?.contains("unknown unit 'GB'; use one of PFLOP/s") == true)
    #expect(try value(".nan") == [start + "'.nan'; \(wanted)"])
    #expect(try value("nan TFLOP/s").count == 1)
    #expect(try value("-5 TFLOP/s") == [start + "'-5 TFLOP/s'; allowed are values above 0"])
    #expect(try value("0 TFLOP/s") == [start + "'0 TFLOP/s'; allowed are values above 0"])
    #expect(try value("1e999 TFLOP/s") == [start + "'1e999 TFLOP/s'; allowed are values above 0"])
    #expect(try value("[1]") == [start + "a list; \(wanted)"])
    #expect(try value("") == ["p.yaml:N: device.bf16: missing; \(wanted)"])
    #expect(
      try problems(("  slowdown: 1", "  slowdown: 0.9 #"))
        == ["p.yaml:N: serving.slowdown: found '0.9'; allowed are values 1 or above"])
    #expect(
      try problems(("  slowdown: 1", "  slowdown: 1.13 ms #"))
        == ["p.yaml:N: serving.slowdown: found '1.13 ms'; a number is needed"])
    #expect(
      try problems(("streaming_multiprocessors: 132", "streaming_multiprocessors: 0.5"))
        == [
          "p.yaml:N: device.streaming_multiprocessors: found '0.5'; allowed are whole numbers from 1 to 100,000"
        ])
  }

  @Test("unknown and missing keys and sections, all at once, in order of lines")
  func keys() throws {
    let found = try problems(
      ("  name: H100-SXM-80GB\n", ""), ("\nelementwise:", "\nelementwize:"), ("  graphs:", "  graphz:"),
      ("source: three", "sauce: three"))
    #expect(
      found == [
        "p.yaml:N: device.name: missing; a line of text",
        "p.yaml:N: elementwize: unknown key; did you mean elementwise?",
        "p.yaml:N: memory.graphs: missing; a number with a unit is needed, as in 281 MB",
        "p.yaml:N: memory.graphz: unknown key; did you mean graphs?",
        "p.yaml:N: memory.fit.sauce: unknown key; did you mean source?",
        "p.yaml:N: memory.fit.source: missing; a line of text",
        "p.yaml: elementwise: missing; a section with the keys launch, bandwidth, fit",
      ])
    #expect(try problems(("  fit:\n    source: launch", "  fat:\n    source: launch")).count == 2)
  }

  @Test("FP8 sections may be absent, the others may not")
  func absent() throws {
    let text = try shippedText("H100-SXM-80GB")
    let parts = text.components(separatedBy: "\n# ")
    func without(_ key: String) -> String {
      parts.filter { !$0.contains("\n\(key):") }.joined(separator: "\n# ")
    }
    for key in ["gemm_fp8", "attention_prefill_fp8", "attention_decode_fp8"] {
      #expect(problems(without(key)) == [])
    }
    #expect(problems(without("attention_decode_bf16")).count == 1)
    #expect(problems(without("host")).count == 1)
  }

  @Test("what is no profile at all")
  func noProfile() {
    #expect(
      problems("").first?.hasPrefix("p.yaml: empty; a device has the keys command, device, gemm_bf16") == true
    )
    #expect(
      problems("- 1\n").first?.hasPrefix("p.yaml:N: found a list; allowed is a section with keys of") == true)
    #expect(problems("device: {").first?.hasPrefix("p.yaml:N: not valid YAML") == true)
    #expect(problems("a: 1\n---\nb: 2\n").first?.contains("one file holds one device profile") == true)
    #expect(throws: InputError.self) { try DeviceProfile(path: "/no/such/file.yaml") }
    #expect(throws: InputError.self) { try DeviceSpec(path: "/no/such/file.yaml") }
  }
}
