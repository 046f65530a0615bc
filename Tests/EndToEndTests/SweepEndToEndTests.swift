import Foundation
import GRDB
import Testing

/// `sweep` and `results merge` as a user runs them.
@Suite struct SweepEndToEndTests {
  static let small = """
    name: small
    scenario: tiny.yaml
    axes:
      variant: [baseline, swiftkv-50]
      engine.max_num_seqs: [16, 64, 256]
      workload.arrivals.request_rate: {from: 5, to: 80, steps: 8, scale: log}

    """

  static func program() throws -> Program {
    let program = try Program()
    try program.write(small, to: "s.yaml")
    return program
  }

  @Test("A sweep prints its points, stores them and writes the CSV; the same command again simulates nothing")
  func sweep() throws {
    let program = try Self.program()
    defer { program.remove() }
    let first = try program.run("sweep", "s.yaml", "--csv", "a.csv")
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("that meet the objective, by output tokens a second and GPU:"))
    #expect(first.errors.contains("48 simulations in"))
    let rows = try program.read("a.csv").split(separator: "\n")
    #expect(rows.count == 49)
    #expect(rows[0].hasPrefix("point,variant,engine.max_num_seqs,workload.arrivals.request_rate,model_name,"))
    #expect(
      rows[1].hasPrefix(
        "0,baseline,16,5,meta-llama/Llama-3.1-8B-Instruct,baseline,H100-SXM-80GB,1,1,0,0,done,,1,5,40,"))
    #expect(!first.errors.contains("\u{1B}"), "progress went to a file")
    let again = try program.run("sweep", "s.yaml", "--csv", "b.csv", "--threads", "1")
    #expect(again.status == 0 && again.output == first.output)
    #expect(
      again.errors.contains("0 simulations in") && again.errors.contains("48 were there"), "\(again.errors)")
    #expect(try program.read("b.csv") == program.read("a.csv"))
    let status = try program.run("sweep", "s.yaml", "--status")
    #expect(
      status.output.contains("48 of 48 simulations done, 0 missing in results/swiftkv.sqlite"),
      "\(status.output)")
    #expect(try program.run("runs").output.split(separator: "\n").count == 1, "a sweep's points are no runs")
  }

  @Test("Looking at a sweep makes nothing; quiet says nothing")
  func dryRun() throws {
    let program = try Self.program()
    defer { program.remove() }
    let before = try program.made()
    let preview = try program.run("sweep", "s.yaml", "--dry-run")
    #expect(
      preview.status == 0 && preview.output.contains("48 simulations; nothing was simulated or written"))
    #expect(preview.output.contains("workload.arrivals.request_rate: 5, 7.42997"), "\(preview.output)")
    let status = try program.run("sweep", "s.yaml", "--status")
    #expect(status.status == 2 && status.errors.contains("there is no such file"))
    #expect(try program.made() == before)
    let quiet = try program.run("sweep", "s.yaml", "-q", "--csv", "a.csv")
    #expect(quiet.status == 0 && quiet.output.isEmpty && quiet.errors.isEmpty)
  }

  @Test("Bad input: status 2, every problem at once with its line, nothing made")
  func badInput() throws {
    let program = try Self.program()
    defer { program.remove() }
    try program.write(
      "scenario: nope.yaml\nsamplin: x\naxes:\n  engine.max_num_seqs: {from: 1, to: .nan, steps: 3}\n",
      to: "bad.yaml")
    try program.write(Self.small.replacing("[16, 64, 256]", with: "[16, 64, 9000]"), to: "points.yaml")
    let before = try program.made()
    let file = try program.run("sweep", "bad.yaml")
    #expect(file.status == 2 && file.output.isEmpty)
    for part in [
      "bad.yaml:2: samplin: unknown key", "bad.yaml:4: axes.engine.max_num_seqs.to: found '.nan'",
      "nope.yaml: no such file",
    ] {
      #expect(file.errors.contains(part), "\(file.errors)")
    }
    let points = try program.run("sweep", "points.yaml")
    #expect(points.status == 2)
    #expect(
      points.errors.contains("(in 16 of 48 points, the first variant=baseline, engine.max_num_seqs=9000,"),
      "\(points.errors)")
    for arguments in [
      ["sweep", "none.yaml"], ["sweep", "."], ["sweep", "s.yaml", "--shard", "0/3"],
      ["sweep", "s.yaml", "--threads", "0"],
      ["sweep", "s.yaml", "--db", "s.yaml"], ["sweep", "s.yaml", "--csv", "tiny.yaml"],
      ["sweep", "s.yaml", "--csv", "-"],
      ["sweep", "s.yaml", "--set", "variant=baseline"], ["sweep", "s.yaml", "--replications", "0"],
      ["sweep", "s.yaml", "--dry-run", "--status"], ["results", "merge", "--into", "x.sqlite"],
      ["results", "merge", "--into", "x.sqlite", "none.sqlite"],
      ["results", "merge", "--into", "", "a.sqlite"],
    ] {
      let result = try program.run(arguments)
      #expect(
        result.status == 2 && result.output.isEmpty && !result.errors.isEmpty, "\(arguments): \(result)")
    }
    #expect(try program.made() == before)

    let skipping = try program.run("sweep", "points.yaml", "--skip-invalid", "--csv", "a.csv")
    #expect(skipping.status == 0, "\(skipping.errors)")
    let rows = try program.read("a.csv").split(separator: "\n")
    #expect(rows.count == 49 && rows.count { $0.contains(",invalid,") } == 16)
  }

  @Test("Shares into databases of their own, merged: the CSV of the whole, byte for byte")
  func shares() throws {
    let program = try Self.program()
    defer { program.remove() }
    #expect(
      try program.run("sweep", "s.yaml", "--db", "whole.sqlite", "--csv", "whole.csv", "-q").status == 0)
    for i in 1...3 {
      let share = try program.run("sweep", "s.yaml", "--shard", "\(i)/3", "--csv", "\(i).csv")
      #expect(
        share.status == 0 && share.errors.contains("16 of 16 simulations of share \(i)/3 done"),
        "\(share.errors)")
      #expect(try program.read("\(i).csv").split(separator: "\n").count == 17)
    }
    let files = (1...3).map { "results/small.share-\($0)-of-3.sqlite" }
    for expected in ["16", "0"] {
      let merge = try program.run(["results", "merge", "--into", "all.sqlite"] + files)
      #expect(merge.status == 0, "\(merge.errors)")
      for line in merge.output.split(separator: "\n").dropFirst() {
        #expect(line.split(separator: " ")[1] == Substring(expected), "\(line)")
      }
    }
    let whole = try program.run("sweep", "s.yaml", "--db", "all.sqlite", "--csv", "all.csv")
    #expect(whole.errors.contains("0 simulations in"), "\(whole.errors)")
    #expect(try program.read("all.csv") == program.read("whole.csv"))
  }

  @Test("Files that cannot be merged are named; the others are merged only if that is wanted")
  func unusableShares() throws {
    let program = try Self.program()
    defer { program.remove() }
    #expect(try program.run("sweep", "s.yaml", "--db", "good.sqlite", "-q").status == 0)
    try program.write("no database at all, only text\n", to: "text.sqlite")
    try Self.makeNewer(program, "newer.sqlite")
    let arguments = [
      "results", "merge", "--into", "all.sqlite", "good.sqlite", "text.sqlite", "newer.sqlite",
    ]
    let refused = try program.run(arguments)
    #expect(refused.status == 2 && !program.exists("all.sqlite"))
    for part in [
      "'text.sqlite': it is not an SQLite database", "'newer.sqlite' was made by a newer",
      "nothing was merged", "--keep-going merges the other 1",
    ] {
      #expect(refused.errors.contains(part), "\(refused.errors)")
    }
    let kept = try program.run(arguments + ["--keep-going"])
    #expect(kept.status == 1 && kept.output.contains("good.sqlite") && kept.errors.contains("text.sqlite"))
    let whole = try program.run("sweep", "s.yaml", "--db", "all.sqlite")
    #expect(whole.status == 0 && whole.errors.contains("0 simulations in"), "\(whole.errors)")
  }

  /// A database as a later version of the program might make it.
  static func makeNewer(_ program: Program, _ name: String) throws {
    #expect(
      try program.run("sweep", "s.yaml", "--db", name, "-q", "--set", "workload.num_requests=1").status == 0)
    try DatabaseQueue(path: program.folder.appending(path: name).path).write { db in
      try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99 energy')")
    }
  }
}
