/// A piece of a document as its writer set it apart: what is searched and quoted is made of these.
package struct Block: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable {
    case heading, paragraph, item, row, code
  }

  package let kind: Kind
  /// Of a heading, 1 to 6; of an item, how deep its list lies, from 1. Otherwise 0.
  package let level: Int
  /// Never empty, without blanks at its ends. The cells of a row stand apart by ` | `.
  package let text: String
  /// Where it stands, as a citation says it: `p. 3`, `slide 4`, `sheet Prices`; nil where there are no such places.
  package let place: String?

  package init(_ kind: Kind, level: Int = 0, _ text: String, place: String? = nil) {
    self.kind = kind
    self.level = level
    self.text = text
    self.place = place
  }
}

/// What an extraction tells while it goes on.
package enum Extracted: Sendable, Equatable {
  case block(Block)
  /// So many of so many pages, slides, sheets or parts are read; of what has none, hundredths (`HundredthsRead`).
  case progress(done: Int, of: Int)
}
