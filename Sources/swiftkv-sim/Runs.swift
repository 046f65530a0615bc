import ArgumentParser
import Experiments
import Metrics
import Results

struct Runs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List stored runs, or show one.",
    discussion: """
      Examples:
        swiftkv-sim runs
        swiftkv-sim runs show 12
        swiftkv-sim runs show 12 --scenario > again.yaml
        swiftkv-sim runs show 12 --json - --detailed
      """,
    subcommands: [List.self, Show.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List stored runs, newest first.")

    @Option(help: "SQLite file of the runs.", completion: .file(extensions: ["sqlite"]))
    var db = "results/swiftkv.sqlite"
    @Option(help: "Rows at most.")
    var limit = 30

    func validate() throws {
      if limit < 1 { throw ValidationError("--limit: \(limit) is less than 1") }
    }

    func run() throws {
      do {
        let runs = try StoredRuns.open(db).list(limit: limit)
        Terminal.write(Terminal.text(StoredRuns.table(runs)))
      } catch {
        throw CommandFailure.stored(error)
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Show one stored run as 'run' printed it.")

    @Argument(help: "Its id in 'swiftkv-sim runs'.") var id: Int64
    @Flag(help: "Print only the scenario, as it was run.") var scenario = false
    @OptionGroup var output: ShownOutput

    func run() throws {
      let outputs = ResultOutputs(json: output.json == "-" ? nil : output.json, csv: output.csv)
      let collisions = outputs.collisions(reading: [output.db])
      guard collisions.isEmpty else {
        throw CommandFailure(
          message: collisions.joined(separator: "\n"), status: CommandFailure.badInput)
      }
      do {
        let (description, content) = try StoredRuns.open(output.db).load(id)
        if scenario {
          Terminal.write(description.scenarioText + (description.scenarioText.hasSuffix("\n") ? "" : "\n"))
          return
        }
        let record = content.record
        if record == nil, output.detailed || output.csv != nil {
          throw CommandFailure.run(StoredRuns.lacks("its requests", runs: [id]))
        }
        let figures = StoredRuns.figures(description, content)
        if let csv = output.csv, let record {
          try AtomicFile.write(RequestCSV.text(description, record), to: csv)
        }
        if let json = output.json {
          let outputs = ResultOutputs(detailed: output.detailed)
          let text = outputs.jsonText(description, figures, record: record)
          if json == "-" { return Terminal.write(text) }
          try AtomicFile.write(text, to: json)
        }
        let note = RunReport.percentileNote([figures]).map { $0 + "\n" } ?? ""
        Terminal.write(
          StoredRuns.heading(id: id, description, figures) + "\n"
            + RunReport.body(
              ReplicatedFigures([figures]), requestRate: description.requestRate,
              maxConcurrency: description.maxConcurrency, isOpenLoop: description.maxConcurrency == nil)
            + note
        )
      } catch {
        throw CommandFailure.stored(error)
      }
    }
  }

  struct ShownOutput: ParsableArguments {
    @Option(help: "SQLite file of the runs.", completion: .file(extensions: ["sqlite"]))
    var db = "results/swiftkv.sqlite"
    @Option(
      help: ArgumentHelp(
        "Result file as vllm bench serve writes it; '-' is standard output.", valueName: "file"))
    var json: String?
    @Flag(help: "Per-request lists in the result file.") var detailed = false
    @Option(help: ArgumentHelp("One row a request.", valueName: "file")) var csv: String?
  }
}
