import LiveEngine
import Models
import ReferenceKernels

/// The same models in plain loops: one sequence at a time, all of it anew for every token, no cache, no batch.
struct PlainTransformer {
  let plan: LayerPlan
  let weights: RandomWeights

  private var model: ModelConfig { plan.model }

  /// The tokens that follow a prompt, greedily.
  func answer(to prompt: [Int32], tokens count: Int) -> [Int32] {
    var tokens = prompt
    for _ in 0..<count { tokens.append(PlainKernels.argmax(logits(after: tokens))) }
    return Array(tokens[prompt.count...])
  }

  /// Logits of the token after these.
  func logits(after tokens: [Int32]) -> [Float] {
    let table = matrix(.embedding)
    var hidden = Matrix<Float>(rows: tokens.count, columns: model.hiddenSize)
    for (row, token) in tokens.enumerated() {
      for i in 0..<model.hiddenSize { hidden[row, i] = table[Int(token), i] }
    }
    var positions = tokens.indices.map { Int32($0) }
    /// K and V by layer that keeps them.
    var keyValues: [Int: (Matrix<Float>, Matrix<Float>)] = [:]
    var isLastOnly = false
    for (i, layer) in plan.layers.enumerated() {
      if layer.tokens == .survivors, !isLastOnly {
        isLastOnly = true
        let shared = normed(hidden, .sharedNorm)
        for (j, later) in plan.layers.enumerated() where later.keyValues == .sharedHidden {
          keyValues[j] = (
            turned(product(shared, .key(layer: j)), positions), product(shared, .value(layer: j))
          )
        }
        hidden = lastRow(hidden)
        positions = [positions[tokens.count - 1]]
      }
      let input = normed(hidden, .inputNorm(layer: i))
      if layer.keyValues == .ownInput {
        keyValues[i] = (turned(product(input, .key(layer: i)), positions), product(input, .value(layer: i)))
      }
      let query = turned(product(input, .query(layer: i)), positions)
      if let (keys, values) = keyValues[layer.cacheLayer] {
        let attention = Matrix<Float>(rows: query.rows, columns: query.columns)
        defer { keep(query, keys, values, attention) }
        PlainKernels.attention(
          query.view, keys: keys.view, values: values.view, headDim: model.headDim,
          scale: 1 / Float(model.headDim).squareRoot(), into: attention.view)
        hidden = sum(hidden, product(attention, .output(layer: i)))
      }
      let second = normed(hidden, .postAttentionNorm(layer: i))
      let gateUp = beside(product(second, .gate(layer: i)), product(second, .up(layer: i)))
      let activated = Matrix<Float>(rows: gateUp.rows, columns: model.intermediateSize)
      PlainKernels.siluMul(gateUp.view, into: activated.view)
      keep(gateUp, activated)
      hidden = sum(hidden, product(activated, .down(layer: i)))
    }
    let logits = product(normed(lastRow(hidden), .finalNorm), .head)
    return (0..<model.vocabSize).map { logits[0, $0] }
  }

  private func matrix(_ name: RandomWeights.Name) -> Matrix<Float> {
    let (rows, columns) = weights.shape(of: name)
    let matrix = Matrix<Float>(rows: rows, columns: columns)
    for (i, element) in weights.elements(of: name).enumerated() { matrix[i / columns, i % columns] = element }
    return matrix
  }

  private func product(_ x: Matrix<Float>, _ name: RandomWeights.Name) -> Matrix<Float> {
    let w = matrix(name)
    let y = Matrix<Float>(rows: x.rows, columns: w.rows)
    PlainKernels.gemm(x.view, w.view, into: y.view)
    keep(x, w)
    return y
  }

  private func normed(_ x: Matrix<Float>, _ name: RandomWeights.Name) -> Matrix<Float> {
    let y = Matrix<Float>(rows: x.rows, columns: x.columns)
    PlainKernels.rmsNorm(
      adding: nil, to: x.view, weight: weights.elements(of: name), epsilon: 1e-5, into: y.view)
    keep(x)
    return y
  }

  private func turned(_ x: Matrix<Float>, _ positions: [Int32]) -> Matrix<Float> {
    let table = RotaryTable(positions: 128, headDim: model.headDim, theta: 10_000)
    let y = Matrix<Float>(rows: x.rows, columns: x.columns)
    PlainKernels.rotary(x.view, positions: positions, table: table, q: y.view)
    keep(x)
    return y
  }

  /// A view does not keep its matrix alive.
  private func keep(_ matrices: Matrix<Float>...) { withExtendedLifetime(matrices) {} }

  private func lastRow(_ x: Matrix<Float>) -> Matrix<Float> {
    let y = Matrix<Float>(rows: 1, columns: x.columns)
    for i in 0..<x.columns { y[0, i] = x[x.rows - 1, i] }
    return y
  }

  private func sum(_ a: Matrix<Float>, _ b: Matrix<Float>) -> Matrix<Float> {
    let y = Matrix<Float>(rows: a.rows, columns: a.columns)
    for row in 0..<a.rows { for i in 0..<a.columns { y[row, i] = a[row, i] + b[row, i] } }
    return y
  }

  private func beside(_ a: Matrix<Float>, _ b: Matrix<Float>) -> Matrix<Float> {
    let y = Matrix<Float>(rows: a.rows, columns: a.columns + b.columns)
    for row in 0..<a.rows {
      for i in 0..<a.columns { y[row, i] = a[row, i] }
      for i in 0..<b.columns { y[row, a.columns + i] = b[row, i] }
    }
    return y
  }
}
