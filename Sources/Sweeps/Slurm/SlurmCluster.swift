import Foundation
import InputFiles

/// The commands of a Slurm installation: submitting array jobs, asking which of their tasks are under way, and cancelling them.
struct SlurmCluster: Sendable {
  /// A task of an array job.
  struct Task: Hashable, Sendable {
    var job: String
    /// `SLURM_ARRAY_TASK_ID`.
    var index: Int
  }

  /// Submits an array job.
  ///
  /// - Parameters:
  ///   - script: the batch script's path.
  ///   - tasks: array indices, ascending.
  ///   - options: further options of sbatch, before the script's name.
  /// - Returns: the job's id.
  func submit(script: String, tasks: [Int], options: [String]) throws(SlurmError) -> String {
    let list = tasks.map(String.init).joined(separator: ",")
    let text = try run(["sbatch", "--parsable", "--array=\(list)"] + options + [script])
    // "id" or "id;cluster".
    let id = text.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } ?? ""
    guard let first = id.first, first.isNumber else {
      throw SlurmError(message: "sbatch answered '\(text.excerpt)' where a job's number was expected")
    }
    return id
  }

  /// Tasks of jobs of this name that are pending or running. What is not among them has ended, well or not.
  func living(name: String) throws(SlurmError) -> Set<Task> {
    let text = try run(["squeue", "--noheader", "--array", "--name=\(name)", "--format=%F %K"])
    return Set(
      text.split(whereSeparator: \.isNewline).compactMap { line in
        let fields = line.split(separator: " ")
        guard fields.count == 2, let index = Int(fields[1]) else { return nil }
        return Task(job: String(fields[0]), index: index)
      })
  }

  /// Ends jobs. Their tasks get SIGTERM, and some time to store what is finished.
  func cancel(jobs: Set<String>) throws(SlurmError) {
    guard !jobs.isEmpty else { return }
    _ = try run(["scancel"] + jobs.sorted())
  }

  /// - Returns: standard output.
  private func run(_ words: [String]) throws(SlurmError) -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    let name = words.first ?? ""
    do { try process.run() } catch { throw SlurmError(message: "\(name) cannot be started: \(error)") }
    // Both are a few lines, far less than a pipe holds.
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus != 127 else {
      throw SlurmError(
        message:
          "'\(name)' was not found; --executor slurm is for a machine from which Slurm jobs are submitted")
    }
    guard process.terminationStatus == 0 else {
      let reason = message.split(whereSeparator: \.isNewline).prefix(3).joined(separator: "; ")
      throw SlurmError(
        message: "\(name) failed: \(reason.isEmpty ? "status \(process.terminationStatus)" : reason)")
    }
    return text
  }
}

/// Why a Slurm cluster cannot do what was asked.
public struct SlurmError: Error, Hashable, Sendable, CustomStringConvertible {
  let message: String
  public var description: String { message }
}
