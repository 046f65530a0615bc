import GRDB

/// The tables of sweeps.
enum SweepSchema {
  /// A result belongs to a key, not to a sweep: sweeps that have a point in common share it, and databases are merged by the union of
  /// their keys.
  static let tables = """
    CREATE TABLE sweeps (
      id TEXT PRIMARY KEY,                    -- follows from the name, the parameters and the keys
      name TEXT NOT NULL,
      created_at TEXT NOT NULL,               -- UTC, YYYY-MM-DD HH:MM:SS.SSS
      code_version TEXT NOT NULL,
      file_text TEXT NOT NULL,                -- the sweep file
      scenario_text TEXT NOT NULL,            -- the scenario that its points change
      parameters TEXT NOT NULL,               -- JSON: names of the parameters, in order
      points INTEGER NOT NULL,
      replications INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE sweep_points (               -- one row a point and replicate
      sweep_id TEXT NOT NULL REFERENCES sweeps (id) ON DELETE CASCADE,
      point INTEGER NOT NULL,                 -- from 0
      replicate INTEGER NOT NULL,             -- from 0
      key TEXT NOT NULL,                      -- of the result: SHA-256 of everything that it follows from
      parameters TEXT NOT NULL,               -- JSON object
      model TEXT NOT NULL,
      variant TEXT NOT NULL,
      device TEXT NOT NULL,
      tensor_parallel_size INTEGER NOT NULL,
      gpus INTEGER NOT NULL,
      seed TEXT NOT NULL,                     -- 64 unsigned bits, decimal
      is_projection INTEGER NOT NULL CHECK (is_projection IN (0, 1)),
      skip_percent REAL NOT NULL,
      invalid TEXT,                           -- why the point cannot exist; NULL if it can
      PRIMARY KEY (sweep_id, point, replicate)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX sweep_points_by_key ON sweep_points (key);

    CREATE TABLE sweep_results (              -- one row a simulation that has ended
      key TEXT PRIMARY KEY,
      status TEXT NOT NULL CHECK (status IN ('done', 'failed')),
      reason TEXT,                            -- of a failure
      offered_request_rate REAL,              -- per second; NULL: the answers or the clients set it
      requests REAL,
      completed REAL,
      failed REAL,                            -- rejected + unfinished
      rejected REAL,
      duration_s REAL,
      request_throughput REAL,                -- completed requests per second
      goodput REAL,                           -- per second; NULL without goodput limits
      output_throughput REAL,                 -- tokens per second
      total_token_throughput REAL,
      request_throughput_per_gpu REAL,
      output_throughput_per_gpu REAL,
      total_token_throughput_per_gpu REAL,
      goodput_per_gpu REAL,
      mean_ttft_s REAL, p50_ttft_s REAL, p90_ttft_s REAL, p99_ttft_s REAL,
      mean_tpot_s REAL, p50_tpot_s REAL, p90_tpot_s REAL, p99_tpot_s REAL,
      mean_itl_s REAL, p50_itl_s REAL, p90_itl_s REAL, p99_itl_s REAL,
      mean_e2el_s REAL, p50_e2el_s REAL, p90_e2el_s REAL, p99_e2el_s REAL,
      ttft_front_end_s REAL,                  -- mean parts of the time to first token
      ttft_queue_s REAL,
      ttft_own_prefill_s REAL,
      ttft_preemption_s REAL,
      ttft_interference_s REAL,
      objective_met REAL,                     -- 1 or 0; NULL without an objective
      kv_blocks REAL,
      mean_kv_usage REAL,                     -- shares, 0 ... 1
      peak_kv_usage REAL,
      preemptions REAL,
      prefix_hit_rate REAL,                   -- NULL if nothing was looked up
      mean_running REAL,
      mean_waiting REAL,
      mean_in_system REAL,
      peak_concurrent_requests REAL,
      mean_batch_tokens REAL,
      steps REAL,
      gpu_busy_share REAL,
      percentile_error REAL,                  -- bound on the relative error of percentiles
      expected_error_ttft_percent REAL,       -- of means, by the validation runs that are nearest; NULL if unknown
      expected_error_tpot_percent REAL,
      expected_error_e2el_percent REAL
    ) STRICT;

    CREATE TABLE sweep_claims (               -- simulations under way
      key TEXT PRIMARY KEY,
      owner TEXT NOT NULL,                    -- one run of the program
      process TEXT NOT NULL,                  -- boot, process namespace, process id and its start
      expires_at REAL NOT NULL                -- seconds since 1970; the owner moves it on while it lives
    ) STRICT, WITHOUT ROWID;
    """

  /// What a point or a simulation is of, in both views.
  private static let description =
    "sweeps.name AS sweep, sweep_id, point, sweep_points.parameters, model, variant, device, tensor_parallel_size, gpus, is_projection, skip_percent"

  private static let source =
    "FROM sweep_points JOIN sweeps ON sweeps.id = sweep_id LEFT JOIN sweep_results USING (key)"

  static let views = """
    CREATE VIEW sweep_runs AS                 -- one row a simulation, done or not
      SELECT \(description), replicate, seed,
        coalesce(sweep_results.status, CASE WHEN invalid IS NULL THEN 'missing' ELSE 'invalid' END) AS status,
        coalesce(invalid, sweep_results.reason) AS reason, key, \(figures.joined(separator: ", "))
      \(source);

    CREATE VIEW sweep_summary AS              -- one row a point: means over its replicates that are done
      SELECT \(description), invalid, count(*) AS replications, sum(sweep_results.status IS 'done') AS done,
        \(figures.map(mean).joined(separator: ", "))
      \(source)
      GROUP BY sweep_id, point;
    """

  private static let figures = SweepFigure.migration3

  /// Of whether the objective is met the least: all replicates must meet it.
  private static func mean(_ figure: String) -> String {
    "\(figure == SweepFigure.objectiveMet.rawValue ? "min" : "avg")(\(figure)) AS \(figure)"
  }
}
