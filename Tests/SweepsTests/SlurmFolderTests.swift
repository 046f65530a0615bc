import Foundation
import Testing

@testable import Sweeps

@Suite struct SlurmFolderTests {
  private let path = NSTemporaryDirectory() + "slurm-folder-\(UUID().uuidString)"

  @Test("a submission gets a folder that no other has, and is found again with its job") func submissions()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = try SlurmFolder(path)
    var first = try folder.newSubmission()
    let second = try folder.newSubmission()
    #expect(first.path != second.path)
    let job = SlurmFolder.Submission.Job(id: "17", shards: 4, tasks: [1, 3])
    try folder.keep(job, of: &first)
    #expect(folder.submissions() == [first, second])
    #expect(folder.submissions().map(\.job) == [job, nil])
  }

  @Test("a job file that was cut short is a submission without a job") func damagedJob() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = try SlurmFolder(path)
    var submission = try folder.newSubmission()
    try folder.keep(.init(id: "17", shards: 4, tasks: [1]), of: &submission)
    try Data("{\"id\": \"1".utf8).write(to: URL(fileURLWithPath: submission.path + "/job.json"))
    #expect(folder.submissions().map(\.job) == [nil])
  }

  @Test("databases of all submissions are listed, logs are not") func databases() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = try SlurmFolder(path)
    let (first, second) = (try folder.newSubmission(), try folder.newSubmission())
    for file in [first.database(2), first.log(2), second.database(1)] {
      try Data().write(to: URL(fileURLWithPath: file))
    }
    #expect(folder.databases() == [first.database(2), second.database(1)])
  }

  @Test("a folder that cannot be made is an error that names it") func unusable() throws {
    #expect(throws: (any Error).self) { try SlurmFolder("/dev/null/slurm") }
  }
}
