import Foundation
public import Hardware
public import InputFiles
import Quantities

/// A folder of measured kernel tables, as `PREFIXgemm_bf16.csv` and so on.
public struct TableFolder: Sendable {
  /// Of the folder without those above it.
  public let name: String
  /// What the files' names begin with; may be empty.
  public let prefix: String
  /// In the order of the profile file; at least one, no kernel twice.
  public let tables: [KernelTable]
  /// Whole steps of an engine; nil if the folder has none.
  public let steps: StepTable?

  /// Names of the files without prefix and ending, and the kernels in each.
  private static let files: [(stem: String, kernels: [KernelName])] = [
    ("gemm_bf16", [.gemm16]), ("gemm_fp8", [.gemm8]),
    ("attention_prefill", [.prefill16, .prefill8, .prefill32]),
    ("attention_decode", [.decode16, .decode8, .decode32]), ("allreduce", [.allReduce]),
    ("gemm_fp32", [.gemm32]), ("elementwise", [.elementwise, .elementwise32]),
  ]

  /// Reads every table of the folder whose name begins with the prefix.
  ///
  /// - Parameter prefix: nil takes the device's first word in lower case with `_`, as in `h100_`, if there are such
  ///   files, else no prefix.
  /// - Throws: ``InputError`` with every problem of every file, or if there is no table at all.
  public init(path: String, prefix: String?, device: DeviceSpec) throws(InputError) {
    let word = device.name.prefix { $0.isLetter || $0.isNumber }.lowercased() + "_"
    let present = Set((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
    func found(_ prefix: String) -> [(file: String, kernels: [KernelName])] {
      Self.files.map { (prefix + $0.stem + ".csv", $0.kernels) }.filter { present.contains($0.0) }
    }
    let chosen = prefix ?? (found(word).isEmpty ? "" : word)
    let files = found(chosen)
    guard !files.isEmpty else {
      let names = Self.files.map { chosen + $0.stem + ".csv" }.joined(separator: ", ")
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
        throw InputError(path, "no such folder; one with some of \(names) is needed")
      }
      throw InputError(path, "no kernel tables; looked for \(names)")
    }
    var problems: [InputError.Problem] = []
    var tables: [KernelTable] = []
    for (file, kernels) in files {
      let path = SplitPath.join(path, file)
      do throws(InputError) {
        for var table in try TableFile.read(path: path, gemm: kernels[0]) {
          // The one table that says nothing of the kind of device.
          if table.kernel == .elementwise, device.architecture.isProcessor { table.kernel = .elementwise32 }
          if kernels.contains(table.kernel), table.kernel.isOfProcessor == device.architecture.isProcessor {
            tables.append(table)
          } else if kernels.contains(table.kernel) {
            problems.append(
              .init(
                location: path,
                message: "a table of \(table.kernel.rawValue), which a device of architecture "
                  + "\(device.architecture.rawValue) does not have"))
          } else {
            let expected = kernels.map(\.rawValue).joined(separator: " and ")
            problems.append(
              .init(
                location: path, message: "a table of \(table.kernel.rawValue); by its name of \(expected)"))
          }
        }
      } catch {
        problems += error.problems
      }
    }
    var steps: StepTable?
    if present.contains(chosen + StepTable.fileName) {
      do throws(InputError) {
        steps = try StepTable(path: SplitPath.join(path, chosen + StepTable.fileName))
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw InputError(problems) }
    self.steps = steps
    name = SplitPath(path).name
    self.prefix = chosen
    self.tables = tables
  }
}
