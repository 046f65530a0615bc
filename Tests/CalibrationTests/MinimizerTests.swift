import Calibration
import Foundation
import Testing

@Suite struct MinimizerTests {
  @Test("finds the bottom of Rosenbrock's valley, the same point every time")
  func valley() {
    let minimizer = Minimizer(maxEvaluations: 4000)
    func run() -> Minimizer.Minimum {
      minimizer.minimize(from: [-1.2, 1], within: [-3...3, -3...3]) { x in
        pow(1 - x[0], 2) + 100 * pow(x[1] - x[0] * x[0], 2)
      }
    }
    let found = run()
    #expect(abs(found.point[0] - 1) < 1e-3 && abs(found.point[1] - 1) < 1e-3, "\(found)")
    #expect(found == run())
    #expect(found.evaluations <= 4000)
  }

  @Test("stays within bounds, also where the function is no number")
  func bounds() {
    let found = Minimizer(maxEvaluations: 500).minimize(from: [1.4], within: [0.5...2]) { x in
      x[0] > 1.5 ? .nan : x[0]
    }
    #expect(found.point == [0.5])
  }

  @Test("stops when told to, with the best point so far")
  func stopping() {
    var asked = 0
    let found = Minimizer(maxEvaluations: 1000).minimize(
      from: [1, 1], within: [-5...5, -5...5],
      isStopped: {
        asked += 1
        return asked > 20
      }
    ) { x in x[0] * x[0] + x[1] * x[1] }
    #expect(found.evaluations <= 25)
    #expect(found.value < 2)
  }
}
