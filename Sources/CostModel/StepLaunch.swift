import EngineSettings
import Hardware
import Quantities

/// How the kernels of one step are launched, and to how many rows a captured graph pads them.
struct StepLaunch {
  /// Layers that every token runs, and later layers that survivors run.
  let all: Half
  let survivors: Half

  typealias Launch = CUDAGraphs.Launch

  struct Half {
    var launch: Launch
    /// Rows that the layers' matrices and element-wise kernels work on.
    var rows: Int

    init(launch: Launch, rows: Int) { (self.launch, self.rows) = (launch, rows) }

    /// For kernels whose times do not depend on how they are launched.
    init(eagerRows rows: Int) { self.init(launch: .eager, rows: rows) }
  }

  @inline(__always) init(tokens: Int, requests: Int, _ cost: StepCost) {
    self.init(
      tokens: tokens, requests: requests, selects: cost.kernels.selects, graphs: cost.graphs,
      release: cost.release)
  }

  /// - Parameter selects: some layers run survivors only. Selecting them is not captured, so no graph covers the whole step.
  @inline(__always)
  init(tokens: Int, requests: Int, selects: Bool, graphs: CUDAGraphs, release: VLLMRelease) {
    let rows = graphs.paddedTokens(tokens)
    let whole = graphs.launch(isCaptured: rows != nil, isUniform: tokens == requests)
    guard selects else {
      all = Half(launch: whole, rows: rows ?? tokens)
      survivors = all
      return
    }
    all = Half(launch: whole == .full ? .piecewise : whole, rows: rows ?? tokens)
    let own = graphs.paddedTokens(requests)
    let isEager = own == nil || release.survivorsNeedStepSize && own != rows
    survivors = Half(launch: isEager ? .eager : .piecewise, rows: isEager ? requests : own ?? requests)
  }

  /// Seconds of launching either half, by how it is launched: rows do not matter.
  struct Times: Sendable {
    var all = ByLaunch()
    /// 0 where nothing is selected: there is one half then.
    var survivors = ByLaunch()

    struct ByLaunch: Sendable {
      var full = 0.0
      var piecewise = 0.0
      var eager = 0.0

      @inline(__always) subscript(launch: Launch) -> Double {
        switch launch {
        case .full: full
        case .piecewise: piecewise
        case .eager: eager
        }
      }
    }

    @inline(__always) func time(_ launch: StepLaunch) -> Double {
      all[launch.all.launch] + survivors[launch.survivors.launch]
    }
  }
}

/// What the CPU launches in a step.
struct LaunchTally {
  private(set) var graphs = 0
  private(set) var attentionOperations = 0
  private(set) var kernels = 0

  /// Graphs of `layers` layers: one for all, or one a stretch between attention operations.
  mutating func addLayers(_ layers: Int, launchedAs launch: CUDAGraphs.Launch) {
    switch launch {
    case .full: graphs = 1
    case .piecewise: (graphs, attentionOperations) = (graphs + layers + 1, attentionOperations + layers)
    case .eager: attentionOperations += layers
    }
  }

  mutating func addKernels(_ count: Int, launchedAs launch: CUDAGraphs.Launch) {
    if launch == .eager { kernels += count }
  }

  func time(_ host: DeviceProfile.Host) -> Seconds {
    host.graphLaunch * Double(graphs) + host.attentionLaunch * Double(attentionOperations)
      + host.kernelLaunch * Double(kernels)
  }
}
