import GRDB
import Metrics
import Quantities

/// The rows of `replicas` of a run of several.
enum ReplicaRows {
  static func insert(_ run: RunFigures, run id: Int64, into db: Database) throws {
    var firstStep = 0
    for (i, (totals, figures)) in zip(run.totals.replicas, run.replicas).enumerated() {
      let shares = [figures.meanKVUsage, figures.peakKVUsage, figures.gpuBusyShare, totals.busy.value]
      if shares.contains(where: \.isNaN) { throw UnstorableFigure(name: "a share of replica \(i)") }
      try db.execute(
        sql: """
          INSERT INTO replicas (run_id, replica, variant, first_step, steps, busy_s, kv_blocks,
            prefix_query_tokens, prefix_hit_tokens, completed, generated_tokens, preemptions, mean_kv_usage,
            peak_kv_usage, gpu_busy_share) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          id, i, totals.variant, firstStep, totals.steps, totals.busy.value, totals.totalBlocks,
          totals.prefixQueryTokens, totals.prefixHitTokens, figures.completed, figures.generatedTokens,
          figures.preemptions, figures.meanKVUsage, figures.peakKVUsage, figures.gpuBusyShare,
        ])
      firstStep += totals.steps
    }
  }

  static func fetch(run: Int64, from db: Database) throws -> [(
    totals: ReplicaTotals, figures: ReplicaFigures
  )] {
    let rows = try Row.fetchAll(
      db, sql: "SELECT * FROM replicas WHERE run_id = ? ORDER BY replica", arguments: [run])
    return try rows.enumerated().map { i, row in
      func int(_ column: String) throws -> Int { try row.decode(forColumn: column) }
      func real(_ column: String) throws -> Double { try row.decode(forColumn: column) }
      guard try int("replica") == i, try int("steps") >= 0 else {
        throw DamagedValue("its replicas are not numbered from 0, or have steps below 0")
      }
      let totals = ReplicaTotals(
        variant: try row.decode(forColumn: "variant"), steps: try int("steps"),
        busy: Seconds(try real("busy_s")), totalBlocks: try int("kv_blocks"),
        prefixQueryTokens: try int("prefix_query_tokens"), prefixHitTokens: try int("prefix_hit_tokens"))
      let figures = ReplicaFigures(
        variant: totals.variant, completed: try int("completed"),
        generatedTokens: try int("generated_tokens"), steps: totals.steps,
        preemptions: try int("preemptions"), meanKVUsage: try real("mean_kv_usage"),
        peakKVUsage: try real("peak_kv_usage"), gpuBusyShare: try real("gpu_busy_share"),
        prefixHitRate: totals.prefixQueryTokens == 0
          ? nil : Double(totals.prefixHitTokens) / Double(totals.prefixQueryTokens))
      return (totals, figures)
    }
  }
}
