/// A variant as the planners' figures name it.
public struct PlottedVariant: Hashable, Sendable {
  /// Its short name: "baseline", "swiftkv-50".
  public var name: String
  /// Among all variants of a study, from 0: gives colour and shape, so that both are the same in all figures. 0 is what the
  /// others are compared with.
  public var position: Int
  /// Whether no public serving code runs it; figures then say "(projection)".
  public var isProjection: Bool

  public init(_ name: String, position: Int, isProjection: Bool = false) {
    self.name = name
    self.position = position
    self.isProjection = isProjection
  }

  var shortName: String { Self.short(name) }
  var legend: String { isProjection ? "\(shortName) (projection)" : shortName }
  var look: VariantLook { VariantLook(position, isProjection: isProjection) }

  /// Cut in the middle if it is longer than figures have room for.
  static func short(_ name: String) -> String {
    name.count <= 30 ? name : "\(name.prefix(15))…\(name.suffix(14))"
  }
}

/// What a variant looks like. Colours repeat after seven, shapes after six, so that no pair repeats before the 42nd;
/// projections are dashed and hollow.
struct VariantLook {
  var colour: Colour
  var line: Series.Line
  var marker: Marker

  init(_ position: Int, isProjection: Bool) {
    let colours = Colour.allCases.filter { $0 != .grey }
    let shapes = Marker.Shape.allCases
    colour = colours[position % colours.count]
    line = isProjection ? .dashed : .solid
    marker = Marker(shapes[position % shapes.count], isHollow: isProjection)
  }
}

extension Collection {
  /// The element, other than that of the first variant, with the highest value; projections only count where there is nothing else.
  func best(of variant: (Element) -> PlottedVariant, by value: (Element) -> Double?) -> Element? {
    let others = filter { variant($0).position != 0 }
    let candidates =
      others.contains { !variant($0).isProjection } ? others.filter { !variant($0).isProjection } : others
    var best: (element: Element, value: Double)?
    for one in candidates {
      guard let value = value(one), value.isFinite else { continue }
      if best.map({ value > $0.value }) ?? true { best = (one, value) }
    }
    return best?.element
  }
}
