/// A file that describes a sweep.
public struct SweepFile: Hashable, Sendable {}
