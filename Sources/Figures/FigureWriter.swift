import Foundation

/// Draws figures into image files.
public enum FigureWriter {
  /// Draws all figures in one gnuplot process and then puts the files in place by rename, so that a reader sees a whole old
  /// file or a whole new one, and nothing changes if drawing fails.
  ///
  /// The SVG bytes depend on the figure and on gnuplot's version only: they carry no date.
  ///
  /// - Parameters:
  ///   - directory: made if it is missing. Safe with several writers at a time; the last one's files stay.
  ///   - command: the shell command that starts a gnuplot which reads its standard input. The default's `-d` leaves out the user's
  ///     own settings files, which would make figures differ between machines.
  /// - Returns: the paths of the files, figure by figure, for each in the order of `formats`.
  public static func write(
    _ figures: [Figure], to directory: String, formats: [FigureFormat] = FigureFormat.allCases,
    command: String = "gnuplot -d"
  ) throws(FigureError) -> [String] {
    guard !figures.isEmpty, !formats.isEmpty else { return [] }
    try checkNames(figures)
    let staging = try StagingFolder(in: directory)

    try draw(figures, formats: formats, in: staging, command: command)
    let names = figures.flatMap { figure in formats.map { (figure, $0, "\(figure.name).\($0.fileExtension)") }
    }
    for (figure, format, name) in names { try staging.finish(name, of: figure, as: format) }
    var paths: [String] = []
    for (_, _, name) in names { paths.append(try staging.publish(name)) }
    return paths
  }

  /// The figures' SVG files as text, drawn in a folder of their own that goes again.
  ///
  /// - Returns: in the order of `figures`.
  public static func svg(
    _ figures: [Figure], command: String = "gnuplot -d"
  ) throws(FigureError) -> [String] {
    guard !figures.isEmpty else { return [] }
    try checkNames(figures)
    let staging = try StagingFolder(in: FileManager.default.temporaryDirectory.path)
    try draw(figures, formats: [.svg], in: staging, command: command)
    var texts: [String] = []
    for figure in figures {
      let name = "\(figure.name).\(FigureFormat.svg.fileExtension)"
      try staging.finish(name, of: figure, as: .svg)
      texts.append(try staging.text(of: name))
    }
    return texts
  }

  /// Tries whether figures can be written, before the work that they will show. Makes the folder if it is missing.
  public static func checkFolder(_ directory: String) throws(FigureError) {
    _ = try StagingFolder(in: directory)
  }

  /// Tries whether there is a gnuplot, likewise.
  public static func checkProgram(command: String = "gnuplot -d") throws(FigureError) {
    let status = try Gnuplot(command: "{ \(command) ; } 2>/dev/null").close()
    if status == 127 { throw .gnuplotMissing(command: command) }
    guard status == 0 else { throw .gnuplotFailed(status: status, message: "") }
  }

  private static func checkNames(_ figures: [Figure]) throws(FigureError) {
    var seen: Set<String> = []
    for name in figures.map(\.name) {
      let isPlain = !name.isEmpty && !name.hasPrefix(".") && !name.contains("/") && !name.contains("\0")
      guard isPlain, seen.insert(name).inserted else { throw .badName(name) }
    }
  }

  private static func draw(
    _ figures: [Figure], formats: [FigureFormat], in staging: borrowing StagingFolder, command: String
  ) throws(FigureError) {
    // gnuplot works inside the folder, so that scripts name no paths.
    let gnuplot = try Gnuplot(
      command: "cd \(shellQuoted(staging.path)) && { \(command) ; } 2>\(StagingFolder.messages)")
    do {
      for figure in figures { try gnuplot.run(FigureScript(figure, formats: formats)) }
    } catch {
      // gnuplot died or stopped reading: its exit status, or else a file that is not whole, says more.
    }
    let status = gnuplot.close()
    guard status != 0 else { return }
    if status == 127 { throw .gnuplotMissing(command: command) }
    throw .gnuplotFailed(status: status, message: staging.readMessages())
  }

  private static func shellQuoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
