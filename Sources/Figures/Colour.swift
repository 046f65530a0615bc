/// Colours that people with the usual kinds of colour blindness can tell apart: Okabe and Ito, *Color Universal Design*
/// (2008), without the yellow, which white paper swallows, and with a dark grey in place of black.
public enum Colour: String, Hashable, Sendable, CaseIterable {
  case ink = "#222222"
  case sky = "#56b4e9"
  case green = "#009e73"
  case blue = "#0072b2"
  case vermillion = "#d55e00"
  case purple = "#cc79a7"
  case orange = "#e69f00"
  /// For what should step back: references, small rests.
  case grey = "#8c8c8c"
}

extension Colour {
  /// As text on white: the light ones darkened until the contrast is 4.5 to 1, what WCAG 2 asks of small text.
  public var textRGB: String {
    switch self {
    case .sky: "#1f78a8"
    case .green: "#007a59"
    case .vermillion: "#b34e00"
    case .purple: "#a34a7d"
    case .orange: "#8f6300"
    case .grey: "#6e6e6e"
    case .ink, .blue: rawValue
    }
  }

  /// A quarter of it on white.
  var paleRGB: String {
    let rgb = Int(rawValue.dropFirst(), radix: 16) ?? 0
    let pale = [16, 8, 0].reduce(0) { text, shift in text << 8 | (255 * 3 + (rgb >> shift & 255)) / 4 }
    return "#" + String(pale, radix: 16)
  }
}
