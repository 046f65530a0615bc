import Models
import ReferenceKernels

/// A model's weights as its plan needs them, packed for the kernels.
final class TransformerWeights {
  let layers: [Layer]
  /// [vocabulary, hidden].
  let embedding: Matrix<Float>
  let finalNorm: [Float]
  /// Norm of the hidden state that later layers share.
  let sharedNorm: [Float]
  let head: PackedWeights<Float>

  struct Layer {
    let inputNorm: [Float]
    let postAttentionNorm: [Float]
    /// Q, K and V fused where the layer makes them from its own input; else Q alone.
    let query: PackedWeights<Float>
    /// K and V of the shared hidden state.
    let sharedKeyValue: PackedWeights<Float>?
    let output: PackedWeights<Float>
    let gateUp: PackedWeights<Float>
    let down: PackedWeights<Float>
  }

  init(_ plan: LayerPlan, _ weights: RandomWeights) {
    func packed(_ names: RandomWeights.Name...) -> PackedWeights<Float> {
      let matrix = weights.matrix(of: names)
      return withExtendedLifetime(matrix) { PackedWeights(matrix.view) }
    }
    layers = plan.layers.enumerated().map { i, layer in
      let isFused = layer.keyValues == .ownInput
      return Layer(
        inputNorm: weights.elements(of: .inputNorm(layer: i)),
        postAttentionNorm: weights.elements(of: .postAttentionNorm(layer: i)),
        query: isFused
          ? packed(.query(layer: i), .key(layer: i), .value(layer: i)) : packed(.query(layer: i)),
        sharedKeyValue: layer.keyValues == .sharedHidden ? packed(.key(layer: i), .value(layer: i)) : nil,
        output: packed(.output(layer: i)), gateUp: packed(.gate(layer: i), .up(layer: i)),
        down: packed(.down(layer: i)))
    }
    embedding = weights.matrix(of: [.embedding])
    finalNorm = weights.elements(of: .finalNorm)
    sharedNorm = weights.elements(of: .sharedNorm)
    head = packed(plan.model.tieWordEmbeddings ? .embedding : .head)
  }
}

extension RandomWeights {
  /// Matrices of equal width, one below the other.
  func matrix(of names: [Name]) -> Matrix<Float> {
    let shapes = names.map { shape(of: $0) }
    let matrix = Matrix<Float>(rows: shapes.reduce(0) { $0 + $1.rows }, columns: shapes[0].columns)
    var next = matrix.pointer
    for name in names {
      for element in elements(of: name) {
        next.pointee = element
        next += 1
      }
    }
    return matrix
  }
}
