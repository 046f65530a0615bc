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
  ///   - command: the shell command that starts a gnuplot which reads its standard input.
  /// - Returns: the paths of the files, figure by figure, for each in the order of `formats`.
  public static func write(
    _ figures: [Figure], to directory: String, formats: [FigureFormat] = FigureFormat.allCases,
    command: String = "gnuplot -d"
  ) throws(FigureError) -> [String] {
    guard !figures.isEmpty, !formats.isEmpty else { return [] }
    try checkNames(figures)
    let staging = try StagingFolder(in: directory)
    defer { staging.remove() }

    try draw(figures, formats: formats, in: staging, command: command)
    let names = figures.flatMap { figure in formats.map { (figure, $0, "\(figure.name).\($0.fileExtension)") } }
    for (figure, format, name) in names { try staging.finish(name, of: figure, as: format) }
    var paths: [String] = []
    for (_, _, name) in names { paths.append(try staging.publish(name)) }
    return paths
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
      // gnuplot died; its exit status below says more.
    }
    let status = gnuplot.close()
    guard status != 0 else { return }
    if status == 127 { throw .gnuplotMissing(command: command) }
    throw .gnuplotFailed(status: status, message: staging.readMessages())
  }
}

/// A hidden folder beside the final files, on the same file system, so that a rename can put them in place.
private struct StagingFolder: ~Copyable {
  let path: String
  private let directory: String

  /// Where gnuplot's standard error goes, inside the folder.
  static let messages = "gnuplot-messages"

  init(in directory: String) throws(FigureError) {
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(path: directory, reason: FigureWriter.reason(error))
    }
    var template = Array("\(directory)/.figures-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .cannotWrite(path: directory, reason: String(cString: strerror(errno)))
    }
    self.directory = directory
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  borrowing func remove() {
    // Nothing better can be done with a folder that does not go, and the figures matter more.
    try? FileManager.default.removeItem(atPath: path)
  }

  borrowing func readMessages() -> String {
    let text = (try? String(contentsOfFile: "\(path)/\(Self.messages)", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
      .joined(separator: "; ")
  }

  /// Checks that a drawn file is whole, and gives SVG files what gnuplot cannot.
  borrowing func finish(_ name: String, of figure: Figure, as format: FigureFormat) throws(FigureError) {
    let file = "\(path)/\(name)"
    guard let data = FileManager.default.contents(atPath: file) else { throw .incomplete(file: name) }
    switch format {
    case .png:
      // The end chunk of a PNG file: its name and checksum, always these eight bytes.
      guard data.suffix(8) == Data([0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]) else {
        throw .incomplete(file: name)
      }
    case .svg:
      let text = String(decoding: data, as: UTF8.self)
      guard text.hasSuffix("</svg>\n\n") || text.hasSuffix("</svg>\n") else { throw .incomplete(file: name) }
      do {
        try Data(SVGText.polished(text, title: figure.title).utf8).write(to: URL(fileURLWithPath: file))
      } catch {
        throw .cannotWrite(path: name, reason: FigureWriter.reason(error))
      }
    }
  }

  /// - Returns: the final path.
  borrowing func publish(_ name: String) throws(FigureError) -> String {
    let target = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
    guard rename("\(path)/\(name)", target) == 0 else {
      throw .cannotWrite(path: target, reason: String(cString: strerror(errno)))
    }
    return target
  }
}

extension FigureWriter {
  fileprivate static func reason(_ error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    return (underlying ?? (error as NSError)).localizedDescription
  }

  fileprivate static func shellQuoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}

/// What gnuplot's SVG lacks.
enum SVGText {
  /// The figure's title for screen readers and tool tips, fonts that stand in where DejaVu is not installed (Verdana has
  /// its widths), and bold type, which gnuplot passes on as a part of the font's name.
  static func polished(_ svg: String, title: String) -> String {
    let family = "font-family=\"\(FigureScript.font), Verdana, sans-serif\""
    return svg.replacingOccurrences(
      of: "font-family=\"\(FigureScript.font):Bold\"", with: family + " font-weight=\"bold\""
    )
    .replacingOccurrences(of: "font-family=\"\(FigureScript.font)\"", with: family)
    .replacingOccurrences(of: "<title>Gnuplot</title>", with: "<title>\(escaped(title))</title>")
  }

  private static func escaped(_ text: String) -> String {
    let printable = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
    return String(printable).replacingOccurrences(of: "&", with: "&amp;")
      .replacingOccurrences(of: "<", with: "&lt;")
  }
}
