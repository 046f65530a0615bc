public import Metrics
import Quantities

/// One row per request, for spreadsheets and data frames (RFC 4180, but with plain line feeds). Rows of a run come in order of finishing,
/// refused requests where they were refused, and last those that were not done when the run ended.
///
/// Times are in seconds from the start of the run, as the shortest text that reads back to the same double; what did not
/// happen is an empty field. The columns are described in `docs/file-formats.md`.
public enum RequestCSV {
  public static let columns = [
    "scenario", "variant", "index", "stage", "outcome", "prompt_tokens", "output_tokens", "generated_tokens",
    "cached_tokens", "preemptions", "released_s", "sent_s", "first_token_s", "finished_s", "client_queue_s",
    "ttft_s", "tpot_s", "e2e_s", "ttft_front_end_s", "ttft_queue_s", "ttft_own_prefill_s",
    "ttft_preemption_s",
    "ttft_interference_s",
  ]

  /// The last column of runs of several replicas.
  static let replicaColumn = "replica"

  /// The first line.
  static func header(listsReplicas: Bool) -> String {
    (columns + (listsReplicas ? [replicaColumn] : [])).joined(separator: ",") + "\n"
  }

  /// A header line, then the requests of a run in order of finishing, as `RunRecord.replay(into:)` tells it.
  public static func text(_ description: RunDescription, _ record: RunRecord) -> String {
    struct Rows: RunObserver {
      static var keepsDeliveries: Bool { false }
      var run: String
      var text: String
      let listsReplicas: Bool
      mutating func sent(at time: Seconds) {}
      mutating func ended(_ step: StepRecord, tokens: Int, consecutive: Int) {}
      mutating func resumed(after gap: Seconds) {}
      mutating func closed(_ request: RequestRecord) {
        RequestCSV.append(request, of: run, listsReplica: listsReplicas, to: &text)
      }
    }
    let listsReplicas = description.replicas > 1
    var rows = Rows(
      run: run(scenario: description.scenarioName, variant: description.variantName),
      text: header(listsReplicas: listsReplicas), listsReplicas: listsReplicas)
    record.replay(into: &rows)
    return rows.text
  }

  /// What every row of a run begins with.
  static func run(scenario: String, variant: String) -> String { "\(field(scenario)),\(field(variant))" }

  /// - Parameter run: see ``run(scenario:variant:)``.
  static func append(
    _ request: RequestRecord, of run: String, listsReplica: Bool, to text: inout String
  ) {
    text += run
    append(request, to: &text)
    if listsReplica { text += ",\(request.replica)" }
    text += "\n"
  }

  private static func append(_ request: RequestRecord, to text: inout String) {
    let counts = [
      request.promptTokens, request.outputTokens, request.generatedTokens, request.cachedTokens,
      request.preemptions,
    ]
    text += ",\(request.index),\(request.stage),\(request.outcome.name)"
    for count in counts { text += ",\(count)" }
    let parts = request.attribution
    let times: [Seconds?] = [
      request.released, request.sent, request.firstToken, request.finished, request.sent - request.released,
      request.ttft, request.tpot, request.e2e, parts?.frontEnd, parts?.queue, parts?.ownPrefill,
      parts?.preemption, parts?.interference,
    ]
    for time in times {
      text += ","
      if let time { text += "\(time.value)" }
    }
  }

  /// Quoted if it holds a comma, a quote or a line break.
  package static func field(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
