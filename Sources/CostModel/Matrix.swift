/// One weight matrix of a layer, or the LM head, on one GPU.
struct Matrix: Sendable {
  /// Outputs and inputs.
  let n: Int
  let k: Int
  /// Whether its operands are FP8.
  let isQuantized: Bool
  let slowdown: Double

  /// The matrices of a model.
  struct Set: Sendable {
    let queryKeyValue: Matrix
    let query: Matrix
    let keyValue: Matrix
    let output: Matrix
    let gateUp: Matrix
    let down: Matrix
    let head: Matrix

    init(_ shard: Shard, isQuantized: Bool, slowdown: Double) {
      func layer(_ n: Int, _ k: Int) -> Matrix {
        Matrix(n: n, k: k, isQuantized: isQuantized, slowdown: slowdown)
      }
      queryKeyValue = layer(shard.queryWidth + shard.keyValueWidth, shard.hidden)
      query = layer(shard.queryWidth, shard.hidden)
      keyValue = layer(shard.keyValueWidth, shard.hidden)
      output = layer(shard.hidden, shard.queryWidth)
      gateUp = layer(2 * shard.intermediate, shard.hidden)
      down = layer(shard.hidden, shard.intermediate)
      // In 16 bit whatever the layers are in; the factor is the layers'.
      head = Matrix(n: shard.vocabulary, k: shard.hidden, isQuantized: false, slowdown: 1)
    }
  }
}
