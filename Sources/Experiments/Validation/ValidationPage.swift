/// `docs/validation.md`: the report as a page, made by `make validate`.
extension ValidationReport {
  /// - Parameter figures: folder of the drawn figures, relative to the page; nil leaves them out.
  public func page(figures: String?, published: PublishedComparison) -> String {
    let stages = runs.filter { !$0.isOverload }.flatMap(\.stages)
    let picture = { (name: String, text: String) in figures.map { "![\(text)](\($0)/\(name).svg)\n\n" } ?? ""
    }
    return """
      # Validation

      Made by `make validate DATA=folder`; do not edit. Predictions beside measured vLLM runs on H100 (public replay data of inference-sim,
      Apache-2.0), \(stages.count) load stages of \(runs.count { !$0.isOverload }) runs, and \(runs.count(where: \.isOverload)) overload run.

      Each run is simulated with the engine settings of its manifest, the number of KV blocks that its log reports, and its requests at their
      measured sending times. Where the client's own cap decided when requests were sent (marked *), lengths and order are kept and requests are
      sent under Poisson plans of the stage's rate with that cap, the average of three. Prompts of a pool are told by their `prompt_id`, so that
      the prefix cache sees them. Repeats of one measured run differ by 0.4 to 0.5 %.

      **What the fit has seen.** The kernel coefficients come from separate kernel measurements. Six terms (sustained-clock factor, GPU time
      between steps, front-end latency of vLLM 0.15 and of 0.23, API-server time a request and a token) were fitted to these very runs, all models at once; no term belongs to a run or a model. The figures below show how well they explain \(stages.count) stages;
      how well an unseen model is predicted stands under [Leave one model out](#leave-one-model-out).

      \(picture("validation-means", "Predicted against measured means"))\(tables[2].markdown)

      ## Means

      \(picture("validation-errors", "Errors by stage"))\(tables[0].markdown)

      ## Percentiles

      \(tables[1].markdown)

      ## Leave one model out

      Mean absolute errors of the means: by the shipped fit, and of each model by a fit that never saw its runs. Without Qwen3-14B no run whose prompts
      are computed rather than found in the prefix cache is left, and none of vLLM 0.23: the clock factor and that release's front end are then
      undetermined, and stay near their starting values. Those values and their spreads were chosen by someone who knew these runs, and the form of the
      kernel formulas with the whole tables in view, so a model that nobody has seen may do worse.

      \(ValidationRecord.shipped.leaveOneOut.markdown)

      \(overloadSection)## Published figures

      `swiftkv-sim validate` prints these without any data. Figures marked "fitted" helped a fit: the stages of the runs above, here again from their summary
      figures, the serving terms; the others the CPU's three terms (scheduling a step and a request, launching attention). Nothing was fitted to the rest. What a source leaves open is assumed, and the assumption on lengths matters: with constant lengths the clients of
      a closed loop move in lock step, and mean TTFT comes out several times too high.

      \(published.tables[1].markdown)

      \(published.tables[0].markdown)

      \(published.notes.map { "- \($0)" }.joined(separator: "\n"))

      What the misses have in common: a client in another network (8B BF16: TTFT), a saturated server, where a small error of the step time is a large one
      of a queue (8B BF16 at 122 req/s), host time before the first token that grows with something not modelled (8B FP8 TP4: TTFT), and the V0
      engine, whose overheads are not modelled.

      ## What is not validated

      SwiftKV's own steps beyond the published pair above, FP8 KV cache in serving, tensor parallel 8, head sizes other than 128, other GPUs than
      the H100 SXM, output lengths that vary within a run, priority scheduling, preemption, engines without CUDA graphs.

      """
  }

  private var overloadSection: String {
    guard tables.count > 3 else { return "" }
    return """
      ## Overload

      More than the server could do, with clients that gave up: a test of stability. Only requests that were answered are compared; that
      clients gave up is not simulated.

      \(tables[3].markdown)


      """
  }
}

extension ReportTable {
  /// The table in Markdown, figures aligned right.
  var markdown: String {
    func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let rule = columns.indices.map { $0 < textColumns ? "---" : "---:" }
    return ([row(columns), row(rule)] + rows.map(row)).joined(separator: "\n")
  }
}
