import Experiments
import Foundation
import Hardware

/// How far the model behind a page has been from measurements: the measured runs most like the scenario.
struct ModelError {
  let expected: ExpectedError

  var blocks: [ReportPage.Block] {
    guard !expected.stages.isEmpty else { return [.paragraph(expected.text)] }
    return [
      .paragraph(
        expected.text
          + " Intervals above are of chance in the traffic only; this error of the model comes on top of them."
      ),
      .table(table, caption: "Measured runs nearest to this scenario: error of the predicted mean"),
      .paragraph(
        "Errors are of the prediction against the measured mean; positive is too high. Where a run helped to fit the model, the "
          + "error is that of a fit without any run of its model."),
    ]
  }

  private var table: ReportTable {
    func percent(_ errors: ValidationRecord.Errors?) -> String {
      errors.map { String(format: "%+.1f %%", $0.unseenPercent).replacingOccurrences(of: "-", with: "−") }
        ?? "–"
    }
    return ReportTable(
      columns: [
        "model", "run", "TP", "in flight", "prompt tokens computed per output token", "TTFT", "TPOT", "E2E",
      ],
      rows: expected.stages.map { stage in
        [
          String(stage.model.split(separator: "/").last ?? ""), stage.label, "\(stage.tensorParallelSize)",
          NumberText.significant(stage.load), NumberText.significant(stage.promptWork), percent(stage.ttft),
          percent(stage.tpot), percent(stage.e2e),
        ]
      }, textColumns: 2)
  }
}
