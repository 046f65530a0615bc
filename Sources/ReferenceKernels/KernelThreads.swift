internal import CReferenceKernels
public import Quantities

/// A group of threads that run kernels together; the thread that calls a kernel is one of them.
///
/// Threads wait by spinning for some 50 µs and then sleep, so kernels that follow each other start within about a microsecond. A
/// group serves one call at a time: use it from one thread. Results do not depend on the number of threads.
public final class KernelThreads {
  /// The C group; every kernel takes it.
  let group: OpaquePointer
  public let count: Int
  public let instructionSet: InstructionSet

  /// Starts `count` - 1 threads beside the caller.
  ///
  /// - Parameters:
  ///   - count: at least 1; the cores that this process may use when nil.
  ///   - instructionSet: must be available; the best that is when nil.
  ///   - spin: how long a waiting thread spins before it sleeps. Where times are measured it should not sleep at all between two
  ///     kernels, nor between two requests: a virtual machine's idle core may be given away, and comes back late.
  ///   - pinned: binds each thread to a core of its own, the calling thread included until the group ends.
  public init(
    count: Int? = nil, instructionSet: InstructionSet? = nil, spin: Seconds = 50e-6, pinned: Bool = true
  ) {
    self.count = count ?? Self.cores
    self.instructionSet = instructionSet ?? .best
    precondition(self.count >= 1, "a group has at least one thread, not \(self.count)")
    precondition(self.instructionSet.isAvailable, "this processor has no \(self.instructionSet)")
    guard let group = rk_threads_create(Int32(self.count), self.instructionSet.code, pinned) else {
      preconditionFailure("the system starts no more threads")
    }
    self.group = group
    rk_threads_set_spin(group, UInt64(max(0, spin.value) * 1e9))
  }

  deinit { rk_threads_destroy(group) }

  /// Cores that this process may use.
  public static var cores: Int { Int(rk_cores()) }
}
