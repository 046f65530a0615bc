import CostModel
import EngineSettings
import Experiments
import Models
import Quantities
import Testing

@Suite struct ExperimentInspectionTests {
  private func inspection(_ names: String..., engine: EngineConfig = EngineConfig()) throws -> Inspection {
    var scenario = try ExperimentFixture.scenario()
    scenario.engine = engine
    return try Inspection(scenario, variants: names.map { try Variant(name: $0) })
  }

  @Test("The kernels of a step add up to its time, FLOPs included")
  func kernelsAddUp() throws {
    for variant in try inspection("baseline", "swiftkv-50", "swiftkv-50-across2-fp8kv").variants {
      for step in variant.steps {
        let sum = step.kernels.reduce(Seconds.zero) { $0 + $1.time }
        #expect(abs(sum / step.time.total - 1) < 1e-12)
      }
    }
  }

  @Test(
    "Typical batches keep the engine's limits, also odd ones",
    arguments: [(1, 1), (16, 8), (64, 64), (8192, 1024)])
  func limits(budget: Int, sequences: Int) throws {
    var engine = EngineConfig()
    engine.maxNumBatchedTokens = budget
    engine.maxNumSeqs = sequences
    engine.maxModelLen = 4096
    let steps = try inspection("baseline", engine: engine).variants[0].steps
    #expect(!steps.isEmpty)
    for step in steps {
      #expect(step.batch.shape.tokens <= budget)
      #expect(step.batch.shape.decodeSequences <= sequences)
      #expect(step.batch.shape.prefillContext <= 4096 * step.batch.shape.prefillChunks)
    }
  }

  @Test("Tables are whole; a kernel of several layer kinds is listed once, with nothing lost")
  func tables() throws {
    let inspection = try inspection("baseline", "swiftkv-50-across2")
    for table in inspection.tables { #expect(table.rows.allSatisfy { $0.count == table.columns.count }) }
    let variant = inspection.variants[1]
    let table = try #require(inspection.kernels(of: variant, in: .prefill))
    let names = table.rows.map { $0[0] }
    #expect(Set(names).count == names.count)
    let launches = table.rows.compactMap { Int($0[2]) }.reduce(0, +)
    let step = try #require(variant.steps.first { $0.batch.kind == .prefill })
    #expect(launches == step.kernels.reduce(0) { $0 + $1.launches })
    #expect(inspection.footnotes.first != nil)
  }

  @Test("Half the layers skipped: the worked figures of the layer plan")
  func workedFigures() throws {
    let table = try inspection("baseline", "swiftkv-50", "swiftkv-50-across2-fp8kv").tables[0]
    #expect(table.rows[0].dropFirst() == ["32", "0", "32", "13.96", "131,072"])
    #expect(table.rows[1].dropFirst() == ["16", "16", "32", "7.248", "131,072"])
    #expect(table.rows[2].last == "49,152")
  }
}
