/// A kind of image file.
public enum FigureFormat: String, Hashable, Sendable, CaseIterable {
  case svg
  /// Twice the size of the SVG in pixels, for dense screens.
  case png

  public var fileExtension: String { rawValue }

  /// The gnuplot command that selects the format for a canvas of so many SVG pixels.
  func terminal(width: Double, height: Double) -> String {
    let font = "font '\(FigureScript.font),\(Axis.plain(Layout.FontSize.text))' background '#ffffff'"
    switch self {
    case .svg:
      return "set terminal svg size \(Int(width)),\(Int(height)) fixed noenhanced \(font)"
    case .png:
      // A point of pngcairo's font sizes is 4/3 pixel.
      return "set terminal pngcairo size \(Int(width * 2)),\(Int(height * 2)) noenhanced \(font) "
        + "fontscale 1.5 linewidth 2 pointscale 2.6"
    }
  }
}
