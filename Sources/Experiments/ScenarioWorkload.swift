import Foundation
import InputFiles
import Quantities
import Workload
import Yams

/// The `workload` section, arrivals and lengths apart.
extension ScenarioReader {
  static let mostRequests = 100_000_000

  mutating func workload(_ top: Section) -> WorkloadSpec? {
    guard top.has("workload") else {
      note("missing; it says how many requests come, when, and how long they are", at: "workload", line: nil)
      return nil
    }
    guard let section = section(top, "workload", kind: .workload) else { return nil }
    let (base, presetIsGood) = preset(section)
    let arrivals = self.arrivals(section, base: base, isRequired: presetIsGood)
    let prompt =
      length(section, "prompt_tokens", isRequired: base == nil && presetIsGood) ?? base?.promptTokens
    let output =
      length(section, "output_tokens", isRequired: base == nil && presetIsGood) ?? base?.outputTokens
    let prefix = self.prefix(section) ?? base?.prefix
    let trace = self.trace(section) ?? (section.has("trace") ? nil : base?.trace)
    let priorities = self.priorities(section) ?? base?.priorities
    let requests = int(
      section, "num_requests", 1...Self.mostRequests, why: "more takes minutes and tells nothing new")
    checkTrace(section, base: base)
    if presetIsGood { checkCount(section, base: base) }
    guard let arrivals, let prompt, let output else { return nil }
    if case .conversations = prefix, case .trace = arrivals.spec {
      note(
        "conversations make their own later turns; a trace's arrivals cannot start them", in: section,
        "prefix")
    }
    return WorkloadSpec(
      numRequests: requests ?? base?.numRequests, arrivals: arrivals.spec, promptTokens: prompt,
      outputTokens: output,
      prefix: prefix ?? PrefixSharing.none, trace: trace,
      maxConcurrency: arrivals.maxConcurrency ?? base?.maxConcurrency, priorities: priorities ?? [])
  }

  private mutating func preset(_ section: Section) -> (base: WorkloadSpec?, isGood: Bool) {
    guard section.has("preset") else { return (nil, true) }
    guard let name = choice(section, "preset", lookup.presetNames) else { return (nil, false) }
    return (lookup.preset(name), true)
  }

  /// The process that the file names; nil if it names none.
  private func process(_ section: Section) -> String? {
    let process = section["arrivals"]?.value.mapping?.first { $0.key.scalar?.string == "process" }
    return process?.value.scalar?.string
  }

  /// The keys that take their values from the trace. Read from the file as written, so that a mistake elsewhere in them
  /// does not hide the use.
  private func traceUsers(_ section: Section) -> [String] {
    let says = ["prompt_tokens", "output_tokens", "prefix"].filter { key in
      guard let value = section[key]?.value else { return false }
      return value.scalar?.string == "trace"
        || value.mapping?.contains { $0.key.scalar?.string == "trace" } == true
    }
    return (process(section) == "trace" ? ["arrivals"] : []) + says
  }

  private mutating func checkTrace(_ section: Section, base: WorkloadSpec?) {
    let users = traceUsers(section)
    if users.isEmpty, section.has("trace"), base?.trace == nil {
      note(
        "nothing uses it; say trace in arrivals (process: trace), prompt_tokens, output_tokens or prefix, or take it out",
        in: section, "trace")
    }
    if !users.isEmpty, !section.has("trace"), base?.trace == nil {
      let take = users.count == 1 ? "takes its" : "take their"
      note(
        "missing; \(users.joined(separator: ", ")) \(take) values from it: give trace: {file: …}",
        in: section, "trace")
    }
  }

  private mutating func checkCount(_ section: Section, base: WorkloadSpec?) {
    let process = process(section)
    if process == "stages" {
      refuse(
        ["num_requests"], in: section, because: "the stages say how many requests there are; take this out")
    } else if !section.has("num_requests"), traceUsers(section).isEmpty, base?.numRequests == nil,
      process.map({ ScenarioChoice.processes.contains($0) }) ?? true
    {
      note(
        "missing; only a trace or stages say by themselves how many requests there are", in: section,
        "num_requests")
    }
  }

