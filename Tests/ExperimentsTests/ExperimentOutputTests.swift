import Figures
import Foundation
import Metrics
import Quantities
import Results
import Testing

@testable import Experiments

@Suite struct ExperimentOutputTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "swiftkv-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  @Test("Every destination is tried, whatever becomes of the others")
  func allTried() throws {
    try withFolder { folder in
      let scenario = try ExperimentFixture.scenario()
      let runs = [
        try ExperimentFixture.run("baseline", ttft: 1, in: scenario),
        try ExperimentFixture.run("swiftkv-50", ttft: 0.5, in: scenario),
      ]
      let outputs = ResultOutputs(
        database: "\(folder)/missing/x.sqlite", json: "\(folder)/a.jsonl", csv: "\(folder)/missing/b.csv")
      #expect(throws: ResultsError.self) { try outputs.openCSV(runs.map(\.variant), of: scenario) }
      let csv = try RequestCSVFile(path: "/dev/full", runs: [("s", "baseline"), ("s", "swiftkv-50")])
      let saved = outputs.save(
        runs, of: scenario, createdAt: .now, fileDate: .distantPast, csv: (csv, runs.map(\.variant)))
      #expect(saved.ids.isEmpty)
      #expect(saved.files == ["\(folder)/a.jsonl"])
      #expect(saved.failures.count == 2)
      let json = try String(contentsOfFile: "\(folder)/a.jsonl", encoding: .utf8)
      #expect(json.split(separator: "\n").count == 2)
    }
  }

  @Test("What cannot be written is found before anything runs, all of it; the database's folder is made")
  func problems() throws {
    try withFolder { folder in
      try Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
      let bad = ResultOutputs(
        database: "\(folder)/file/x.sqlite", json: folder, csv: "\(folder)/nowhere/x.csv")
      #expect(bad.problems().count == 3)
      let good = ResultOutputs(
        database: "\(folder)/new/results.sqlite", json: "\(folder)/x.json", csv: "/dev/null")
      #expect(good.problems().isEmpty)
      #expect(FileManager.default.fileExists(atPath: "\(folder)/new/results.sqlite"))
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/x.json"))
    }
  }

  @Test("No file is written twice or over what is read, however it is spelt; a device may take several")
  func collisions() throws {
    try withFolder { folder in
      try Data().write(to: URL(fileURLWithPath: "\(folder)/rag.yaml"))
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/link", withDestinationPath: "\(folder)/rag.yaml")
      let twice = ResultOutputs(
        database: "\(folder)/x", json: "\(folder)/../\(SplitPath(folder).name)/x", csv: "\(folder)/link")
      #expect(
        twice.collisions(reading: ["\(folder)/rag.yaml"]) == [
          "--json: '\(folder)/../\(SplitPath(folder).name)/x' is the file of --db, too; name another file",
          "--csv: '\(folder)/link' is read by this run; name another file",
        ])
      let good = ResultOutputs(database: "\(folder)/x", json: "/dev/stdout", csv: "/dev/stdout")
      #expect(good.collisions(reading: ["\(folder)/rag.yaml"]).isEmpty)
    }
  }

  @Test("The newest experiment is what was stored together, not what merely came last")
  func latestExperiment() throws {
    try withFolder { folder in
      let scenario = try ExperimentFixture.scenario()
      let outputs = ResultOutputs(database: "\(folder)/r.sqlite")
      let run = try ExperimentFixture.run("baseline", ttft: 1, in: scenario)
      let other = try ExperimentFixture.run("swiftkv-50", ttft: 1, in: scenario)
      let (early, late) = (Date(timeIntervalSince1970: 1000), Date(timeIntervalSince1970: 2000))
      let newest = outputs.save([run, other], of: scenario, createdAt: late, fileDate: late)
      let older = outputs.save([run], of: scenario, createdAt: early, fileDate: early)
      #expect(newest.failures.isEmpty && older.failures.isEmpty)
      let stored = try StoredRuns.open("\(folder)/r.sqlite").list()
      #expect(StoredRuns.latestExperiment(stored).map(\.id) == newest.ids)
      #expect(StoredRuns.latestExperiment([]).isEmpty)
      #expect(StoredRuns.table(stored).rows.count == 3)
    }
  }

  @Test("Time lines contrast the first run with the one nearest to half the layers that can be run today")
  func contrast() throws {
    let scenario = try ExperimentFixture.scenario()
    func plotted(_ names: String...) throws -> [PlottedRun] {
      try names.map { PlottedRun(try ExperimentFixture.run($0, ttft: 1, in: scenario)) }
    }
    let runs = try plotted("baseline", "swiftkv-25", "swiftkv-50-across2", "swiftkv-50-fp8kv", "swiftkv-62.5")
    #expect(FigureSet.contrast(runs).map(\.name) == ["baseline", "swiftkv-62.5"])
    #expect(FigureSet.contrast(try plotted("baseline")).map(\.name) == ["baseline"])
    #expect(
      FigureSet.contrast(try plotted("baseline", "swiftkv-50-across2")).map(\.name)
        == ["baseline", "swiftkv-50-across2"])
  }

  @Test("A scenario's name cannot lead a figure out of its folder")
  func fileNames() {
    #expect(FigureSet.fileName("roofline-../RAG 8b/ü-swiftkv-62.5") == "roofline-..-rag-8b---swiftkv-62.5")
  }
}
