import Hardware
import Quantities

/// What the host adds to a step's kernels. Launching overlaps with them, and so does an asynchronous engine's scheduling.
@usableFromInline @frozen
struct HostTime: Sendable {
  @usableFromInline let perStep: Double
  @usableFromInline let scheduling: Double
  @usableFromInline let schedulingPerRequest: Double
  @usableFromInline let isAsynchronous: Bool

  init(_ host: DeviceProfile.Host, isAsynchronous: Bool) {
    perStep = host.perStep.value
    scheduling = host.scheduling.value
    schedulingPerRequest = host.schedulingPerRequest.value
    self.isAsynchronous = isAsynchronous
  }

  /// Seconds of a step whose kernels take `kernels` seconds, and which take `launching` seconds to launch.
  @inline(__always)
  func step(kernels: Double, launching: Double, requests: Int) -> Double {
    let (before, beside) = split(launching: launching, requests: requests)
    return Self.step(kernels: kernels + perStep, before: before, beside: beside)
  }

  /// What a step waits for before its kernels run, and what runs beside them.
  @inline(__always)
  func split(launching: Double, requests: Int) -> (before: Double, beside: Double) {
    let own = scheduling + schedulingPerRequest * Double(requests)
    return isAsynchronous ? (0, own + launching) : (own, launching)
  }

  @inlinable
  static func step(kernels: Double, before: Double, beside: Double) -> Double {
    before + max(kernels, beside)
  }
}