  private mutating func prefix(_ section: Section) -> PrefixSharing? {
    guard let entry = section["prefix"] else { return nil }
    if let word = entry.text, ["none", "trace"].contains(word) {
      return word == "trace" ? .trace : PrefixSharing.none
    }
    let expects =
      "none, trace, {pool: N}, {groups: N, tokens: N} or {conversations: {turns: N, think_time: 10 s}}"
    guard let prefix = self.section(section, "prefix", kind: .prefix, expects: expects) else { return nil }
    let pool = int(prefix, "pool", 1...Self.mostRequests)
    let groups = int(prefix, "groups", 1...Self.mostRequests)
    let tokens = int(prefix, "tokens", 1...Self.mostTokens)
    let forms = ["pool", "groups", "conversations"].filter(prefix.has)
    if forms.count > 1 {
      note("\(forms.joined(separator: " and ")) exclude each other; keep one", in: section, "prefix")
      return nil
    }
    switch forms.first {
    case "pool":
      refuse(["tokens"], in: prefix, because: "goes with groups; a pool's prompts are equal as a whole")
      return pool.map(PrefixSharing.pool)
    case "groups":
      if !prefix.has("tokens") {
        note("missing; how many tokens a group's prompts begin with", in: prefix, "tokens")
      }
      guard let groups, let tokens else { return nil }
      return .groups(count: groups, tokens: tokens)
    case "conversations":
      refuse(["tokens"], in: prefix, because: "goes with groups; a conversation repeats what was said before")
      return conversations(prefix)
    default:
      note("found \(entry.value.summary); allowed is \(expects)", in: section, "prefix")
      return nil
    }
  }

  private mutating func conversations(_ prefix: Section) -> PrefixSharing? {
    guard let section = section(prefix, "conversations", kind: .conversations) else { return nil }
    let turns = int(section, "turns", 1...10_000)
    let day = ScenarioBounds("0 s to a day") { $0 >= 0 && $0 <= 86_400 }
    let think = quantity(section, "think_time", as: Seconds.self, day, example: "10 s")
    if !section.has("turns") { note("missing; requests of one conversation", in: section, "turns") }
    if section.has("think_time"), think == nil { return nil }
    return turns.map { .conversations(turns: $0, thinkTime: think ?? 0) }
  }

  private mutating func trace(_ section: Section) -> TraceSpec? {
    guard section.has("trace") else { return nil }
    guard let trace = self.section(section, "trace", kind: .trace, expects: "{file: PATH}") else {
      return nil
    }
    let format = choice(trace, "format", ScenarioChoice.traceFormats).flatMap(TraceFormat.init(rawValue:))
    guard trace.has("file") else {
      note("missing; the path of the trace, relative to this file's folder", in: trace, "file")
      return nil
    }
    guard let file = text(trace, "file", allowed: "a path") else { return nil }
    let path =
      file.hasPrefix("/") || directory == "." ? file : (directory as NSString).appendingPathComponent(file)
    var isDirectory: ObjCBool = false
    if !FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
      note("no such file: \(path)", in: trace, "file")
    } else if isDirectory.boolValue {
      note("is a folder: \(path); name one trace file", in: trace, "file")
    }
    return TraceSpec(path: path, format: format)
  }

  private mutating func priorities(_ section: Section) -> [WorkloadSpec.PriorityShare]? {
    let allowed = "a list such as [{priority: 0, share: 0.9}, {priority: 1, share: 0.1}]"
    guard let items = list(section, "priorities", allowed: allowed, most: 1000) else { return nil }
    var seen: Set<Int> = []
    return items.compactMap { path, node in
      guard let item = self.section(node, at: path, line: node.mark?.line, kind: .priority) else {
        return nil
      }
      for key in ScenarioSection.priority.keys where !item.has(key) { note("missing", in: item, key) }
      let priority = int(item, "priority", -1_000_000...1_000_000)
      let weight = ScenarioBounds("above 0, at most 1,000,000 (a weight)") { $0 > 0 && $0 <= 1e6 }
      let share = number(item, "share", weight)
      guard let priority, let share else { return nil }
      if !seen.insert(priority).inserted { note("\(priority) has a share already", in: item, "priority") }
      return WorkloadSpec.PriorityShare(priority: priority, share: share)
    }
  }
}
