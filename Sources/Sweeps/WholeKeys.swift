/// The keys of a scenario whose values are whole numbers; a range of one of them is rounded.
enum WholeKeys {
  static let keys: Set<String> = [
    "hardware.tensor_parallel_size", "engine.max_num_batched_tokens", "engine.max_num_seqs",
    "engine.max_model_len",
    "engine.num_gpu_blocks_override", "engine.block_size", "engine.long_prefill_token_threshold",
    "engine.kv_cache_memory_bytes", "variant.swiftkv.num_key_value_layers",
    "variant.swiftkv.key_value_group_size",
    "workload.num_requests", "workload.arrivals.max_concurrency", "workload.prompt_tokens",
    "workload.output_tokens", "workload.prefix.pool", "workload.prefix.groups", "workload.prefix.tokens",
    "workload.prefix.conversations.turns", "measurement.warmup_requests", "measurement.replications", "seed",
    "replicas",
  ]
  /// Of a length with a distribution, as in `workload.prompt_tokens.max`.
  private static let lengthKeys: Set<String> = ["constant", "mean", "min", "max"]

  static func contains(_ path: String) -> Bool {
    if keys.contains(path) { return true }
    let parts = path.split(separator: ".").map(String.init)
    let last = parts.last ?? ""
    if parts.count == 3, ["prompt_tokens", "output_tokens"].contains(parts[1]) {
      return lengthKeys.contains(last)
    }
    // Of a load stage, an end of a uniform distribution, a priority.
    return parts.count == 5 && last == "num_requests"
      || parts.count == 4 && (parts[2] == "uniform" || last == "priority")
  }
}
