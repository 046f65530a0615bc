public import EngineSettings
public import Hardware
public import Models
import Quantities

/// The time of an engine step from the shape of its batch, for one model, plan, device and degree of tensor parallelism.
///
/// Reads the `LayerPlan` only. On a GPU, whatever depends on a number of rows alone is tabulated on first use, and decode attention by
/// sequences and mean context: O(1) per step after that, without allocation. Copies share their tables, on whatever threads
/// they are.
public struct StepCost: Sendable {
  let kernels: StepKernels
  let graphs: CUDAGraphs
  let release: VLLMRelease
  let host: HostTime
  let launchTimes: StepLaunch.Times

  public var plan: LayerPlan { kernels.plan }
  public var tensorParallelSize: Int { kernels.tensorParallelSize }
  public var device: DeviceProfile { kernels.device }
  /// Storage of the layers' matrices; the LM head and the embedding stay in 16 bit.
  public var weightPrecision: Precision { kernels.weightPrecision }

  /// - Parameter cache: whose tables this shares; without one it has its own.
  /// - Precondition: the device has the kernels that are needed, see ``UnsupportedKernels``.
  public init(
    plan: LayerPlan, tensorParallelSize: Int, device: DeviceProfile, engine: EngineConfig,
    weightPrecision: Precision, sharing cache: TableCache? = nil
  ) {
    graphs = device.spec.architecture.isProcessor ? CUDAGraphs.none : CUDAGraphs(engine)
    release = engine.release
    host = HostTime(device.host, isAsynchronous: engine.asyncScheduling)
    func make() -> StepKernels {
      StepKernels(
        plan: plan, tensorParallelSize: tensorParallelSize, device: device, weightPrecision: weightPrecision)
    }
    let key = TableCache.Key(
      plan: plan, tensorParallelSize: tensorParallelSize, device: device, weightPrecision: weightPrecision)
    kernels = cache?.kernels(for: key, make: make) ?? make()
    launchTimes = kernels.launchTimes()
  }

  /// Whether there are ``decodeSteps(sequences:)``: on a GPU.
  public var isTabulated: Bool { kernels.isTabulated }

  /// An empty batch to fill for ``time(of:)``.
  public var emptyBatch: BatchShape { BatchShape(tiling: kernels.tiling) }

  /// The time of one step. An empty batch takes none.
  public mutating func time(of batch: BatchShape) -> StepTime {
    kernels.isTabulated ? tabulatedTime(of: batch) : visitedTime(of: batch)
  }

  /// The same, kernel by kernel.
  func visitedTime(of batch: BatchShape) -> StepTime {
    var sink = TimeSink()
    visit(batch, &sink)
    return sink.time
  }

  /// Steps of `sequences` decodes, at least one, and nothing else.
  ///
  /// - Precondition: the device is a GPU.
  public mutating func decodeSteps(sequences: Int) -> DecodeSteps {
    precondition(sequences > 0 && kernels.isTabulated, "\(sequences) decodes on \(device.spec.name)")
    let launch = StepLaunch(tokens: sequences, requests: sequences, self)
    return DecodeSteps(
      kernels, launch, sequences: sequences, perStep: host.perStep,
      host.split(launching: launchTimes.time(launch), requests: sequences))
  }

  /// Every kernel of one step, in order, with what bounds it. Their times add up to ``time(of:)``.
  public mutating func kernels(of batch: BatchShape) -> [KernelLine] {
    var sink = ListSink()
    visit(batch, &sink)
    return sink.lines
  }
}
