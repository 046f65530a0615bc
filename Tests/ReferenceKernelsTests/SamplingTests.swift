import Quantities
import ReferenceKernels
import Testing

@Suite struct SamplingTests {
  @Test("greedy: the first of the largest, NaN never", arguments: [1, 7, 16, 37])
  func greedy(vocabulary: Int) {
    let logits = randomMatrix(4, vocabulary, seed: 1)
    logits[1, vocabulary - 1] = 5
    logits[2, vocabulary / 2] = 5
    logits[2, vocabulary - 1] = 5
    logits[3, 0] = .nan
    for threads in everyKernelThreads() {
      var tokens = [Int32](repeating: -1, count: 4)
      let work = Kernels.argmax(logits.view, into: &tokens, threads: threads)
      #expect(work == CountedWork(flops: 0, bytes: Bytes(Double(16 * vocabulary))))
      for row in 0..<4 {
        #expect(tokens[row] == PlainKernels.argmax(logits.view(rows: row..<row + 1).elements))
      }
    }
  }

  @Test("a draw belongs to its stream; frequencies are those of softmax")
  func draws() {
    let row: [Float] = [0, 1, 2, -1, 0.5]
    let count = 4000
    let logits = Matrix<Float>(rows: count, columns: row.count)
    for i in 0..<count { for j in row.indices { logits[i, j] = row[j] } }
    let streams = (0..<count).map { UInt64($0) << 20 }
    let threads = KernelThreads(count: 2, pinned: false)
    var tokens = [Int32](repeating: -1, count: count)
    Kernels.sample(
      logits.view, temperature: 2, seed: 7, streams: streams, into: &tokens, threads: threads)
    var alone: [Int32] = [-1]
    Kernels.sample(
      logits.view(rows: 0..<1), temperature: 2, seed: 7, streams: [streams[1234]], into: &alone,
      threads: threads)
    #expect(alone[0] == tokens[1234])
    // Expected shares: e^(x/2) over their sum; five standard deviations of a binomial share are below 0.04.
    let weights = [1, 1.6487, 2.7183, 0.6065, 1.2840]
    let total = weights.reduce(0, +)
    for j in row.indices {
      let share = Double(tokens.count { $0 == Int32(j) }) / Double(count)
      #expect((share - weights[j] / total).magnitude < 0.04)
    }
  }
}
