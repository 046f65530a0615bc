public import Metrics
import Quantities

/// One row per request, for spreadsheets and data frames (RFC 4180, but with plain line feeds).
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

  /// A header line, then the requests of each run in order of index.
  public static func text(_ runs: [(RunDescription, RunRecord)]) -> String {
    var text = columns.joined(separator: ",") + "\n"
    for (description, record) in runs {
      let run = "\(field(description.scenarioName)),\(field(description.variantName))"
      for request in record.requests {
        text += run
        append(request, to: &text)
        text += "\n"
      }
    }
    return text
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
  private static func field(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
