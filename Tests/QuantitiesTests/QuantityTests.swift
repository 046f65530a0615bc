import Foundation
import Quantities
import Testing

@Suite("quantities as text") struct QuantityTests {
  @Test(
    "what a person writes is read in base units",
    arguments: [
      ("1.5 ms", 0.0015), ("2s", 2), ("250", 250), (" 3 us ", 3e-6), ("1e-3", 0.001), ("1_000 ns", 1e-6),
      ("-1 s", -1),
    ])
  func seconds(text: String, value: Double) throws {
    #expect(abs(try Seconds(parsing: text).value - value) <= 1e-12 * abs(value))
  }

  @Test("decimal and binary sizes differ") func bytes() throws {
    #expect(try Bytes(parsing: "80 GB").value == 80e9)
    #expect(try Bytes(parsing: "80 GiB").value == 85_899_345_920)
    #expect(throws: QuantityError.self) { try Bytes(parsing: "5 EiB") }
  }

  @Test(
    "bad text names what was found and the units", arguments: ["", "ms", "1.5 parsec", "one s", "1.2.3 s"])
  func bad(text: String) {
    let error = #expect(throws: QuantityError.self) { try Seconds(parsing: text) }
    #expect(error?.description.contains("'\(text)'") == true)
    #expect(error?.description.contains("ms") == true)
  }

  @Test("printed in the unit a person would choose, and read back") func printing() throws {
    #expect(Seconds(0.0015).description == "1.5 ms")
    #expect(Bytes(80e9).description == "80 GB")
    #expect(Seconds(0.9999999).description == "1 s", "no '1000 ms'")
    #expect(Seconds(0).description == "0 s")
    #expect(Seconds(.infinity).description.hasPrefix("inf"))
    for value in [1.234e-9, 5.678e-5, 0.25, 17.5, 123.4] {
      let back = try Seconds(parsing: Seconds(value).description).value
      #expect(abs(back / value - 1) < 1e-3)
    }
  }

  @Test("only amounts of one unit combine; ratios are plain numbers") func arithmetic() {
    let time: Seconds = Bytes(3350e9) / BytesPerSecond(3350e9)
    #expect(time == 1)
    #expect(Seconds(3) / Seconds(2) == 1.5)
    #expect((FLOPs(989e12) / Seconds(1)).value == 989e12)
    #expect(PerSecond(4) * Seconds(2) == 8)
  }

  @Test("JSON holds the bare number in base units") func coding() throws {
    let text = String(decoding: try JSONEncoder().encode([Seconds(0.5)]), as: UTF8.self)
    #expect(text == "[0.5]")
    #expect(try JSONDecoder().decode([Seconds].self, from: Data(text.utf8)) == [0.5])
  }
}
