public import Metrics
import Synchronization

/// A request CSV that is written while runs go, in memory that does not depend on their length.
///
/// Runs may go at once: each has a temporary file of its own, and ``finish(keeping:)`` puts them one after another. Until then, and if
/// it is never called, nothing is at the destination that was not there before.
public final class RequestCSVFile: Sendable {
  public let path: String
  private let whole: StagedFile
  private let parts: [Part]
  private let listsReplicas: Bool

  /// - Parameters:
  ///   - runs: the names that the rows of each run begin with.
  ///   - listsReplicas: adds a column with each request's replica.
  /// - Throws: ``ResultsError/cannotWrite(path:reason:)``.
  public init(
    path: String, runs: [(scenario: String, variant: String)], listsReplicas: Bool = false
  ) throws(ResultsError) {
    self.path = path
    self.listsReplicas = listsReplicas
    do throws(FileFailure) {
      whole = try StagedFile(for: path)
      var parts: [Part] = []
      for run in runs {
        parts.append(
          Part(
            file: try StagedFile(for: path),
            run: RequestCSV.run(scenario: run.scenario, variant: run.variant),
            listsReplica: listsReplicas))
      }
      self.parts = parts
    } catch {
      throw .cannotWrite(path: path, reason: error.reason)
    }
  }

  /// Takes the requests of a run as they are closed. A failure to write is kept for ``finish(keeping:)``.
  public func sink(ofRun index: Int) -> @Sendable (RequestRecord) -> Void {
    let part = parts[index]
    return { part.add($0) }
  }

  /// Puts the file in place, with the rows of some runs in the order given. Call it once.
  ///
  /// - Throws: ``ResultsError/cannotWrite(path:reason:)``; then what was there stays.
  public func finish(keeping runs: [Int]) throws(ResultsError) {
    do throws(FileFailure) {
      try Part.write(RequestCSV.header(listsReplicas: listsReplicas), to: whole)
      for run in runs { try whole.append(parts[run].finished()) }
      try whole.commit()
    } catch {
      throw .cannotWrite(path: path, reason: error.reason)
    }
  }

  /// The rows of one run.
  private final class Part: Sendable {
    private let file: StagedFile
    private let run: String
    private let listsReplica: Bool
    private let state = Mutex(State())

    private struct State {
      var text = ""
      var failure: FileFailure?
    }

    /// Bytes that are gathered before they are written.
    private static let block = 1 << 16

    init(file: StagedFile, run: String, listsReplica: Bool) {
      self.file = file
      self.listsReplica = listsReplica
      self.run = run
    }

    func add(_ request: RequestRecord) {
      state.withLock { state in
        guard state.failure == nil else { return }
        RequestCSV.append(request, of: run, listsReplica: listsReplica, to: &state.text)
        if state.text.utf8.count >= Self.block { flush(&state) }
      }
    }

    func finished() throws(FileFailure) -> StagedFile {
      let failure = state.withLock { state in
        flush(&state)
        return state.failure
      }
      if let failure { throw failure }
      return file
    }

    private func flush(_ state: inout State) {
      do throws(FileFailure) { try Self.write(state.text, to: file) } catch { state.failure = error }
      state.text.removeAll(keepingCapacity: true)
    }

    static func write(_ text: String, to file: StagedFile) throws(FileFailure) {
      var (text, failure) = (text, FileFailure?.none)
      text.withUTF8 { bytes in
        do throws(FileFailure) { try file.write(UnsafeRawBufferPointer(bytes)) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }
}
