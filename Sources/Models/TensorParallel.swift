/// Which degrees of tensor parallelism a model's shape allows.
extension ModelConfig {
  /// Degrees that the cost model knows: one NVLink domain of eight GPUs.
  public static let tensorParallelSizes = [1, 2, 4, 8]

  /// Why the model cannot be split over `n` GPUs, or nil if it can: heads, MLP columns and vocabulary must divide evenly; KV
  /// heads must, or be replicated evenly.
  public func tensorParallelProblem(_ n: Int) -> String? {
    let sizes = Self.tensorParallelSizes
    let allowed = sizes.filter { divisionProblem($0) == nil }.map(String.init).joined(separator: ", ")
    guard sizes.contains(n) else {
      return "found \(n); \(allowed) is allowed for \(name)"
    }
    return divisionProblem(n).map {
      "found \(n), but \($0) of \(name) does not divide by it; \(allowed) is allowed"
    }
  }

  private func divisionProblem(_ n: Int) -> String? {
    if numAttentionHeads % n != 0 { return "num_attention_heads \(numAttentionHeads)" }
    if numKeyValueHeads % n != 0, n % numKeyValueHeads != 0 {
      return "num_key_value_heads \(numKeyValueHeads)"
    }
    if intermediateSize % n != 0 { return "intermediate_size \(intermediateSize)" }
    if vocabSize % n != 0 { return "vocab_size \(vocabSize)" }
    return nil
  }
}
