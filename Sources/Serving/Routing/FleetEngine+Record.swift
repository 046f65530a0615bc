import CostModel
import Metrics
import Quantities
import Workload

/// What is known of a fleet's run once it is over.
extension FleetEngine {
  /// Tells the observers of the requests that the horizon or an interruption cut off, turns not reached among them.
  mutating func closeUnfinished() {
    var (told, now) = (closed, 0.0)
    for r in engines.indices { now = max(now, engines[r].now) }
    func tell(_ request: Request, planned: Seconds) {
      unsent.closed(.unsent(request, planned: planned))
      told += 1
      for turn in request.followUps {
        unsent.closed(.unsent(turn, planned: Seconds(now)))
        told += 1
      }
    }
    for r in engines.indices {
      told += engines[r].closeUnderWay()
      for (_, request) in engines[r].client.conversations.sorted(by: { $0.key < $1.key }) {
        for turn in request.followUps {
          unsent.closed(.unsent(turn, planned: Seconds(now)))
          told += 1
        }
      }
      while let request = engines[r].client.nextUnsent() { tell(request, planned: request.arrival) }
    }
    if wasInterrupted, !Observer.keepsDeliveries {
      unsent.abandoned(client.count - told)
    } else {
      while let request = client.nextUnsent() { tell(request, planned: request.arrival) }
    }
    for r in engines.indices { engines[r].observer.settle(into: &seconds) }
    seconds.settle(before: .infinity)
    order?.releaseAll()
  }

  var observers: [Observer] { engines.indices.map { engines[$0].observer } }

  /// - Parameter variants: the names of the replicas' variants.
  func totals(_ variants: [String]) -> RunTotals {
    var (busy, blocks, query, hits) = (StepTime(), 0, 0, 0)
    var replicas: [ReplicaTotals] = []
    for r in engines.indices {
      let own = engines[r].totals
      busy += engines[r].busy
      blocks += own.totalBlocks
      query += own.prefixQueryTokens
      hits += own.prefixHitTokens
      replicas.append(
        ReplicaTotals(
          variant: variants[r], steps: engines[r].endedSteps, busy: own.busy.reduce(.zero) { $0 + $1.time },
          totalBlocks: own.totalBlocks, prefixQueryTokens: own.prefixQueryTokens,
          prefixHitTokens: own.prefixHitTokens))
    }
    return RunTotals(
      busy: busy, totalBlocks: blocks, blockSize: engines[0].blockSize, prefixQueryTokens: query,
      prefixHitTokens: hits, replicas: replicas)
  }

  var work: SimulatorWork {
    var work = SimulatorWork(launchedSteps: 0, closedRequests: 0)
    for r in engines.indices {
      work.launchedSteps += engines[r].launchedSteps
      work.closedRequests += engines[r].closed
    }
    return work
  }
}
