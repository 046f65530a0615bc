import Foundation
import Results

/// What a sweep on a cluster keeps on the disk that the nodes share: a folder for each submission, with the batch script, the number of
/// the job, and a database and a log for each of its tasks.
///
/// A task writes to its own database only, and no two tasks ever have the same one, not even the second try of a share: on a network
/// disk SQLite's locks cannot be trusted across machines.
struct SlurmFolder: Sendable {
  let path: String

  /// One submission.
  struct Submission: Hashable, Sendable {
    let path: String
    /// nil: the submission was cut short, and what became of the job is not known.
    var job: Job?

    struct Job: Hashable, Sendable, Codable {
      var id: String
      /// Shares that the sweep was cut into.
      var shards: Int
      /// Those of this job.
      var tasks: [Int]
    }

    var script: String { path + "/job.sh" }
    func database(_ task: Int) -> String { "\(path)/share-\(task).sqlite" }
    /// The number of simulations that the task has finished.
    func count(_ task: Int) -> String { "\(path)/share-\(task).count" }
    func log(_ task: Int) -> String { "\(path)/share-\(task).log" }
    fileprivate var jobFile: String { path + "/job.json" }
  }

  init(_ path: String) throws(ResultsError) {
    self.path = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(path: path, reason: "the folder cannot be made")
    }
  }

  /// Every submission so far, oldest first.
  func submissions() -> [Submission] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.compactMap { Int($0) }.sorted().map { number in
      var submission = Submission(path: "\(path)/\(number)")
      submission.job = FileManager.default.contents(atPath: submission.jobFile)
        .flatMap { try? JSONDecoder().decode(Submission.Job.self, from: $0) }
      return submission
    }
  }

  /// A folder that nobody has used before.
  func newSubmission() throws(ResultsError) -> Submission {
    var number = (submissions().last?.path).flatMap { Int($0.split(separator: "/").last ?? "") } ?? 0
    while true {
      number += 1
      let submission = Submission(path: "\(path)/\(number)")
      // Making a folder fails if another process has made it a moment before.
      if mkdir(submission.path, 0o777) == 0 { return submission }
      guard errno == EEXIST else {
        throw .cannotWrite(path: submission.path, reason: String(cString: strerror(errno)))
      }
    }
  }

  /// Puts down which job a submission is.
  func keep(_ job: Submission.Job, of submission: inout Submission) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try AtomicFile.write(
      String(decoding: encoder.encode(job), as: UTF8.self) + "\n", to: submission.jobFile)
    submission.job = job
  }

  /// Databases in the folders of submissions.
  func databases() -> [String] {
    submissions().flatMap { submission in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: submission.path)) ?? []
      return names.filter { $0.hasSuffix(".sqlite") }.sorted().map { "\(submission.path)/\($0)" }
    }
  }
}
