import CostModel
public import Quantities
public import ReferenceKernels

/// What the kernels of one step or of many did, by name: launches, the work that their loops counted, and the time it took.
public struct KernelTally: Sendable {
  /// One kernel's share. Layers of the survivors count by themselves.
  public struct Line: Hashable, Sendable {
    public var kernel: StepKernel
    public var isForSurvivors: Bool
    public var launches = 0
    public var work = CountedWork.zero
    public var time = Seconds.zero

    /// As `StepCost.kernels(of:)` spells it.
    public var name: String { kernel.name + (isForSurvivors ? " (survivors)" : "") }
  }

  /// By kernel, for all tokens and for survivors in turn.
  private var all: [Line]

  public init() {
    all = StepKernel.allCases.flatMap { kernel in
      [false, true].map { Line(kernel: kernel, isForSurvivors: $0) }
    }
  }

  /// The kernels that were launched, in the order of a step.
  public var lines: [Line] { all.filter { $0.launches > 0 } }

  public var work: CountedWork { all.reduce(into: CountedWork.zero) { $0 += $1.work } }

  public subscript(kernel: StepKernel, isForSurvivors isForSurvivors: Bool) -> Line {
    all[Self.position(kernel, isForSurvivors)]
  }

  mutating func add(
    _ kernel: StepKernel, isForSurvivors: Bool, launches: Int, _ work: CountedWork, _ time: Seconds
  ) {
    let i = Self.position(kernel, isForSurvivors)
    all[i].launches += launches
    all[i].work += work
    all[i].time += time
  }

  mutating func removeAll() {
    for i in all.indices {
      all[i].launches = 0
      all[i].work = CountedWork.zero
      all[i].time = .zero
    }
  }

  public static func += (a: inout KernelTally, b: KernelTally) {
    for i in a.all.indices {
      a.all[i].launches += b.all[i].launches
      a.all[i].work += b.all[i].work
      a.all[i].time += b.all[i].time
    }
  }

  /// Time by kind of work.
  var stepTime: StepTime {
    var time = StepTime()
    for line in all { time[line.kernel.part] += line.time }
    return time
  }

  private static func position(_ kernel: StepKernel, _ isForSurvivors: Bool) -> Int {
    2 * kernel.rawValue + (isForSurvivors ? 1 : 0)
  }
}
