/// Which steps replay captured CUDA graphs, under vLLM's names (`compilation_config.cudagraph_mode`).
@frozen public enum CUDAGraphMode: String, Hashable, Sendable, Codable, CaseIterable {
  /// Compiled kernels, launched one by one.
  case none = "NONE"
  /// A graph for each stretch between attention operations, which are launched by themselves.
  case piecewise = "PIECEWISE"
  /// One graph for a step of decodes only, piecewise graphs for any other.
  case fullAndPiecewise = "FULL_AND_PIECEWISE"
}

/// The batch sizes that an engine captures as CUDA graphs, and how a step is launched.
@frozen public struct CUDAGraphs: Hashable, Sendable {
  public let mode: CUDAGraphMode
  /// Steps of more tokens run without a graph.
  public let largest: Int
  /// Distance of captured sizes from 256 on, a power of two; 8 below.
  @usableFromInline let step: Int

  @frozen public enum Launch: Hashable, Sendable {
    case full
    case piecewise
    case eager
  }

  /// No graphs at all.
  public static let none = CUDAGraphs(mode: .none, largest: 0, step: 8)

  private init(mode: CUDAGraphMode, largest: Int, step: Int) {
    (self.mode, self.largest, self.step) = (mode, largest, step)
  }

  public init(_ engine: EngineConfig) {
    mode = engine.enforceEager ? .none : engine.cudagraphMode
    largest = min(2 * engine.maxNumSeqs, 512, engine.maxNumBatchedTokens)
    step = engine.release.wideCaptureSteps ? 16 : 8
  }

  /// The captured size that a step of `tokens` is padded to, or nil if it runs without a graph. O(1).
  @inline(__always) @inlinable
  public func paddedTokens(_ tokens: Int) -> Int? {
    guard mode != .none, tokens > 0 else { return nil }
    let size: Int =
      switch tokens {
      case ...2: tokens
      case ...4: 4
      case ...256: (tokens + 7) / 8 * 8
      default: (tokens + step - 1) & ~(step - 1)
      }
    return size <= largest ? size : nil
  }

  /// - Parameters: `isCaptured`: there is a padded size; `isUniform`: every scheduled request has one token.
  @inline(__always) @inlinable
  public func launch(isCaptured: Bool, isUniform: Bool) -> Launch {
    guard isCaptured else { return .eager }
    return isUniform && mode == .fullAndPiecewise ? .full : .piecewise
  }
}
