public import Models
import Randomness

/// The weights of a model that nobody trained, made from a seed.
///
/// Every matrix is drawn by itself, by layer and name, so plans that run different layers of a model share its weights, and a
/// layer's Q, K and V are the same whether they are projected together or not. Elements are uniform with variance 1/k for k
/// inputs: a normed input of variance 1 gives outputs of variance 1, which makes attention scores of order 1 and so attention that
/// depends on its context. The head's are four times as large, so that the largest logit stands out.
public struct RandomWeights: Sendable {
  public let model: ModelConfig
  private let stream: RandomStream

  /// A matrix or vector of the model; `layer` counts from 0.
  public enum Name: Hashable, Sendable {
    case embedding, finalNorm, head
    /// Norm of the hidden state that later layers share (SwiftKV).
    case sharedNorm
    case inputNorm(layer: Int), postAttentionNorm(layer: Int)
    case query(layer: Int), key(layer: Int), value(layer: Int), output(layer: Int)
    case gate(layer: Int), up(layer: Int), down(layer: Int)
  }

  public init(model: ModelConfig, seed: UInt64) {
    self.model = model
    stream = RandomStream(seed: seed, stream: .weights)
  }

  /// Rows and columns, [outputs, inputs]; a norm is one row.
  public func shape(of name: Name) -> (rows: Int, columns: Int) {
    let hidden = model.hiddenSize
    let query = model.numAttentionHeads * model.headDim
    let key = model.numKeyValueHeads * model.headDim
    return switch name {
    case .embedding, .head: (model.vocabSize, hidden)
    case .finalNorm, .sharedNorm, .inputNorm, .postAttentionNorm: (1, hidden)
    case .query: (query, hidden)
    case .key, .value: (key, hidden)
    case .output: (hidden, query)
    case .gate, .up: (model.intermediateSize, hidden)
    case .down: (hidden, model.intermediateSize)
    }
  }

  /// The elements in order of rows. O(elements).
  public func elements(of name: Name) -> [Float] {
    let (rows, columns) = shape(of: name)
    var draws = stream.draws(at: item(name))
    let (centre, deviation) = distribution(name, columns)
    let scale = 2 * Float(3).squareRoot() * deviation * 0x1p-24
    let lowest = centre - Float(3).squareRoot() * deviation
    let count = rows * columns
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      var i = 0
      while i < count {
        // Two elements a draw: 24 bits are all that a Float holds.
        let word = draws.next()
        buffer[i] = lowest + scale * Float(word >> 40)
        if i + 1 < count { buffer[i + 1] = lowest + scale * Float(word & 0xFF_FFFF) }
        i += 2
      }
      initialized = count
    }
  }

  private func distribution(_ name: Name, _ inputs: Int) -> (centre: Float, deviation: Float) {
    let unit = 1 / Float(inputs).squareRoot()
    return switch name {
    case .embedding: (0, 1)
    case .head: (0, 4 * unit)
    case .finalNorm, .sharedNorm, .inputNorm, .postAttentionNorm: (1, 0.1)
    case .query, .key, .value, .output, .gate, .up, .down: (0, unit)
    }
  }

  /// Item of the stream: 16 a layer, the model's own after all layers.
  private func item(_ name: Name) -> Int {
    let layers = 16 * model.numHiddenLayers
    return switch name {
    case .inputNorm(let layer): 16 * layer
    case .query(let layer): 16 * layer + 1
    case .key(let layer): 16 * layer + 2
    case .value(let layer): 16 * layer + 3
    case .output(let layer): 16 * layer + 4
    case .postAttentionNorm(let layer): 16 * layer + 5
    case .gate(let layer): 16 * layer + 6
    case .up(let layer): 16 * layer + 7
    case .down(let layer): 16 * layer + 8
    case .embedding: layers
    case .finalNorm: layers + 1
    case .head: layers + 2
    case .sharedNorm: layers + 3
    }
  }
}
