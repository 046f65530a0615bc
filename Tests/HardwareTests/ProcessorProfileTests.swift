import Foundation
import InputFiles
import Quantities
import Testing

@testable import Hardware

@Suite("profiles of processors") struct ProcessorProfileTests {
  private func profile() -> DeviceProfile {
    var profile = DeviceProfile(
      spec: DeviceSpec(
        name: "local-cpu", architecture: .cpu, bf16: 0, fp8: nil, fp32: 500e9, visibleMemory: 24e9,
        memoryBandwidth: 80e9, linkBandwidth: 0, streamingMultiprocessors: 2, l2Cache: 32e6))
    func filled<S: CalibratedSection>(_ section: S) -> S {
      var section = section
      for coefficient in S.coefficients { coefficient.set(&section, 1.5) }
      section.fit.source = "a test"
      return section
    }
    profile.gemm32 = filled(.init())
    profile.prefill32 = filled(.init())
    profile.decode32 = filled(.init())
    profile.elementwise32 = filled(.init())
    profile.serving = filled(.init())
    profile.host = filled(.init())
    profile.memory = filled(.init())
    return profile
  }

  private func problems(_ text: String) -> [String] {
    do throws(InputError) {
      _ = try DeviceProfile(yaml: text, file: "p.yaml")
      return []
    } catch {
      return error.problems.map { $0.description.replacing(#/p\.yaml:\d+/#, with: "p.yaml:N") }
    }
  }

  @Test("written and read back the same, with the sections of a processor and no others") func roundTrip()
    throws
  {
    let profile = try profile().rounded()
    let text = profile.yaml
    #expect(try DeviceProfile(yaml: text, file: "p.yaml") == profile)
    #expect(text.contains("  threads: 2\n") && text.contains("gemm_fp32:") && !text.contains("gemm_bf16"))
    #expect(
      KernelName.allCases.filter { profile.fit(of: $0) != nil } == KernelName.allCases.filter(\.isOfProcessor)
    )
  }

  @Test("what the other kind of device has is refused, what is missing is named") func kinds() throws {
    let text = profile().yaml
    #expect(
      problems(text + "all_reduce:\n  x: 1\n") == [
        "p.yaml:N: all_reduce: a device of architecture cpu has none"
      ])
    #expect(
      problems(text.replacing("  fp32: 0.5 TFLOP/s", with: "  bf16: 0.5 TFLOP/s")).sorted() == [
        "p.yaml:N: device.bf16: a device of architecture cpu has none",
        "p.yaml:N: device.fp32: missing; a number with a unit is needed, as in 882.3 TFLOP/s",
      ])
    #expect(
      problems(text.replacing("  threads: 2\n", with: "")) == [
        "p.yaml:N: device.threads: missing; a whole number from 1 to 100,000"
      ])
    let section = try #require(text.range(of: "elementwise_fp32:"))
    let without = problems(String(text[..<section.lowerBound]))
    #expect(without.contains { $0.contains("elementwise_fp32: missing; a section with the keys") })
  }

  @Test("a GPU's coefficients are not carried over to a processor") func carriedOver() throws {
    let h100 = try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
    let other = h100.carriedOver(to: profile().spec)
    #expect(other.gemm32 == nil && other.host.scheduling == 0 && other.serving.slowdown == 1)
    #expect(other.host.fit.source == "not measured; H100-SXM-80GB is another kind of device")
  }
}
