public import ArgumentParser
import Experiments
public import Figures
import Results

struct Plot: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Draw the figures of stored runs.",
    discussion: """
      Examples:
        swiftkv-sim plot
        swiftkv-sim plot --run 12 --run 14 --out plots/
        swiftkv-sim plot --db other.sqlite --format svg

      Without --run: the runs of the newest experiment. 'swiftkv-sim runs' lists what there is.
      """)

  @Option(help: "SQLite file of the runs.", completion: .file(extensions: ["sqlite"]))
  var db = "results/swiftkv.sqlite"
  @Option(name: .customLong("run"), help: ArgumentHelp("A run to draw. Repeatable.", valueName: "id"))
  var ids: [Int64] = []
  @Option(help: ArgumentHelp("Folder for the figures.", valueName: "folder"), completion: .directory)
  var out = "plots"
  @Option(name: .customLong("format"), help: "svg or png; both if not given.")
  var formats: [FigureFormat] = []

  func run() throws {
    let files: [String]
    do {
      let store = try StoredRuns.open(db)
      let chosen = ids.isEmpty ? StoredRuns.latestExperiment(try store.list()).map(\.id) : ids
      guard !chosen.isEmpty else { throw CommandFailure.run("'\(db)' holds no runs") }
      let runs = try chosen.map { id in try store.load(id) }
      let bare = zip(chosen, runs).filter { $0.1.1.record == nil }.map(\.0)
      if !bare.isEmpty {
        Terminal.inform(
          "\(bare.count == chosen.count ? "the time line is not drawn" : "the time line shows other runs only"): "
            + StoredRuns.lacks("\(bare.count == 1 ? "its" : "their") steps", runs: bare))
      }
      let figures = FigureSet.figures(ofStored: runs)
      files = try FigureWriter.write(
        figures, to: out, formats: formats.isEmpty ? FigureFormat.allCases : formats)
    } catch {
      throw CommandFailure.stored(error)
    }
    Terminal.write(files.map { $0 + "\n" }.joined())
  }
}

extension FigureFormat: ExpressibleByArgument {}
