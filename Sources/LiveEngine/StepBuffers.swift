import ReferenceKernels

/// The activations of one step, for the largest step there can be: allocated once, written over by every step.
final class StepBuffers {
  /// A layer's output, and the residual stream it is added to: [tokens, hidden].
  let hidden: Matrix<Float>
  let residual: Matrix<Float>
  /// The same of survivors: [sequences, hidden].
  let survivingHidden: Matrix<Float>
  let survivingResidual: Matrix<Float>
  /// A norm's output: [tokens, hidden].
  let normed: Matrix<Float>
  /// Fused projections, [tokens, query + key + value], and their parts.
  let projected: Matrix<Float>
  let query: Matrix<Float>
  let key: Matrix<Float>
  let value: Matrix<Float>
  /// [tokens, query].
  let attention: Matrix<Float>
  /// [tokens, 2 · intermediate] and [tokens, intermediate].
  let gateUp: Matrix<Float>
  let activated: Matrix<Float>
  /// K and V of each later layer that projects its own, [tokens, key + value]; then all layers' K, and V, side by side for every
  /// token and for survivors.
  let laterProjected: [Matrix<Float>]
  let laterKeys: Matrix<Float>
  let laterValues: Matrix<Float>
  let survivingKeys: Matrix<Float>
  let survivingValues: Matrix<Float>
  /// What the model returns: [tokens, hidden], of which only survivors' rows are written.
  let output: Matrix<Float>
  /// [sequences, vocabulary].
  let logits: Matrix<Float>

  /// - Parameter laterLayers: layers that project K and V of a shared hidden state.
  init(_ width: ModelWidths, _ capacity: StepCapacity, laterLayers: Int) {
    let (all, some) = (capacity.tokens, laterLayers > 0 ? capacity.tokens : 0)
    let survivors = laterLayers > 0 ? capacity.sequences : 0
    hidden = Matrix(rows: all, columns: width.hidden)
    residual = Matrix(rows: all, columns: width.hidden)
    survivingHidden = Matrix(rows: survivors, columns: width.hidden)
    survivingResidual = Matrix(rows: survivors, columns: width.hidden)
    normed = Matrix(rows: all, columns: width.hidden)
    projected = Matrix(rows: all, columns: width.query + 2 * width.key)
    query = Matrix(rows: all, columns: width.query)
    key = Matrix(rows: all, columns: width.key)
    value = Matrix(rows: all, columns: width.key)
    attention = Matrix(rows: all, columns: width.query)
    gateUp = Matrix(rows: all, columns: 2 * width.intermediate)
    activated = Matrix(rows: all, columns: width.intermediate)
    laterProjected = (0..<laterLayers).map { _ in Matrix(rows: some, columns: 2 * width.key) }
    laterKeys = Matrix(rows: some, columns: laterLayers * width.key)
    laterValues = Matrix(rows: some, columns: laterLayers * width.key)
    survivingKeys = Matrix(rows: survivors, columns: laterLayers * width.key)
    survivingValues = Matrix(rows: survivors, columns: laterLayers * width.key)
    output = Matrix(rows: some, columns: width.hidden)
    logits = Matrix(rows: capacity.sequences, columns: width.vocabulary)
  }
}

extension Matrix {
  /// Its first rows.
  func first(_ rows: Int) -> MatrixView<Element> { view(rows: 0..<rows) }
}
