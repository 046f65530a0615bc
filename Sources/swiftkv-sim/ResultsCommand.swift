import ArgumentParser
import Experiments
import Foundation
import Results

struct ResultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results", abstract: "Databases of results: merge those of several machines.",
    subcommands: [Merge.self])

  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge",
      abstract: "Take the sweeps and runs of other databases into one.",
      discussion: """
        Examples:
          swiftkv-sim results merge --into results/swiftkv.sqlite share-1.sqlite share-2.sqlite
          swiftkv-sim results merge --into all.sqlite shares/*.sqlite --keep-going

        Nothing is counted twice, however often it is merged. Files that cannot be used (damaged, of another program, of a newer \
        version) are named and nothing is merged; with --keep-going the others are.
        """)

    @Option(
      help: ArgumentHelp("The database that takes; made if it is missing.", valueName: "file"),
      completion: .file(extensions: ["sqlite"]))
    var into: String
    @Argument(
      help: "Databases to take from; they stay as they are.", completion: .file(extensions: ["sqlite"]))
    var files: [String]
    @Flag(help: "Merge the files that can be used when others cannot; the exit status is 1 then.")
    var keepGoing = false
    @Flag(name: [.short, .long], help: "No table.")
    var quiet = false

    func validate() throws {
      if into.isEmpty { throw ValidationError("--into: the name is empty") }
    }

    func run() throws {
      let collisions = Destinations.collisions([("--into", into)], reading: files)
      guard collisions.isEmpty else {
        throw CommandFailure(message: collisions.joined(separator: "\n"), status: CommandFailure.badInput)
      }
      var failures: [String] = []
      var usable: [String] = []
      for file in files {
        do {
          try StoreMerge.check(file)
          usable.append(file)
        } catch {
          failures.append("\(error)")
        }
      }
      guard failures.isEmpty || keepGoing, !usable.isEmpty else {
        let advice = usable.isEmpty ? "" : "\n--keep-going merges the other \(usable.count)"
        throw CommandFailure(
          message: failures.joined(separator: "\n") + "\nnothing was merged\(advice)",
          status: CommandFailure.badInput)
      }
      let problems = ResultOutputs(database: into).problems()
      guard problems.isEmpty else { throw CommandFailure.run(problems.joined(separator: "\n")) }
      var reports: [StoreMerge.Report] = []
      do {
        let merge = try StoreMerge(into: into)
        for file in usable {
          do throws(ResultsError) { reports.append(try merge.merge(file)) } catch {
            failures.append("\(error)")
          }
        }
      } catch {
        throw CommandFailure.run("\(error)")
      }
      if !quiet { Terminal.write(Terminal.text(Self.table(reports))) }
      failures += reports.filter { $0.differing > 0 }.map {
        "\($0.path): \($0.differing) results differ from those in \(into), which are kept; were they made by the same program?"
      }
      if !failures.isEmpty { throw CommandFailure.run(failures.joined(separator: "\n")) }
    }

    private static func table(_ reports: [StoreMerge.Report]) -> ReportTable {
      ReportTable(
        columns: ["file", "new results of sweeps", "known", "new runs", "known"],
        rows: reports.map {
          [$0.path, "\($0.newResults)", "\($0.knownResults)", "\($0.newRuns)", "\($0.knownRuns)"]
        })
    }
  }
}
