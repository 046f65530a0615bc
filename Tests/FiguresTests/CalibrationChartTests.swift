import Quantities
import Testing

@testable import Figures

@Suite("calibration chart") struct CalibrationChartTests {
  private func group(_ name: String, _ ratio: Double, count: Int, isInDomain: Bool = true)
    -> Charts.MeasuredGroup
  {
    .init(
      name: name,
      pairs: (0..<count).map { i in
        let measured = Seconds(1e-6 * Double(i + 1))
        return (measured * ratio, measured)
      }, isInDomain: isInDomain)
  }

  @Test("the title is the median error inside the domain, the legend that of each group; few marks are drawn")
  func errors() throws {
    let figure = try #require(
      Charts.predictedOverMeasured(
        kernel: "GEMM",
        groups: [
          group("small", 1.02, count: 100), group("large", 0.8, count: 2000, isInDomain: false),
        ],
        setting: "t.csv", name: "x"))
    #expect(figure.title == "GEMM: predicted times err by 2 % in the median")
    guard case .curves(let series) = figure.panels[0].content else {
      Issue.record("no curves")
      return
    }
    #expect(series.compactMap(\.name) == ["small: 2 %", "large: 20 %", "±10 %"])
    #expect(series[0].points.count == 100 && series[1].points.count == 700)
    #expect(figure.note == "Drawn: 800 of 2,100 shapes, chosen at random.")
  }

  @Test("a ratio beyond the axis stands at its edge; without launches there is no figure")
  func edges() throws {
    let figure = try #require(
      Charts.predictedOverMeasured(kernel: "k", groups: [group("a", 1000, count: 3)], setting: "", name: "x"))
    guard case .curves(let series) = figure.panels[0].content else {
      Issue.record("no curves")
      return
    }
    #expect(series[0].points.allSatisfy { $0.y == 2 && figure.panels[0].y.range.contains($0.y) })
    #expect(Charts.predictedOverMeasured(kernel: "k", groups: [], setting: "", name: "x") == nil)
  }
}
