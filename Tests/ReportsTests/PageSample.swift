import Experiments
import Figures
import Reports

/// A page with every kind of block, made without a simulation.
enum PageSample {
  static func page(name: String = "sample") -> ReportPage {
    ReportPage(
      question: "How many requests for \(name)?", setting: "Scenario \(name)",
      answer: ["Two for \(name).", "Not three."],
      highlights: [.init(value: "2 req/s", label: "One replica, \(name)", note: "1.9 to 2.1")],
      sections: [
        .init(
          "First: \(name)",
          [.paragraph(name), .table(table(name), caption: "Table of \(name)"), .figure(curves(name))]),
        .init(
          "Second",
          [
            .heading("Of \(name)"), .bullets([name]), .definitions([.init(name, name)]),
            .code("a: \(name)", label: "Scenario"),
            .figure(bars(name)), .figure(map(name)), .figure(curves(name)),
          ]),
      ], colophon: "Made for \(name).")
  }

  static func table(_ name: String) -> ReportTable {
    ReportTable(
      columns: [name, "p99     "], rows: [[name, "2840"], ["other", "804.3  −72 %"]], better: .lower)
  }

  static func curves(_ name: String, count: Int = 100) -> Figure {
    Figure(
      name: "curves", title: "Curves of \(name)", setting: name,
      panels: [
        Panel(
          x: .durations("time", milliseconds: [1, Double(count)]),
          y: Axis(label: "share (%)", range: 0...100),
          content: .curves([
            Series(
              name: name, points: (1...count).map { .init(Double($0), Double($0 % 100), interval: 0...50) },
              colour: .ink)
          ]))
      ], note: name)
  }

  static func bars(_ name: String) -> Figure {
    Figure(
      name: "bars", title: "Bars of \(name)", setting: "",
      panels: [
        Panel(
          x: .fromZero("time (ms)", values: [30]), y: Axis(label: "", range: 0...1),
          content: .bars(
            StackedBars(
              categories: [.init(name: name, total: "30 ms")],
              parts: [
                .init(name: "queue", colour: .blue, values: [10]),
                .init(name: "prefill", colour: .sky, values: [20]),
              ])))
      ])
  }

  static func map(_ name: String) -> Figure {
    Figure(
      name: "map", title: "Map of \(name)", setting: "",
      panels: [
        Panel(
          x: .categories("prompt", ["1k", "2k"]), y: .categories("rate", ["1", "2"]),
          content: .heatMap(
            HeatMap(
              rows: [
                [.init(1, text: "1"), .init(2, text: "2")], [.init(3, text: "3"), .init(4, text: "4")],
              ],
              scale: .sequential(1...4), ticks: [])))
      ])
  }
}
