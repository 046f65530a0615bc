import Foundation
import InputFiles
import Testing

@testable import Hardware

/// The text of a shipped profile as it stands in the sources.
func shippedText(_ name: String) throws -> String {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return try String(
    contentsOf: root.appending(path: "Sources/Hardware/Profiles/\(name).yaml"), encoding: .utf8)
}

@Suite("profile files: reading and writing") struct ProfileFileTests {
  @Test(
    "a shipped file is written back byte for byte, and is what the program contains",
    arguments: DeviceProfile.calibratedNames)
  func roundTrip(name: String) throws {
    let text = try shippedText(name)
    let profile = try DeviceProfile(yaml: text, file: name)
    #expect(profile.yaml == text)
    #expect(profile == DeviceProfile.calibrated(name))
    #expect(profile == DeviceProfile.calibrated(name.lowercased()))
    #expect(try profile.rounded() == profile)
  }

  @Test("the datasheet in a shipped file is the catalogue's", arguments: DeviceProfile.calibratedNames)
  func datasheet(name: String) throws {
    let profile = try #require(DeviceProfile.calibrated(name))
    let spec = try #require(DeviceSpec.catalogue.first { $0.name == name })
    #expect(DeviceProfile(spec: spec).yaml.hasPrefix("#"))
    #expect(ProfileText.device(profile.spec) == ProfileText.device(spec))
    #expect((profile.gemm8 != nil) == (spec.fp8 != nil))
  }

  /// A coefficient that is stored but not declared would be neither read nor written.
  @Test("every stored coefficient is declared once")
  func completeness() {
    func check<S: CalibratedSection>(_: S.Type) {
      let stored = Mirror(reflecting: S()).children.compactMap(\.label).filter {
        $0 != "fit" && $0 != "chip"
      }
      #expect(stored.count == S.coefficients.count, "\(S.self)")
      var section = S()
      for (i, coefficient) in S.coefficients.enumerated() { coefficient.set(&section, Double(i + 2)) }
      for (i, coefficient) in S.coefficients.enumerated() {
        #expect(coefficient.get(section) == Double(i + 2), "\(S.self).\(coefficient.name)")
      }
    }
    check(DeviceProfile.GEMM.self)
    check(DeviceProfile.QuantizedGEMM.self)
    check(DeviceProfile.PrefillAttention.self)
    check(DeviceProfile.DecodeAttention.self)
    check(DeviceProfile.AllReduce.self)
    check(DeviceProfile.Elementwise.self)
    check(DeviceProfile.Serving.self)
    check(DeviceProfile.Host.self)
    check(DeviceProfile.MemoryOverhead.self)
  }

  @Test(
    "amounts have five significant digits and a unit; a rounded amount stays",
    arguments: [
      (Measure.flopsPerSecond, 882.2649e12, "882.26 TFLOP/s"), (.bytesPerSecond, 999.999e9, "1 TB/s"),
      (.bytesPerSecond, 423.9e9, "423.9 GB/s"), (.seconds, 1e-3, "1 ms"), (.seconds, 999.9999e-6, "1 ms"),
      (.seconds, 86.22e-9, "0.08622 us"), (.bytes, 281e6, "281 MB"),
      (.memory, 79.19 * 1_073_741_824, "79.19 GiB"),
      (.number, 4.69581, "4.6958"), (.seconds, 0, "0 us"),
    ])
  func amounts(measure: Measure, value: Double, text: String) {
    #expect(measure.text(value) == text)
  }

  @Test("texts that YAML would read otherwise are quoted")
  func scalars() throws {
    for text in ["plain", "a: b", "a #b", "2 GPUs", "null", "say \"so\" \\ x", "n, k ≥ 512", "end:"] {
      var profile = try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
      profile.host.fit.source = text
      #expect(try profile.rounded().host.fit.source == text)
    }
  }
}
