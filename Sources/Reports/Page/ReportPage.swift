public import Experiments
public import Figures

/// A page for a reader who decides: a question, its answer, and what the answer rests on. Says what is shown, not how.
///
/// All texts are plain; ``html(command:)`` writes the file.
public struct ReportPage: Sendable {
  /// What the page answers, as the title asks it.
  public var question: String
  /// What was simulated: scenario, model, device, requests, seed.
  public var setting: String
  /// The first sentence is the answer; the others qualify it.
  public var answer: [String]
  /// Figures to be seen first; at most four.
  public var highlights: [Highlight]
  public var sections: [Section]
  /// Who made the page, when and with what.
  public var colophon: String

  /// One figure in large type.
  public struct Highlight: Hashable, Sendable {
    /// "5.4 requests/s".
    public var value: String
    /// What it is of.
    public var label: String
    /// Its interval or another addition; empty for none.
    public var note: String

    public init(value: String, label: String, note: String = "") {
      self.value = value
      self.label = label
      self.note = note
    }
  }

  /// A heading and what stands below it.
  public struct Section: Sendable {
    public var title: String
    public var blocks: [Block]

    public init(_ title: String, _ blocks: [Block]) {
      self.title = title
      self.blocks = blocks
    }
  }

  /// One piece of a section.
  public enum Block: Sendable {
    case paragraph(String)
    case bullets([String])
    /// A heading within the section.
    case heading(String)
    case table(ReportTable, caption: String)
    case figure(Figure)
    /// Names with their values.
    case definitions([Definition])
    /// Text to copy, kept as it is.
    case code(String, label: String)
  }

  /// A name and what it stands for.
  public struct Definition: Hashable, Sendable {
    public var term: String
    public var text: String

    public init(_ term: String, _ text: String) {
      self.term = term
      self.text = text
    }
  }

  public init(
    question: String, setting: String, answer: [String], highlights: [Highlight] = [], sections: [Section],
    colophon: String
  ) {
    self.question = question
    self.setting = setting
    self.answer = answer
    self.highlights = highlights
    self.sections = sections
    self.colophon = colophon
  }

  /// Every figure, in order of appearance.
  public var figures: [Figure] {
    sections.flatMap(\.blocks).compactMap { if case .figure(let figure) = $0 { figure } else { nil } }
  }
}
