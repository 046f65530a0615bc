import ArgumentParser
import Experiments
import InputFiles
import Metrics
import Planning
import Quantities

/// What a capacity is wanted for.
struct PlanOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Requests a second to plan replicas, GPUs and cost for.", valueName: "req/s"))
  var targetRate: Double?
  @Option(
    help: ArgumentHelp("Share of each replica's capacity that is kept free, 0 to 0.9.", valueName: "share"))
  var headroom = PlanOptions.usualHeadroom
  @Option(
    help: ArgumentHelp(
      "USD per GPU-hour; without it the range of rental prices in the first half of 2026.", valueName: "usd"))
  var gpuPrice: Double?
  @Option(
    help: ArgumentHelp(
      "CSV file with columns time_s,rate, or a shape whose peak is --target-rate: "
        + Traffic.shapeNames.joined(separator: ", ") + ".", valueName: "file or shape"),
    completion: .file(extensions: ["csv"]))
  var traffic: String?
  @Option(
    help: ArgumentHelp(
      "Time from the order of a replica to its first answer, for --traffic.", valueName: "time"))
  var startUp = "5 min"

  static let usualHeadroom = 0.1
  private static let longestStartUp = 86_400.0

  func validate() throws {
    var problems: [String] = []
    func check(_ option: String, _ value: Double?, _ isAllowed: (Double) -> Bool, _ allowed: String) {
      guard let value, !isAllowed(value) else { return }
      problems.append("\(option): found \(value); allowed is \(allowed)")
    }
    check("--target-rate", targetRate, { $0 > 0 && $0 <= 1e6 }, "a number above 0, at most 1,000,000")
    check("--headroom", headroom, { $0 >= 0 && $0 <= 0.9 }, "0 to 0.9")
    check("--gpu-price", gpuPrice, { $0 > 0 && $0 <= 1e4 }, "a number above 0, at most 10,000")
    do { _ = try startUpTime() } catch { problems.append(error.message) }
    if let traffic, Traffic.shapeNames.contains(traffic), targetRate == nil {
      problems.append("--traffic \(traffic): a shape needs --target-rate, the rate at its peak")
    }
    if traffic == "" { problems.append("--traffic: the name is empty") }
    guard problems.isEmpty else { throw ValidationError(problems.joined(separator: "\n")) }
  }

  private struct Problem: Error { let message: String }

  private func startUpTime() throws(Problem) -> Seconds {
    do {
      let time = try Seconds(parsing: startUp)
      if time.value >= 0, time.value <= Self.longestStartUp { return time }
    } catch {
      throw Problem(message: "--start-up: \(error)")
    }
    throw Problem(message: "--start-up: found \(startUp); allowed is 0 s to a day")
  }

  /// The file of `--traffic`, if it is one.
  var trafficFile: String? { traffic.flatMap { Traffic.shapeNames.contains($0) ? nil : $0 } }

  func readTraffic() throws -> Traffic? {
    guard let traffic else { return nil }
    if let targetRate, let shape = Traffic.shape(traffic, peak: targetRate) { return shape }
    do {
      return try Traffic(csv: traffic)
    } catch {
      let near = nearestName(to: traffic, among: Traffic.shapeNames).map { "; did you mean the shape \($0)?" }
      throw CommandFailure(message: "--traffic: \(error)\(near ?? "")", status: CommandFailure.badInput)
    }
  }

  func request(_ traffic: Traffic?) throws -> PlanRequest {
    PlanRequest(
      targetRate: targetRate, headroom: headroom, traffic: traffic,
      startUp: (try? startUpTime()) ?? Seconds(300))
  }
}

/// How a capacity is searched.
struct SearchOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Limits in ms of single requests: ttft:500 tpot:50 e2el:2000. A share of them, --goodput-share, must keep them all.",
      valueName: "key:ms"))
  var goodput: [String] = []
  @Option(
    help: ArgumentHelp("Share of requests that must keep the limits of --goodput.", valueName: "share"))
  var goodputShare: Double?
  @Option(
    help: ArgumentHelp(
      "Independent runs at most. They begin with 8 and are added until --tolerance is reached.",
      valueName: "n"))
  var replications = 16
  @Option(
    help: ArgumentHelp("Half-width of the interval ÷ capacity that is good enough.", valueName: "share"))
  var tolerance = 0.02
  @Flag(help: "Do not look for the resource that holds the capacity back.")
  var noGains = false
  @Option(help: "Runs simulated at once; one per core if not given. Results do not depend on it.")
  var threads: Int?

  func validate() throws {
    var problems: [String] = []
    do { _ = try GoodputLimits(options: goodput) } catch { problems.append("\(error)") }
    if let goodputShare {
      if !(goodputShare > 0 && goodputShare <= 1) {
        problems.append("--goodput-share: found \(goodputShare); allowed is above 0, at most 1")
      }
      if goodput.isEmpty { problems.append("--goodput-share needs --goodput") }
    }
    if !(2...1000).contains(replications) {
      problems.append("--replications: found \(replications); allowed are 2 to 1,000")
    }
    if !(tolerance >= 0.001 && tolerance <= 0.5) {
      problems.append("--tolerance: found \(tolerance); allowed is 0.001 to 0.5")
    }
    if let threads, threads < 1 { problems.append("--threads: \(threads) is less than 1") }
    guard problems.isEmpty else { throw ValidationError(problems.joined(separator: "\n")) }
  }

  func objective(of scenario: Scenario) throws -> CapacityObjective {
    CapacityObjective(
      limits: scenario.objective.limits, goodputLimits: try GoodputLimits(options: goodput),
      goodShare: goodputShare ?? CapacityObjective.usualGoodShare)
  }

  var settings: CapacityStudy.Settings {
    CapacityStudy.Settings(
      tolerance: tolerance, replications: min(8, replications)...replications, relaxes: !noGains)
  }
}

extension GoodputLimits {
  /// From `ttft:500`, `tpot:50`, `e2el:2000`, in ms.
  init(options: [String]) throws {
    self.init()
    for text in options {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, let milliseconds = Double(parts[1]), milliseconds.isFinite, milliseconds > 0
      else {
        throw ValidationError("--goodput: '\(text)' is not a name and a limit in ms, such as ttft:500")
      }
      let limit = Seconds(milliseconds / 1e3)
      switch parts[0] {
      case "ttft": ttft = limit
      case "tpot": tpot = limit
      case "e2el": e2e = limit
      default: throw ValidationError("--goodput: '\(parts[0])' is none of ttft, tpot, e2el")
      }
    }
  }
}
