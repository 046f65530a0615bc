public import Quantities

public struct EventQueue {
  public init() {}
  public var now: Seconds { .zero }
}
