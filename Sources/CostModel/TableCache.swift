import Hardware
import Models
import Synchronization

/// Tables that many ``StepCost``s share: of deployments that differ in their engine's settings or their traffic alone.
///
/// Tables hold values that follow from their keys, so sharing changes no result, and any number of threads may share one cache. They
/// stay as long as the cache does: about 100 bytes for each number of rows that occurred, and a kilobyte for each 1,024 tokens of
/// mean context of each number of sequences.
public final class TableCache: Sendable {
  private let known = Mutex<[Key: StepKernels]>([:])

  public init() {}

  /// What kernels' times depend on.
  struct Key: Hashable {
    var plan: LayerPlan
    var tensorParallelSize: Int
    var device: DeviceProfile
    var weightPrecision: Precision

    /// Of a few fields only: a plan and a profile are large, and a cache holds few of them.
    func hash(into hasher: inout Hasher) {
      hasher.combine(plan.model.name)
      hasher.combine(plan.layers.count)
      hasher.combine(plan.cachedLayers)
      hasher.combine(plan.survivorLayers)
      hasher.combine(plan.kvPrecision)
      hasher.combine(tensorParallelSize)
      hasher.combine(device.spec.name)
      hasher.combine(weightPrecision)
    }
  }

  func kernels(for key: Key, make: () -> StepKernels) -> StepKernels {
    known.withLock { known in
      if let found = known[key] { return found }
      let made = make()
      known[key] = made
      return made
    }
  }
}
