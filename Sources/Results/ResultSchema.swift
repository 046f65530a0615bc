import GRDB

/// The tables of a results database, built by named migrations. `docs/file-formats.md` describes them for those who query.
enum ResultSchema {
  /// "SKVS" as ASCII: marks the file as ours (`PRAGMA application_id`).
  static let applicationID = 0x534B_5653

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 runs, requests, steps") { db in
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
      try db.execute(sql: first)
    }
    migrator.registerMigration("2 figures without requests and steps") { try $0.execute(sql: second) }
    migrator.registerMigration("3 sweeps") { db in
      try db.execute(sql: SweepSchema.tables)
      try db.execute(sql: SweepSchema.views)
    }
    migrator.registerMigration("4 replicas") { try $0.execute(sql: fourth) }
    migrator.registerMigration("6 intervals") { try $0.execute(sql: intervals) }
    return migrator
  }

  /// Several replicas behind a router. Runs of one have no row in `replicas`.
  private static let fourth = """
    ALTER TABLE runs ADD COLUMN replicas INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE runs ADD COLUMN router TEXT;  -- NULL: one replica
    ALTER TABLE requests ADD COLUMN replica INTEGER NOT NULL DEFAULT 0;

    CREATE TABLE replicas (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      replica INTEGER NOT NULL,               -- from 0
      variant TEXT NOT NULL,
      first_step INTEGER NOT NULL,            -- in steps, if they were kept: its own follow one another
      steps INTEGER NOT NULL,
      busy_s REAL NOT NULL,
      kv_blocks INTEGER NOT NULL,
      prefix_query_tokens INTEGER NOT NULL,
      prefix_hit_tokens INTEGER NOT NULL,
      completed INTEGER NOT NULL,             -- of the whole run, whatever the measurement window
      generated_tokens INTEGER NOT NULL,
      preemptions INTEGER NOT NULL,
      mean_kv_usage REAL NOT NULL,            -- shares of its own blocks, 0 ... 1
      peak_kv_usage REAL NOT NULL,
      gpu_busy_share REAL NOT NULL,
      PRIMARY KEY (run_id, replica)
    ) STRICT, WITHOUT ROWID;
    """

  /// Runs of before have neither, and no intervals.
  private static let intervals = """
    ALTER TABLE runs ADD COLUMN replication INTEGER NOT NULL DEFAULT 0; -- 0 has the scenario's own seed
    ALTER TABLE summaries ADD COLUMN last_release_s REAL NOT NULL DEFAULT 0; -- how long the arrivals lasted

    CREATE TABLE estimates (                  -- figures by batches of requests, of runs without requests and steps
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      figure TEXT NOT NULL,                   -- "mean_ttft", "p99_tpot", "requests", "good_share"
      value REAL NOT NULL,                    -- in s, per second, or a share
      batch_size INTEGER NOT NULL,            -- requests
      parts BLOB NOT NULL,                    -- one double of 8 bytes a batch, little-endian; their mean is the value
      PRIMARY KEY (run_id, figure)
    ) STRICT;
    """

  /// Of runs whose requests and steps were not kept. One row of `summaries` a run, and one of `latencies` for each latency.
  private static let second = """
    CREATE TABLE summaries (                  -- what the run's row in runs does not have
      run_id INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
      percentile_error REAL NOT NULL,         -- bound on the relative error of percentiles
      rejections TEXT NOT NULL,               -- "exceeds_max_model_len 3, exceeds_kv_cache 1"
      total_input_tokens INTEGER NOT NULL,    -- of completed requests
      total_output_tokens INTEGER NOT NULL,
      computed_prompt_tokens INTEGER NOT NULL, -- of all requests, without prefix cache hits
      generated_tokens INTEGER NOT NULL,      -- of all requests
      peak_output_tokens_per_s INTEGER NOT NULL,
      peak_concurrent_requests INTEGER NOT NULL,
      mean_running REAL NOT NULL,
      mean_waiting REAL NOT NULL,
      mean_batch_tokens REAL NOT NULL,
      mean_in_system REAL NOT NULL,
      ttft_front_end_s REAL,                  -- mean parts of the time to first token; NULL together
      ttft_queue_s REAL,
      ttft_own_prefill_s REAL,
      ttft_preemption_s REAL,
      ttft_interference_s REAL
    ) STRICT;

    CREATE TABLE latencies (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      latency TEXT NOT NULL,                  -- ttft, tpot, itl, e2el, client_queue
      mean_s REAL NOT NULL,
      std_s REAL NOT NULL,
      samples BLOB NOT NULL,                  -- ascending pairs of 8 bytes, little-endian: double in s, integer count
      PRIMARY KEY (run_id, latency)
    ) STRICT;
    """

  /// STRICT tables refuse values of another type, so reading back cannot meet one. The series have no row id: their rows lie
  /// in order of their key, which is the order they are written and read in. SQLite keeps the comments in `.schema`.
  private static let first = """
    CREATE TABLE runs (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      created_at TEXT NOT NULL,               -- UTC, YYYY-MM-DD HH:MM:SS.SSS
      scenario TEXT NOT NULL,
      variant TEXT NOT NULL,
      model TEXT NOT NULL,
      device TEXT NOT NULL,
      tensor_parallel_size INTEGER NOT NULL,
      seed TEXT NOT NULL,                     -- 64 unsigned bits, decimal
      request_rate REAL,                      -- per second; NULL: closed loop or from a trace
      burstiness REAL NOT NULL,
      max_concurrency INTEGER,
      num_prompts INTEGER NOT NULL,
      is_projection INTEGER NOT NULL CHECK (is_projection IN (0, 1)),
      skip_percent REAL NOT NULL,
      scenario_text TEXT NOT NULL,
      code_version TEXT NOT NULL,

      duration_s REAL NOT NULL,               -- headline figures, of the measurement window
      completed INTEGER NOT NULL,
      failed INTEGER NOT NULL,
      request_throughput REAL NOT NULL,       -- per second
      goodput REAL,                           -- per second; NULL without goodput limits
      output_throughput REAL NOT NULL,        -- tokens per second
      total_token_throughput REAL NOT NULL,
      mean_ttft_s REAL NOT NULL, p50_ttft_s REAL NOT NULL, p90_ttft_s REAL NOT NULL, p99_ttft_s REAL NOT NULL,
      mean_tpot_s REAL NOT NULL, p50_tpot_s REAL NOT NULL, p90_tpot_s REAL NOT NULL, p99_tpot_s REAL NOT NULL,
      mean_itl_s REAL NOT NULL, p50_itl_s REAL NOT NULL, p90_itl_s REAL NOT NULL, p99_itl_s REAL NOT NULL,
      mean_e2el_s REAL NOT NULL, p50_e2el_s REAL NOT NULL, p90_e2el_s REAL NOT NULL, p99_e2el_s REAL NOT NULL,
      mean_kv_usage REAL NOT NULL,            -- shares, 0 ... 1
      peak_kv_usage REAL NOT NULL,
      preemptions INTEGER NOT NULL,
      steps INTEGER NOT NULL,
      gpu_busy_share REAL NOT NULL,

      kv_blocks INTEGER NOT NULL,             -- the rest of the run's record
      block_size INTEGER NOT NULL,            -- tokens
      prefix_query_tokens INTEGER NOT NULL,
      prefix_hit_tokens INTEGER NOT NULL
    ) STRICT;

    CREATE INDEX runs_by_scenario ON runs (scenario, id);

    CREATE TABLE requests (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      request_index INTEGER NOT NULL,
      stage INTEGER NOT NULL,
      prompt_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL,         -- asked for
      generated_tokens INTEGER NOT NULL,
      cached_tokens INTEGER NOT NULL,
      preemptions INTEGER NOT NULL,
      released_s REAL NOT NULL,               -- times from the start of the run
      sent_s REAL NOT NULL,
      first_token_s REAL,
      finished_s REAL,
      outcome TEXT NOT NULL,                  -- finished, unfinished, or the reason of a rejection
      ttft_front_end_s REAL,                  -- the parts of the time to first token; NULL together
      ttft_queue_s REAL,
      ttft_own_prefill_s REAL,
      ttft_preemption_s REAL,
      ttft_interference_s REAL,
      deliveries TEXT NOT NULL,               -- steps that delivered tokens: "12-40 57-90"
      PRIMARY KEY (run_id, request_index)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE steps (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      composed_s REAL NOT NULL,
      start_s REAL NOT NULL,
      end_s REAL NOT NULL,
      prefill_tokens INTEGER NOT NULL,
      decode_tokens INTEGER NOT NULL,
      running INTEGER NOT NULL,
      waiting INTEGER NOT NULL,
      used_blocks INTEGER NOT NULL,
      preemptions INTEGER NOT NULL,
      PRIMARY KEY (run_id, step)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE token_gaps (                 -- inter-token gaps pooled over the run's requests
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      gap_s REAL NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (run_id, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE busy_times (                 -- GPU time by kind of work
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      kind TEXT NOT NULL,
      time_s REAL NOT NULL,
      PRIMARY KEY (run_id, position)
    ) STRICT, WITHOUT ROWID;
    """
}
