/// A duration, or a point in time counted from the start of a run, in seconds.
@frozen public struct Seconds: Quantity {
  public var value: Double
  @inlinable public init(_ value: Double) { self.value = value }
  public static let units = [
    Unit("s", 1), Unit("ms", 1e-3), Unit("us", 1e-6), Unit("µs", 1e-6), Unit("ns", 1e-9),
    Unit("min", 60), Unit("h", 3600),
  ]
  @inlinable public static var infinity: Seconds { Seconds(.infinity) }
  @inlinable public var milliseconds: Double { value * 1e3 }
}

/// An amount of memory or traffic, in bytes. Whole up to 2⁵³.
@frozen public struct Bytes: Quantity {
  public var value: Double
  @inlinable public init(_ value: Double) { self.value = value }
  public static let units = [
    Unit("TB", 1e12), Unit("GB", 1e9), Unit("MB", 1e6), Unit("kB", 1e3), Unit("B", 1),
    Unit("TiB", 1_099_511_627_776), Unit("GiB", 1_073_741_824), Unit("MiB", 1_048_576), Unit("KiB", 1024),
    Unit("KB", 1e3),
  ]
  @inlinable public var gibibytes: Double { value / 1_073_741_824 }
}

/// An amount of arithmetic, in floating-point operations (a multiply-add counts as two).
@frozen public struct FLOPs: Quantity {
  public var value: Double
  @inlinable public init(_ value: Double) { self.value = value }
  public static let units = [
    Unit("PFLOP", 1e15), Unit("TFLOP", 1e12), Unit("GFLOP", 1e9), Unit("MFLOP", 1e6), Unit("kFLOP", 1e3),
    Unit("FLOP", 1),
  ]
}

/// A rate of memory or link traffic, in bytes per second.
@frozen public struct BytesPerSecond: Quantity {
  public var value: Double
  @inlinable public init(_ value: Double) { self.value = value }
  public static let units = [
    Unit("TB/s", 1e12), Unit("GB/s", 1e9), Unit("MB/s", 1e6), Unit("kB/s", 1e3), Unit("B/s", 1),
  ]
}

/// A rate of arithmetic, in floating-point operations per second.
@frozen public struct FLOPsPerSecond: Quantity {
  public var value: Double
  @inlinable public init(_ value: Double) { self.value = value }
  public static let units = [
    Unit("PFLOP/s", 1e15), Unit("TFLOP/s", 1e12), Unit("GFLOP/s", 1e9), Unit("MFLOP/s", 1e6),
    Unit("FLOP/s", 1),
  ]
}

/// A rate of events (requests, steps), per second.
@frozen public struct PerSecond: Quantity {
  public var value: Double
  @inlinable public init(_ value: Double) { self.value = value }
  public static let units = [Unit("/s", 1), Unit("req/s", 1), Unit("rps", 1), Unit("/min", 1 / 60.0)]
}

@inlinable public func / (a: Bytes, b: BytesPerSecond) -> Seconds { Seconds(a.value / b.value) }
@inlinable public func / (a: FLOPs, b: FLOPsPerSecond) -> Seconds { Seconds(a.value / b.value) }
@inlinable public func / (a: Bytes, b: Seconds) -> BytesPerSecond { BytesPerSecond(a.value / b.value) }
@inlinable public func / (a: FLOPs, b: Seconds) -> FLOPsPerSecond { FLOPsPerSecond(a.value / b.value) }
@inlinable public func / (a: Double, b: Seconds) -> PerSecond { PerSecond(a / b.value) }
@inlinable public func / (a: Double, b: PerSecond) -> Seconds { Seconds(a / b.value) }
@inlinable public func * (a: PerSecond, b: Seconds) -> Double { a.value * b.value }
